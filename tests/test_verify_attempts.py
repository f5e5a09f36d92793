"""When events were sent and accepted, many at a time, is what the ledger says of each."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.ledger.claims import ATTEMPT_DTYPE, LaneClaims
from clickgen.verify.compare.attempts import Attempts

SENDS = st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(1, 5), st.integers(0, 3))


@given(st.lists(SENDS, max_size=8), st.sets(st.integers(0, 90)))
def test_a_spread_counts_what_is_noted_of_each(sends: list[tuple[int, int, int, int]], numbers: set[int]) -> None:
    rows = sorted((first, first + length, 1, sent, accepted) for first, length, sent, accepted in sends)
    empty = [BitMap64() for _ in range(6)]
    claims = LaneClaims(
        0, empty[0], empty[1], empty[2], empty[3], empty[4], empty[5], np.array(rows, dtype=ATTEMPT_DTYPE)
    )

    def noted(number: int, column: int) -> int:
        return min((row[column] for row in rows if row[0] <= number < row[1] and row[column]), default=0)

    counts, sent_ms, accepted_ms = (part.tolist() for part in Attempts(claims).spread(BitMap64(numbers)))
    spread: Counter[tuple[int, int]] = Counter()
    for count, sent, accepted in zip(counts, sent_ms, accepted_ms, strict=True):
        spread[sent, accepted] += count
    assert +spread == Counter((noted(number, 3), noted(number, 4)) for number in numbers)
