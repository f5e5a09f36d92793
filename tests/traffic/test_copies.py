"""`replay --multiply`: which events its copies are, and when they leave."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.recording import Recording
from clickgen.traffic import multiply
from clickgen.traffic.multiply import multiplied
from clickgen.traffic.replay import Recorded, RecordedLane
from clickgen.traffic.replay_events import EventGroup, LaneEvents
from clickgen.traffic.replay_source import LanePart
from tests.traffic.test_replay_choice import written

BEGIN = 1_700_000_000
JITTER_S = 60.0
MS = 1000


def copies_of(path: Path, events: list[dict[str, Any]], **changed: Any) -> list[tuple[float, dict[str, Any]]]:
    """The events that leave, each with its time."""
    recording = Recording(
        **{"jitter_s": JITTER_S, "visitor_field": "user", "renewed": ("user",), "moved": ("t",), **changed}
    )
    lane = LaneEvents([LanePart(str(written(path, events)))], recording, id_field="id", time_field="t")
    groups: list[EventGroup] = list(multiplied(lane.groups(), recording, lane))
    return [
        (time, json.loads(event.data))
        for group in groups
        for time, event in zip(group.times, group.events, strict=True)
    ]


@settings(max_examples=40)
@given(
    gaps=st.lists(st.tuples(st.integers(0, 90 * MS), st.integers(1, 4)), min_size=1, max_size=40),
    copies=st.integers(2, 5),
    loop=st.integers(1, 3),
)
def test_each_copy_is_the_traffic_of_other_visitors_moved_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[tuple[int, int]], copies: int, loop: int
) -> None:
    at, events = BEGIN * MS, list[dict[str, Any]]()
    for number, (gap, user) in enumerate(gaps):
        at += gap
        events.append({"t": at, "user": user, "n": number})
    later = at - BEGIN * MS + 1
    path = tmp_path_factory.mktemp("copies") / "f"
    found = copies_of(path, events, multiply=copies, loop=loop, loop_ms=later)
    times = [time for time, _ in found]
    assert times == sorted(times)
    assert Counter(event["n"] for _, event in found) == {event["n"]: copies * loop for event in events}
    # no two copies of a visitor are the same visitor
    of_visitor = defaultdict[int, list[dict[str, Any]]](list)
    for _, event in found:
        of_visitor[event["user"]].append(event)
    assert len(of_visitor) == len({user for _, user in gaps}) * copies * loop
    for visits in of_visitor.values():
        original = {event["n"]: event["t"] for event in events if event["user"] == events[visits[0]["n"]]["user"]}
        assert [event["n"] for event in visits] == list(original)
        moved = {event["t"] - original[event["n"]] for event in visits}
        assert len(moved) == 1
        assert 0 <= moved.pop() % later < JITTER_S * MS or loop > 1
    # the original itself is among them, as it was
    assert [event for _, event in found if event["user"] < 10] == events


def test_a_burst_stays_as_long_as_it_was_and_its_copies_are_spread(tmp_path: Path) -> None:
    events = [{"t": BEGIN + n // 100, "user": n, "n": n} for n in range(1000)]
    found = copies_of(tmp_path / "f", events, multiply=4)
    seconds = Counter(int(time) - BEGIN for time, _ in found)
    assert len(found) == 4000
    assert max(seconds.values()) < 2 * 100  # and not 400
    assert max(seconds) >= JITTER_S


def test_what_does_not_fit_leaves_earlier_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiply, "MAX_HELD_COPIES", 50)
    events = [{"t": (BEGIN + n) * MS, "user": n, "n": n} for n in range(100)]
    found = copies_of(tmp_path / "f", events, multiply=5)
    times = [time for time, _ in found]
    assert times == sorted(times)
    assert Counter(event["n"] for _, event in found) == dict.fromkeys(range(100), 5)
    assert all(abs(event["t"] - time * MS) <= 1 for time, event in found)
    assert max(event["t"] - (BEGIN + event["n"]) * MS for _, event in found) < JITTER_S * MS


def test_copies_are_the_same_when_few_originals_keep_their_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [{"t": (BEGIN + n) * MS, "user": n % 9, "n": n} for n in range(100)]
    usual = copies_of(tmp_path / "f", events, multiply=4)
    monkeypatch.setattr(multiply, "MAX_MARKED", 3)
    assert copies_of(tmp_path / "f", events, multiply=4) == usual


def test_copies_without_times_follow_their_originals_and_the_limit_counts_all(tmp_path: Path) -> None:
    events = [{"user": n, "n": n} for n in range(5)]
    recording = Recording(multiply=3, jitter_s=60.0, visitor_field="user", renewed=("user",), limit=8)
    lane = RecordedLane(
        [str(written(tmp_path / "f", events))],
        run="0" * 12,
        lane=0,
        timing=lambda numbers: numbers.astype("float64"),
        recording=recording,
    )
    block = lane.next_block()
    assert block is not None
    assert [json.loads(block.event(index))["n"] for index in range(len(block))] == [0, 0, 0, 1, 1, 1, 2, 2]
    assert lane.next_block() is None


def test_a_lane_that_is_taken_up_again_gives_the_same_copies(tmp_path: Path) -> None:
    events = [{"t": BEGIN + n // 3, "user": n % 7, "n": n} for n in range(300)]
    path = written(tmp_path / "f", events)
    recording = Recording(
        multiply=3, jitter_s=20.0, visitor_field="user", renewed=("user",), moved=("t",), dropped=("n",)
    )

    def sent(first: int) -> list[bytes]:
        lane = RecordedLane(
            [str(path)],
            run="0" * 12,
            lane=0,
            timing=Recorded(BEGIN * 1000.0, 1.0, "t"),
            recording=recording,
            first=first,
        )
        found = list[bytes]()
        while (block := lane.next_block()) is not None:
            found += [bytes(block.event(index)) for index in range(len(block))]
        return found

    whole = sent(0)
    assert len(whole) == 900
    assert sent(417) == whole[417:]
