"""Lines that are damaged on purpose until nothing says which event they are: given to events that were sent."""

import numpy as np
import pytest
from pyroaring import BitMap64
from xxhash import xxh3_64_intdigest

from clickgen.model.block import Block, LaneSource
from clickgen.model.destination import FirehoseDestination
from clickgen.model.disorder import Disorder, Drift
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.planted_disorder import Planted, attributed, numbers_of
from clickgen.verify.proof.scan.run_id_pattern import PlantedLines
from tests.support.notation import claims
from tests.support.planted import CREATED_MS, RUN

EMPTY = xxh3_64_intdigest(b"")


@pytest.fixture
def lines() -> PlantedLines:
    """Four events of lane 0 and one of lane 2 that became empty lines, and one that is still known."""
    lines = PlantedLines(b"cut")
    for event in ((0, 1), (0, 2), (0, 3), (0, 4), (2, 3)):
        lines.add(b"", event)
    lines.add(b'{"cut', (0, 9))
    return lines


def test_as_many_events_as_lines_were_found_and_accepted_ones_first(lines: PlantedLines) -> None:
    claimed = claims("lane 0: 4 accepted, 1 unknown, 2 rejected").lanes
    given = [attributed(lines, {EMPTY: count}, claimed, ()) for count in range(5)]
    assert given == [set(), {(0, 4)}, {(0, 4), (0, 1)}, {(0, 4), (0, 1), (0, 2)}, {(0, 4), (0, 1), (0, 2)}]


def test_an_event_that_was_taken_or_never_sent_is_given_to_no_line(lines: PlantedLines) -> None:
    claimed = claims("lane 0: 1-2 accepted; lane 2: 3 rejected").lanes
    assert attributed(lines, {EMPTY: 9}, claimed, ()) == {(0, 1), (0, 2), (2, 3)}
    assert attributed(lines, {EMPTY: 9}, claimed, {(0, 1), (2, 3)}) == {(0, 2)}


def test_a_line_that_only_one_event_became_is_known_by_itself(lines: PlantedLines) -> None:
    assert lines.find(b'{"cut') == (0, 9)
    assert lines.find(b"") == EMPTY
    assert lines.find(b"{") is None
    assert attributed(lines, {xxh3_64_intdigest(b'{"cut'): 2}, claims("lane 0: 9 accepted").lanes, ()) == {(0, 9)}


def test_a_line_without_the_needle_may_be_another_runs(lines: PlantedLines) -> None:
    lines.add(b'{"ev', (0, 5))
    assert lines.find(b'{"ev') == xxh3_64_intdigest(b'{"ev')
    assert lines.alike(xxh3_64_intdigest(b'{"ev')) == [(0, 5)]


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
    claimed = claims(f"lane 0: 0-{sent - 1} accepted")
    planted.expect(claimed)
    assert planted.counts(claimed).drifted == drifted
