"""Mutants that change nothing that could be noticed, by their name, each with its reason. They are not tried."""

_SAME_HISTOGRAM = "both ways of counting give the same histogram; this decides which is quicker"
_NO_CARRIER_0 = "a copy stands behind a later event than its own, so never behind the first"
_ONE_BLOCK_MORE = "a block more is made than is asked for, of events that nobody asks about"
_SAME_IN_PROCESSES = "findings are the same in one process or several; this decides which is quicker"
_SAME_IN_THREADS = "findings are the same in one thread or several; this decides which is quicker"
_SAME_UNDER_WAY = "groups of objects come out in any order; this decides how many are under way at once"
_NOT_SEVERAL = "lines are looked into one by one, and none has several ids"
_SAME_BY_LANE = "one lane is then taken as several would be, with the same result"

_WITH_YEAR = "the year is known too, so that these are never all that is"
_SAME_COUNTS = "shapes that are given up keep their counts; this decides how many are kept at once"

EQUIVALENT: dict[str, str] = {
    "clickgen/verify/proof/compare/attempts.py: np.diff(each) > 1 [boundary]": (
        "neighbours become stretches of one number each: more of them, and the same sums"
    ),
    "clickgen/verify/proof/compare/latency.py: last - first > 4 * len(whole) [boundary]": _SAME_HISTOGRAM,
    "clickgen/verify/proof/compare/latency.py: last - first > 4 * len(whole) [negated]": _SAME_HISTOGRAM,
    "clickgen/verify/proof/compare/lane.py: carrier >= 0 [boundary]": _NO_CARRIER_0,
    "clickgen/verify/proof/compare/lane.py: carrier >= 0 [boundary 2]": _NO_CARRIER_0,
    "clickgen/verify/proof/compare/planted_disorder.py: self._made.get(lane, 0) < end [boundary]": _ONE_BLOCK_MORE,
    "clickgen/verify/landings/sql/collect.py: planes.block >= 0 [boundary]": (
        "every place has its variant bits set, so that no event of the run is in block 0"
    ),
    "clickgen/verify/landings/sql/collect.py: len(distinct) <= _BLOCKS_NAMED [boundary]": (
        "a question that names just that many blocks, and one about all of them, have the same answer"
    ),
    "clickgen/verify/landings/sql/planes.py: dialect.blocks > 1 [boundary]": (
        "of one block a row, every word is the first: the condition that is then added always holds"
    ),
    "clickgen/verify/landings/objects/bucket_listing.py: 0 < folders <= _MOST_FOLDERS [boundary]": (
        "a page that is not cut off and has no folders holds all there is, and would be asked for once more"
    ),
    "clickgen/verify/landings/objects/object_landing.py: self._scanner.planted is not None [negated]": _SAME_IN_PROCESSES,
    "clickgen/verify/landings/objects/object_landing.py: min(workers, worth) < 2 [boundary]": _SAME_IN_PROCESSES,
    "clickgen/verify/landings/objects/scanner.py: len(under_way) >= workers * _UNDER_WAY [negated]": _SAME_UNDER_WAY,
    "clickgen/verify/landings/objects/scanner.py: len(under_way) >= workers * _UNDER_WAY [boundary]": _SAME_UNDER_WAY,
    "clickgen/verify/landings/objects/scanner.py: self.place.connections == 1 [negated]": _SAME_IN_THREADS,
    "clickgen/verify/landings/objects/scanner.py: len(group) == 1 [negated]": _SAME_IN_THREADS,
    "clickgen/verify/inspections/glue/data.py: len(files) <= most [boundary]": (
        "of as many files as are wanted, evenly chosen ones are all of them"
    ),
    "clickgen/verify/proof/scan/check.py: ids_in_all > np.count_nonzero(places >= 0) [boundary]": _NOT_SEVERAL,
    "clickgen/verify/proof/scan/check.py: places >= 0 [boundary]": _NOT_SEVERAL,
    "clickgen/verify/proof/scan/check.py: places + ID_LENGTH <= lines.ends [boundary]": (
        "an id at the very end of its line is then looked for, and found where it was thought to be"
    ),
    "clickgen/verify/proof/scan/check.py: lines.data.find(_ERROR_RECORD, lines.starts[line], lines.ends[line]) < 0"
    " [boundary]": "a line that is looked into begins with a brace, so nothing else stands at 0",
    "clickgen/verify/proof/found/findings.py: lanes[0] == lanes[-1] [negated]": _SAME_BY_LANE,
    "clickgen/verify/proof/found/findings.py: lanes == lanes[0] [negated]": _SAME_BY_LANE,
    "clickgen/verify/proof/scan/id_columns.py: places > last [boundary]": (
        "the last row that lies in the data is made twice, the same"
    ),
    "clickgen/verify/proof/scan/lines.py: fresh < _BLOCK_BYTES [boundary]": (
        "blocks of just that size are scanned one later; lines are the same"
    ),
    "clickgen/verify/proof/scan/lines.py: len(data) <= _LONGEST_LINE [boundary]": (
        "what is cut off a line of just that size is continued by what follows"
    ),
    "clickgen/verify/proof/scan/nested.py: left > 0 [boundary]": (
        "it bounds the effort, not what is true: one more object is looked at where just all of it is spent"
    ),
    "clickgen/verify/proof/scan/nested.py: extent.at > at [boundary]": (
        "an object that ends where the id begins does not hold it, and no check bits fit it"
    ),
    "clickgen/verify/inspections/layout/check.py: off > timedelta(0) [boundary]": (
        "a zone that is off is half an hour off at least, so that it is never 0"
    ),
    "clickgen/verify/inspections/layout/keys.py: {'month', 'day'} <= known.keys() [boundary]": _WITH_YEAR,
    "clickgen/verify/inspections/layout/keys.py: {'hour', 'minute'} <= known.keys() [boundary]": _WITH_YEAR,
    "clickgen/verify/inspections/shape/fold.py: len(self._shapes) >= _MOST_SHAPES [boundary]": _SAME_COUNTS,
    "clickgen/verify/inspections/shape/fold.py: len(self._shapes) >= _MOST_SHAPES [negated]": _SAME_COUNTS,
    "clickgen/verify/inspections/shape/look.py: at < 0 [boundary]": "an object begins with a brace, so that no id is at 0",
}
