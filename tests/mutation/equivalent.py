"""Mutants that change nothing that could be noticed, by their name, each with its reason. They are not tried."""

_SAME_HISTOGRAM = "both ways of counting give the same histogram; this decides which is quicker"
_NO_CARRIER_0 = "a copy stands behind a later event than its own, so never behind the first"
_ONE_BLOCK_MORE = "a block more is made than is asked for, of events that nobody asks about"

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
}
