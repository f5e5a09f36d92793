"""When events were sent and accepted, many at a time, is what the ledger says of each."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.verify.proof.compare.attempts import Attempts
from tests.support.notation import lane_claims

SENDS = st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(1, 5), st.integers(0, 3))
OPEN = st.sets(st.integers(0, 90), max_size=5)


@given(st.lists(SENDS, max_size=8), st.sets(st.integers(0, 90)))
def test_a_spread_counts_what_is_noted_of_each(sends: list[tuple[int, int, int, int]], numbers: set[int]) -> None:
    rows = sorted((first, first + length, 1, sent, accepted) for first, length, sent, accepted in sends)

    def noted(number: int, column: int) -> int:
        return min((row[column] for row in rows if row[0] <= number < row[1] and row[column]), default=0)

    counts, sent_ms, accepted_ms = (
        part.tolist() for part in Attempts(lane_claims(sends=rows)).spread(BitMap64(numbers))
    )
    spread: Counter[tuple[int, int]] = Counter()
    for count, sent, accepted in zip(counts, sent_ms, accepted_ms, strict=True):
        spread[sent, accepted] += count
    assert +spread == Counter((noted(number, 3), noted(number, 4)) for number in numbers)
    assert all(counts) or not numbers


@given(st.lists(SENDS, max_size=8), OPEN, st.integers(1, 6))
def test_attempts_add_up_and_what_was_never_answered_may_have_any_number(
    sends: list[tuple[int, int, int, int]], unanswered: set[int], least: int
) -> None:
    rows = sorted((first, first + length, attempts, 1, 1) for first, length, attempts, _ in sends)
    attempts = Attempts(lane_claims(sends=rows, leased=unanswered))
    for number in range(92):
        sent = sum(row[2] for row in rows if row[0] <= number < row[1])
        assert attempts.count(number) == (math.inf if number in unanswered else sent)
        assert (number in attempts.at_least(least)) == (number in unanswered or sent >= least)
