"""What is read of a place, look after look: no object more than it takes, and none less."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from clickgen.ledger.claims import CLOCKS_DIFFER_MS
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Place as PlannedPlace
from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
from clickgen.verify.landings.objects.place import FolderPlace, ObjectChanged, Stored
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Event, Gone, Reading
from tests.support.planted import AFTER_DEADLINE_MS, BUFFER_S, CREATED_MS, Planted, events, lines

MONTH_LATER_MS = CREATED_MS + 30 * 86_400_000


class Watched(FolderPlace):
    """A folder that says which prefixes were listed and which objects read; some change whenever they are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.listed: list[str] = []
        self.taken: list[str] = []
        self.restless: set[str] = set()

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        self.listed = list(prefixes)
        return super().objects(self.listed)

    def read(self, stored: Stored) -> Iterator[bytes]:
        self.taken.append(stored.key)
        if stored.key in self.restless:
            raise ObjectChanged(stored.key)
        return super().read(stored)


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """30 events in three objects."""
    planted = Planted(tmp_path)
    planted.claim(0, 30)
    for first in (0, 10, 20):
        planted.put(f"{first:02}", lines(events(first, first + 10)))
    return planted


def objects_of(
    run: Planted, place: FolderPlace, told: list[Reading | Gone] | None = None, stream: PlannedPlace | None = None
) -> ObjectLanding:
    """As a new process would have them."""
    readings = [] if told is None else told
    return ObjectLanding(run.run, run.plan, SearchScope(place, stream, BUFFER_S), Reader(), readings.append)


def looked(objects: ObjectLanding) -> list[ObjectFindings]:
    return list(objects.look(AFTER_DEADLINE_MS))


def numbers(found: Iterable[ObjectFindings]) -> list[int]:
    return sorted(number for one in found for copies in one.lanes.values() for number in copies.once)


def damage(run: Planted, key: bytes) -> None:
    """Let what was kept of an object be nonsense."""
    [file] = (run.run.path / "sidecars").glob("*.db")
    with closing(sqlite3.connect(file)) as database, database:
        assert database.execute("UPDATE objects SET findings = x'00' WHERE key = ?", (key,)).rowcount == 1


def test_each_object_is_read_once(run: Planted) -> None:
    place = Watched(run.lake)
    assert numbers(looked(objects_of(run, place))) == [*range(30)]
    assert sorted(place.taken) == ["00", "10", "20"]


def test_what_was_kept_and_is_damaged_is_read_again_and_nothing_else(run: Planted) -> None:
    looked(objects_of(run, Watched(run.lake)))
    damage(run, b"10")
    place = Watched(run.lake)
    found = looked(objects_of(run, place))
    assert numbers(found) == [*range(30)]
    assert not any(one.unread for one in found)
    assert place.taken == ["10"]


def test_what_is_damaged_and_changes_now_is_not_read(run: Planted) -> None:
    looked(objects_of(run, Watched(run.lake)))
    damage(run, b"10")
    place = Watched(run.lake)
    place.restless.add("10")
    found = looked(objects_of(run, place))
    assert [one.unread for one in found] == ["", "it has just changed", ""]
    assert numbers(found) == [*range(10), *range(20, 30)]


def test_an_object_that_always_changes_is_named(run: Planted) -> None:
    place = Watched(run.lake)
    place.restless.add("20")
    with pytest.raises(EnvironmentProblem, match=r"^20 in .* changes each time it is read"):
        looked(objects_of(run, place))


def test_what_was_found_is_believed_when_the_run_goes_on(run: Planted) -> None:
    looked(objects_of(run, Watched(run.lake)))
    run.claim(30, 40)
    told: list[Reading | Gone] = []
    looked(objects_of(run, Watched(run.lake), told))
    assert [(reading.objects, reading.known) for reading in told if isinstance(reading, Reading)] == [(0, 3)]


def test_a_look_goes_on_where_nothing_can_be_kept_any_more(run: Planted) -> None:
    objects = objects_of(run, Watched(run.lake))
    looked(objects)
    [file] = (run.run.path / "sidecars").glob("*.db")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE objects")
    assert numbers(looked(objects)) == [*range(30)]


@pytest.mark.parametrize(("earlier_ms", "older"), [(CLOCKS_DIFFER_MS, 0), (CLOCKS_DIFFER_MS + 1, 1)])
def test_what_landed_more_than_five_minutes_before_the_run_is_older(
    run: Planted, earlier_ms: int, older: int
) -> None:
    run.put("00", lines(events(0, 10)), landed_ms=CREATED_MS - earlier_ms)
    told: list[Reading | Gone] = []
    looked(objects_of(run, Watched(run.lake), told))
    readings = [reading for reading in told if isinstance(reading, Reading)]
    assert [(reading.objects, reading.older) for reading in readings] == [(3 - older, older)]


def test_spots_are_looked_for_only_where_the_events_are(run: Planted) -> None:
    place = Watched(run.lake)
    objects = objects_of(run, place)
    wanted: list[Event] = [(0, 13), (0, 17), (1, 17)]
    assert objects.spots(wanted) == {}
    looked(objects)
    place.taken.clear()
    spots = objects.spots(wanted)
    assert place.taken == ["10"]
    held_by = {event: [name for name, _ in where] for event, where in spots.items() if where}
    assert held_by == {(0, 13): ["10"], (0, 17): ["10"]}


@pytest.mark.parametrize(
    ("command", "duration_s", "expected"),
    [
        ("generate", 3600.0, ["2026/01/30/23/", "2026/01/31/00/", "2026/01/31/01/", "2026/01/31/02/"]),
        ("generate", None, ["2025/12/31/23/", "2026/01/01/00/", "2026/01/01/01/"]),
        ("send", 3600.0, ["2025/12/31/23/", "2026/01/01/00/", "2026/01/01/01/"]),
    ],
)
def test_what_was_generated_lies_under_the_times_of_its_events(
    run: Planted, command: Literal["generate", "send"], duration_s: float | None, expected: list[str]
) -> None:
    run.plan = run.plan.model_copy(
        update={"command": command, "start_ms": MONTH_LATER_MS, "duration_s": duration_s}
    )
    place = Watched(run.lake)
    looked(objects_of(run, place, stream=PlannedPlace(bucket="b", prefix="raw/", time_zone="UTC")))
    dated = [prefix.removeprefix("raw/") for prefix in place.listed if prefix.startswith("raw/20")]
    assert dated == expected
