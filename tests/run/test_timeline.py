"""The timeline of a run: a line a second, whatever ends it, and read back whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clickgen.model.histogram import Histogram
from clickgen.run.events import Figures, Progressed, Started, started
from clickgen.run.timeline import Timeline, read_timeline
from tests.support.planted import HeldClock
from tests.support.snapshots import a_finish, a_plan, some_figures

BEGAN_MS = 1_767_225_600_000


def figures_at(second: float, rate: int = 500) -> Figures:
    """A run that answers `rate` events a second, each after 200 ms, from its tenth second on after 800 ms."""
    answered = Histogram()
    answered.add(np.full(int(min(second, 10) * rate), 0.2))
    answered.add(np.full(int(max(second - 10, 0) * rate), 0.8))
    count = int(second * rate)
    figures = some_figures(elapsed=second, expected=count, accepted=count, latencies=answered)
    return replace(figures, tally=replace(figures.tally, released=count, retried=count // 100))


def write(file: Path, seconds: list[float], *, finish: bool = True) -> None:
    """Let a run tell of these seconds."""
    clock = HeldClock(BEGAN_MS)
    timeline = Timeline(file, clock)
    with started(timeline):
        timeline.handle(Started(a_plan(), 1))
        for before, second in zip([0.0, *seconds], seconds, strict=False):
            clock.sleep(second - before)
            timeline.handle(Progressed(figures_at(second)))
        if finish:
            timeline.handle(a_finish(figures=figures_at(seconds[-1])))


def test_is_a_line_a_second_and_the_end(tmp_path: Path) -> None:
    write(tmp_path / "t", [quarter / 4 for quarter in range(1, 121)])
    moments = read_timeline(tmp_path / "t")
    assert len(moments) == 31
    assert [moment.accepted for moment in moments[1:4]] == [625, 1125, 1625]
    assert moments[-1].elapsed == 30.0
    assert {moment.session for moment in moments} == {BEGAN_MS}
    assert moments[-1].at_ms == BEGAN_MS + 30_000


def test_latency_is_that_of_what_was_answered_since_the_line_before(tmp_path: Path) -> None:
    write(tmp_path / "t", [float(second) for second in range(1, 21)])
    by_second = {moment.elapsed: moment for moment in read_timeline(tmp_path / "t")[:-1]}
    assert by_second[10.0].latency_p99 == pytest.approx(0.2, rel=0.01)
    assert by_second[11.0].latency_p50 == pytest.approx(0.8, rel=0.01)
    assert read_timeline(tmp_path / "t")[-1].latency_p99 is None  # nothing was answered since


def test_a_month_is_some_ten_thousand_lines(tmp_path: Path) -> None:
    clock = HeldClock(BEGAN_MS)
    timeline, figures = Timeline(tmp_path / "t", clock), some_figures()
    with started(timeline):
        timeline.handle(Started(a_plan(), 1))
        for second in range(0, 86_400, 5):
            timeline.handle(Progressed(replace(figures, elapsed=float(second))))
    lines = (tmp_path / "t").read_bytes().count(b"\n")
    assert 3000 < lines < 10_000


def test_a_cut_line_is_left_out_and_the_next_session_begins_on_its_own(tmp_path: Path) -> None:
    file = tmp_path / "t"
    write(file, [1.0, 2.0, 3.0], finish=False)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20] if whole.endswith(b"\n") else whole)
    write(file, [1.0], finish=False)
    assert [moment.elapsed for moment in read_timeline(file)] == [1.0, 2.0, 1.0]


@pytest.mark.parametrize("damage", [b"nonsense\n", b"[1,2]\n", b'{"session":1}\n', b"\xff\xfe\n", b"null\n"])
def test_a_damaged_line_is_left_out(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "t"
    write(file, [1.0], finish=False)
    file.write_bytes(damage + file.read_bytes() + damage)
    assert [moment.elapsed for moment in read_timeline(file)] == [1.0]


def test_where_it_cannot_be_written_the_run_goes_on(tmp_path: Path) -> None:
    write(tmp_path / "nowhere" / "t", [1.0])
    assert read_timeline(tmp_path / "nowhere" / "t") == []
