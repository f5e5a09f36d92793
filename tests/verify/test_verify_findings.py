"""What is found of an object: copies counted exactly, and the first ten of each kind to look at."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.model.event_id import EventId, format_id
from clickgen.verify.proof.compare.locate import Locator, spots_in
from clickgen.verify.proof.found.findings import (
    Copies,
    ObjectFindings,
    Witness,
    WitnessedCount,
    number_array,
    number_set,
)
from clickgen.verify.proof.found.landing import Spot
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object
from tests.support.planted import RUN

NUMBERS = st.lists(st.integers(0, 12), max_size=12)
EVENTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=20)


def expected(numbers: list[int]) -> tuple[set[int], set[int], dict[int, int]]:
    counts = Counter(numbers)
    often = {number: count - 2 for number, count in counts.items() if count > 2}
    return set(counts), {number for number, count in counts.items() if count > 1}, often


@given(st.lists(NUMBERS, max_size=4), st.lists(NUMBERS, max_size=3))
def test_copies_are_counted_however_they_come(added: list[list[int]], elsewhere: list[list[int]]) -> None:
    copies, others = Copies(), Copies()
    for into, parts in ((copies, added), (others, elsewhere)):
        for part in parts:
            into.add(np.array(part, dtype=np.int64))
    copies.merge(others)
    every = [number for part in added + elsewhere for number in part]
    assert (set(copies.once), set(copies.twice), copies.more) == expected(every)
    among = BitMap64(range(6))
    assert copies.total(among) == sum(number in among for number in every)


@given(EVENTS)
def test_events_of_several_lanes_are_taken_apart(events: list[tuple[int, int]]) -> None:
    found = ObjectFindings("1", 0, 0)
    lanes, numbers = np.array(events, dtype=np.int64).T
    found.intact(lanes, numbers, np.arange(len(events)))
    for lane in {lane for lane, _ in events}:
        copies = found.lanes.pop(lane)
        own = [number for of, number in events if of == lane]
        assert (set(copies.once), set(copies.twice), copies.more) == expected(own)
    assert found.lanes == {}


@pytest.mark.parametrize("count", [9, 10, 11])
def test_the_first_ten_are_witnesses(count: int) -> None:
    every = [Witness(str(position), "1", position) for position in range(count)]
    tally, merged = WitnessedCount(), WitnessedCount()
    for witness in every:
        tally.add(witness)
    merged.add(every[0])
    merged.merge(tally)
    assert (tally.count, tally.witnesses) == (count, every[:10])
    assert (merged.count, merged.witnesses) == (count + 1, [every[0], *every][:10])


def test_a_hundred_other_runs_are_told_apart_and_all_are_counted() -> None:
    found = ObjectFindings("1", 0, 0)
    for _ in range(2):
        for run in range(102):
            found.note_other(f"{run:012x}")
    assert found.other_runs[""] == 4
    assert [found.other_runs[f"{run:012x}"] for run in (0, 99, 100)] == [2, 2, 0]


@given(st.sets(st.integers(0, 1 << 38)))
def test_a_set_and_its_numbers_are_the_same(numbers: set[int]) -> None:
    array = np.array(sorted(numbers), dtype=np.int64)
    assert number_array(number_set(array)).tolist() == array.tolist()


def landed(name: str, *events: tuple[int, int]) -> ObjectFindings:
    found = ObjectFindings(name, 0, 0)
    lanes, numbers = np.array(events, dtype=np.int64).T
    found.intact(lanes, numbers, np.arange(len(events)))
    return found


@pytest.mark.parametrize(
    ("holding", "read"),
    [
        ({"a": [(0, 1)], "b": [(0, 2)]}, ["a"]),
        ({"a": [(0, 1)], "b": [(0, 1)], "c": [(0, 1)]}, ["a", "b"]),
        ({"a": [(0, 1), (0, 1)], "b": [(0, 1)]}, ["a"]),
        ({"a": [(1, 1)], "b": [(1, 2), (0, 1)], "c": [(0, 3)], "d": [(0, 1)]}, ["b", "d"]),
    ],
)
def test_only_objects_with_the_first_two_copies_are_read_again(
    holding: dict[str, list[tuple[int, int]]], read: list[str]
) -> None:
    again: list[str] = []

    def rescan(locator: Locator) -> None:
        again.append(locator.name)
        lanes, numbers = np.array(holding[locator.name], dtype=np.int64).T
        locator.intact(lanes, numbers, 10 * np.arange(len(lanes)))

    spots = spots_in([(0, 1)], [landed(name, *events) for name, events in holding.items()], rescan)
    assert again == read
    stands: list[Spot] = [
        (name, 10 * position) for name in read for position, event in enumerate(holding[name]) if event == (0, 1)
    ]
    assert spots == {(0, 1): stands}


class Noting(ObjectFindings):
    """Findings that only say how many intact events came at a time."""

    def __init__(self) -> None:
        super().__init__("1", 0, 0)
        self.sizes: list[int] = []

    def intact(self, lanes: NDArray[np.int64], numbers: NDArray[np.int64], offsets: NDArray[np.int64]) -> None:
        assert len(lanes) == len(numbers) == len(offsets)
        self.sizes.append(len(lanes))


def test_intact_events_come_many_at_a_time_and_not_all_at_the_end() -> None:
    line = format_id(EventId(RUN, 0, 1, 0)).ljust(63) + b"\n"
    mebibyte = line * (1 << 14)
    found = Noting()
    scan_object([mebibyte] * 9, RunIdPattern(RUN, "event_id", text=True), found, ids_only=True)
    assert found.sizes == [1 << 16, 1 << 16, 1 << 14]
