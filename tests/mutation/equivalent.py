"""Mutants that change nothing that could be noticed, by their name, each with its reason. They are not tried."""

_SAME_HISTOGRAM = "both ways of counting give the same histogram; this decides which is quicker"
_NO_CARRIER_0 = "a copy stands behind a later event than its own, so never behind the first"
_ONE_BLOCK_MORE = "a block more is made than is asked for, of events that nobody asks about"
_SAME_IN_PROCESSES = "findings are the same in one process or several; this decides which is quicker"
_SAME_IN_THREADS = "findings are the same in one thread or several; this decides which is quicker"
_SAME_UNDER_WAY = "groups of objects come out in any order; this decides how many are under way at once"

EQUIVALENT: dict[str, str] = {
    "clickgen/verify/compare/attempts.py: np.diff(each) > 1 [boundary]": (
        "neighbours become stretches of one number each: more of them, and the same sums"
    ),
    "clickgen/verify/compare/latency.py: last - first > 4 * len(whole) [boundary]": _SAME_HISTOGRAM,
    "clickgen/verify/compare/latency.py: last - first > 4 * len(whole) [negated]": _SAME_HISTOGRAM,
    "clickgen/verify/compare/lane.py: carrier >= 0 [boundary]": _NO_CARRIER_0,
    "clickgen/verify/compare/lane.py: carrier >= 0 [boundary 2]": _NO_CARRIER_0,
    "clickgen/verify/compare/planted.py: self._made.get(lane, 0) < end [boundary]": _ONE_BLOCK_MORE,
    "clickgen/verify/content/expectations.py: self._made.get(lane, 0) < end [boundary]": _ONE_BLOCK_MORE,
    "clickgen/verify/sql/collect.py: planes.block >= 0 [boundary]": (
        "every place has its variant bits set, so that no event of the run is in block 0"
    ),
    "clickgen/verify/sql/collect.py: len(distinct) <= _BLOCKS_NAMED [boundary]": (
        "a question that names just that many blocks, and one about all of them, have the same answer"
    ),
    "clickgen/verify/sql/planes.py: dialect.blocks > 1 [boundary]": (
        "of one block a row, every word is the first: the condition that is then added always holds"
    ),
    "clickgen/verify/objects/bucket_listing.py: 0 < folders <= _MOST_FOLDERS [boundary]": (
        "a page that is not cut off and has no folders holds all there is, and would be asked for once more"
    ),
    "clickgen/verify/objects/objects.py: self._scanner.planted is not None [negated]": _SAME_IN_PROCESSES,
    "clickgen/verify/objects/objects.py: min(workers, worth) < 2 [boundary]": _SAME_IN_PROCESSES,
    "clickgen/verify/objects/scan_pool.py: len(under_way) >= workers * _UNDER_WAY [negated]": _SAME_UNDER_WAY,
    "clickgen/verify/objects/scan_pool.py: len(under_way) >= workers * _UNDER_WAY [boundary]": _SAME_UNDER_WAY,
    "clickgen/verify/objects/scanner.py: self.place.connections == 1 [negated]": _SAME_IN_THREADS,
    "clickgen/verify/objects/scanner.py: len(group) == 1 [negated]": _SAME_IN_THREADS,
    "clickgen/verify/glue/data.py: len(files) <= most [boundary]": (
        "of as many files as are wanted, evenly chosen ones are all of them"
    ),
}
