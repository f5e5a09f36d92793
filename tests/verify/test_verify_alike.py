"""Lines that are damaged on purpose until nothing says which event they are: given to events that were sent."""

import numpy as np
import pytest
from pyroaring import BitMap64
from xxhash import xxh3_64_intdigest

from clickgen.ledger.claims import ATTEMPT_DTYPE, Claims, LaneClaims, LedgerDamage
from clickgen.ledger.ending import Ending
from clickgen.model.block import Block, LaneSource
from clickgen.model.destination import FirehoseDestination
from clickgen.model.disorder import Disorder, Drift
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.planted_disorder import Planted, attributed, numbers_of
from clickgen.verify.proof.scan.run_id_pattern import PlantedLines
from tests.support.planted import CREATED_MS, RUN

EMPTY = xxh3_64_intdigest(b"")


def claims_of(
    accepted: set[int] | None = None, unknown: set[int] | None = None, rejected: set[int] | None = None
) -> LaneClaims:
    sets = [BitMap64(numbers or ()) for numbers in (accepted, unknown, rejected)]
    rest = [BitMap64() for _ in range(3)]
    sends = np.array([], dtype=ATTEMPT_DTYPE)
    return LaneClaims(0, sets[0], sets[1], sets[2], rest[0], rest[1], rest[2], sends)


@pytest.fixture
def lines() -> PlantedLines:
    """Four events of lane 0 and one of lane 2 that became empty lines, and one that is still known."""
    lines = PlantedLines()
    for event in ((0, 1), (0, 2), (0, 3), (0, 4), (2, 3)):
        lines.add(b"", event)
    lines.add(b'{"cut', (0, 9))
    return lines


def test_as_many_events_as_lines_were_found_and_accepted_ones_first(lines: PlantedLines) -> None:
    claims = {0: claims_of(accepted={4}, unknown={1}, rejected={2})}
    given = [attributed(lines, {EMPTY: count}, claims, ()) for count in range(5)]
    assert given == [set(), {(0, 4)}, {(0, 4), (0, 1)}, {(0, 4), (0, 1), (0, 2)}, {(0, 4), (0, 1), (0, 2)}]


def test_an_event_that_was_taken_or_never_sent_is_given_to_no_line(lines: PlantedLines) -> None:
    claims = {0: claims_of(accepted={1, 2}), 2: claims_of(rejected={3})}
    assert attributed(lines, {EMPTY: 9}, claims, ()) == {(0, 1), (0, 2), (2, 3)}
    assert attributed(lines, {EMPTY: 9}, claims, {(0, 1), (2, 3)}) == {(0, 2)}


def test_a_line_that_only_one_event_became_is_known_by_itself(lines: PlantedLines) -> None:
    assert lines.find(b'{"cut') == (0, 9)
    assert lines.find(b"") == EMPTY
    assert lines.find(b"{") is None
    assert attributed(lines, {xxh3_64_intdigest(b'{"cut'): 2}, {0: claims_of(accepted={9})}, ()) == {(0, 9)}


def test_numbers_are_those_of_their_lane() -> None:
    assert numbers_of(2, {(0, 1), (2, 3), (2, 5)}) == BitMap64([3, 5])


class Timed:
    """Blocks of three events that are due one second apart."""

    def __init__(self) -> None:
        self.first = 0

    def next_block(self) -> Block | None:
        data, due = b"{}\n" * 3, np.arange(self.first, self.first + 3, dtype=np.float64)
        block = Block(0, self.first, data, np.arange(0, 12, 3), due)
        self.first += 3
        return block


@pytest.mark.parametrize(
    ("at_s", "sent", "drifted"), [(2.0, 3, 1), (2.0, 6, 4), (3.0, 6, 3), (2.5, 6, 3), (6.0, 6, 0), (0.0, 3, 3)]
)
def test_an_event_drifts_from_the_moment_on_at_which_it_is_due(at_s: float, sent: int, drifted: int) -> None:
    plan = Plan(
        run=RUN,
        command="send",
        created_ms=CREATED_MS,
        start_ms=CREATED_MS,
        lanes=1,
        planned=None,
        seed=7,
        destination=FirehoseDestination(stream="clicks", region="us-east-1"),
    )

    def open_lane(_: int) -> LaneSource:
        return Timed()

    planted = Planted(plan, Disorder(drift=(Drift(field="page", at_s=at_s),)), open_lane)
    accepted = {0: claims_of(accepted=set(range(sent)))}
    claims = Claims(accepted, live=False, ending=Ending.COMPLETE, damage=LedgerDamage())
    planted.expect(claims)
    assert planted.counts(claims).drifted == drifted
