"""What is odd about a recording's times is told before anything leaves, and what to do about it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clickgen.model.recording import Recording
from clickgen.traffic.recorded_times import TimesSeen, look_at_times
from clickgen.traffic.replay_events import LaneEvents
from clickgen.traffic.replay_source import LanePart
from tests.conftest import CommandLine


def write(path: Path, field: str, times: list[object]) -> str:
    """A file of events with these times; its path."""
    path.write_text("".join(json.dumps({"n": n, field: time}) + "\n" for n, time in enumerate(times)))
    return str(path)


def looked(lanes: list[list[str]], field: str, look_bytes: int | None = None) -> TimesSeen:
    """What the times of these files show."""
    readers = [
        LaneEvents([LanePart(path) for path in paths], Recording(), id_field="", time_field=field)
        for paths in lanes
    ]
    return look_at_times(readers, 600.0, look_bytes)


def told_first(said: str, warning: str) -> bool:
    """Whether a warning comes before the line that announces where the events go."""
    lines = said.splitlines()
    return next(n for n, line in enumerate(lines) if warning in line) < next(
        n for n, line in enumerate(lines) if line.startswith(("embedded pipeline", "file "))
    )


def test_events_out_of_order_are_told_first(clickgen: CommandLine, tmp_path: Path) -> None:
    times: list[object] = [1_700_000_000 + (n * 37) % 100 for n in range(100)]
    said = clickgen.run(
        "replay", write(tmp_path / "f", "ts", times), "--speed", "1000", "--to", f"file:{tmp_path}/out"
    )
    assert said.code == 0, said.err
    assert told_first(said.err, "warning: not in order of time: of all 100 events, 94 come after a later one")
    assert "up to 1m 38s behind it, and are put in order" in said.err
    sent = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    sent.sort(key=lambda event: event["clickgen_id"])  # calls may overtake one another
    assert [event["ts"] for event in sent] == sorted(times)  # type: ignore[type-var]  # they are numbers


def test_days_only_are_told_first(clickgen: CommandLine, tmp_path: Path) -> None:
    times: list[object] = [f"2026-01-{1 + n // 10:02d}" for n in range(30)]
    said = clickgen.run("replay", write(tmp_path / "f", "date", times), "--speed", "1e6")
    assert said.code == 0, said.err
    assert told_first(said.err, "warning: date holds only days (3 of them in all 30 events)")
    assert "name a finer field with --time-field, or set the pace with --rate" in said.err


def test_what_is_in_order_says_nothing(clickgen: CommandLine, tmp_path: Path) -> None:
    times: list[object] = [1_700_000_000 + n for n in range(50)]
    said = clickgen.run("replay", write(tmp_path / "f", "ts", times), "--speed", "1000")
    assert said.code == 0, said.err
    assert "warning" not in said.err


def test_one_event_at_midnight_is_no_recording_of_days(tmp_path: Path) -> None:
    seen = looked([[write(tmp_path / "f", "ts", ["2026-01-01T00:00:00Z"])]], "ts")
    assert (seen.events, seen.days_only) == (1, False)


def test_lanes_have_an_order_of_their_own(tmp_path: Path) -> None:
    later, earlier = ([1_700_000_000 + begin + n for n in range(20)] for begin in (1000, 0))
    files = [write(tmp_path / "1", "ts", list(later)), write(tmp_path / "2", "ts", list(earlier))]
    assert looked([[files[0]], [files[1]]], "ts").out_of_order == 0
    both = looked([files], "ts")
    assert (both.out_of_order, both.latest_s, both.whole) == (20, 1019.0, True)


@pytest.mark.parametrize(
    ("time", "out_of_order"),
    [(lambda n: 1_700_000_000 + n, 0), (lambda n: 1_700_000_000 - n % 2, None)],
)
def test_of_a_large_file_only_the_beginning_is_read(
    tmp_path: Path, time: Callable[[int], int], out_of_order: int | None
) -> None:
    line = '{"ts":%d,"text":"' + "x" * 10_000 + '"}\n'
    with (tmp_path / "f").open("w") as file:
        for n in range(2 * (1 << 20) // 10_000):
            file.write(line % time(n))
    seen = looked([[str(tmp_path / "f")]], "ts", 1 << 20)
    assert not seen.whole
    assert 0.9 * (1 << 20) / 10_000 < seen.events < 1.5 * (1 << 20) / 10_000  # in whole chunks
    assert seen.out_of_order == (seen.events // 2 if out_of_order is None else out_of_order)
