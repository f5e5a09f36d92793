"""Plain lines: one every five seconds of the run, notices at once, for logs that must stay readable."""

import io

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.timetable import Stage, Timetable
from clickgen.run.events import Noticed, Progressed, Started
from clickgen.view.plain import PlainLines, progress_line
from tests.support.snapshots import a_finish, a_plan, some_figures


class HeldClock:
    """A clock that stands still until it is told the time."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def now(self) -> float:
        return self.time

    def wall_ms(self) -> int:
        return 0

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def run_for(seconds: int, *, stopping_from: float = float("inf")) -> list[str]:
    """The lines of a run that tells its figures four times a second."""
    stream, clock = io.StringIO(), HeldClock()
    lines = PlainLines(stream, clock)
    lines.handle(Started(a_plan(), 1))
    for tick in range(seconds * 4 + 1):
        elapsed = tick / 4 - 0.25
        clock.time = 1_000 + tick / 4
        lines.handle(Progressed(some_figures(elapsed=elapsed, stopping=elapsed >= stopping_from)))
    lines.handle(a_finish())
    return stream.getvalue().splitlines()


def test_a_line_every_five_seconds_of_the_run() -> None:
    assert [line[:5] for line in run_for(21)] == ["00:05", "00:10", "00:15", "00:20"]


def test_a_line_says_where_the_run_stands() -> None:
    assert progress_line(some_figures(), a_plan()) == (
        "00:12 36 %  5,500 accepted  500.0/s of 500  released 6,000  rejected 0  unknown 0"
        "  lag p99 0.6 ms  latency p99 1.02 s  $0.00076"
    )


def test_a_rate_that_changes_is_held_against_the_one_wanted_now() -> None:
    ramp = Timetable(rate=0, stages=(Stage(seconds=30, rate=500),))
    figures = some_figures(elapsed=12.0, history=(*range(0, 200, 20), 190, 195))
    assert "  173.0/s of 158.4  " in progress_line(figures, a_plan(timetable=ramp))


def test_what_is_seldom_shows_only_when_there_is_some() -> None:
    figures = some_figures(
        tally=SendCounts(released=9, retried=12, throttled=7), skipped=2, out_of_order=3, backlog=4.0
    )
    line = progress_line(figures, None)
    for words in ("retried 12", "throttled 7", "skipped 2", "out of order 3", "behind 4.00 s"):
        assert f"  {words}  " in line
    assert " of 500" not in line


def test_draining_is_told_once_and_at_once() -> None:
    lines = run_for(12, stopping_from=7.0)
    assert [line[:5] for line in lines] == ["00:05", "00:07", "00:10"]
    assert lines[1] == "00:07  draining...  Ctrl-C again to leave at once"


def test_a_silent_stretch_is_not_made_up_for() -> None:
    stream, clock = io.StringIO(), HeldClock()
    lines = PlainLines(stream, clock)
    for elapsed in (0.0, 17.0, 18.0, 20.0):
        clock.time = 1_000 + elapsed
        lines.handle(Progressed(some_figures(elapsed=elapsed)))
    assert [line[:5] for line in stream.getvalue().splitlines()] == ["00:17", "00:20"]


def test_notices_come_at_once_and_without_control_characters() -> None:
    stream = io.StringIO()
    PlainLines(stream, HeldClock()).handle(Noticed("refused:\r\n\x1b[31m red \x00 tail"))
    assert stream.getvalue() == "refused: \\x1b[31m red \\x00 tail\n"


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_leaves_does_not_stop_the_run() -> None:
    lines = PlainLines(Gone(), HeldClock())
    lines.handle(Noticed("one"))
    lines.handle(Noticed("two"))
