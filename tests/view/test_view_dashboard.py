"""The dashboard shows every figure at any width, without colour, and is drawn at most four times a second."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.plan import Plan
from clickgen.model.timetable import Spike, Stage, Timetable
from clickgen.run.events import Figures, Noticed, Progressed, Started, started
from clickgen.view.bars import Sparkline
from clickgen.view.dashboard import Dashboard, render_dashboard
from tests.support.snapshots import ON_AWS, RUN, a_plan, a_replay, shown, some_figures

LINE = "stream clicks (--stream), account 123456789012, region eu-west-1 (--region), endpoint https://x"
WIDTHS = (80, 100, 140)


def screen(figures: Figures, plan: Plan, width: int = 80, encoding: str = "utf-8") -> str:
    return shown(render_dashboard(figures, plan, LINE, width), width, encoding)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_there(width: int) -> None:
    tally = SendCounts(
        released=6_000, records=5_500, batches=11, attempts=13, retried=1_001, throttled=2_002,
        accepted_bytes=2_411_725, billed_alone=1,
    )  # fmt: skip
    text = " ".join(screen(some_figures(rejected=7, unknown=8, tally=tally), a_plan(), width).split())
    for words in (
        f"clickgen send run {RUN}",
        "wanted 500/s achieved 500.0/s now 500.0/s",
        "36 % 18s left",
        "accepted rejected unknown in flight retried throttled",
        "5,500 7 8 485 1,001 2,002",
        "6,000 released in 11 batches, 5,500 records; 2.3 MiB accepted",
        "512 ms 1.02 s 1.10 s",
        "0.1 ms 0.6 ms 2.1 ms",
        "would cost $0.00076 on AWS; packing would save $0.0007 (92 %)",
    ):
        assert words in text or (width >= 120 and all(word in text for word in words.split()))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("plan", [a_plan(), a_plan(planned=None, duration_s=None), a_replay(speed=2.5)])
@pytest.mark.parametrize("many", [10**6, 10**8])
def test_it_fits_even_with_large_figures(width: int, plan: Plan, many: int) -> None:
    figures = some_figures(
        accepted=many, rejected=many, unknown=many, planned=plan.planned, backlog=3_600.0,
        tally=SendCounts(4 * many, many, many, many, many, many, many, many), history=(many,) * 120,
        cost_usd=12_345.6, skipped=many, out_of_order=many, without_time=many, stopping=True,
    )  # fmt: skip
    lines = screen(figures, plan, width).splitlines()
    assert {cell_len(line) for line in lines[:-1]} == {width}
    assert lines[-1] == "  Ctrl-C again to leave at once"
    assert len(lines) <= 24


def test_more_room_makes_it_wider_not_longer() -> None:
    narrow, wide = (screen(some_figures(), a_plan(), width).splitlines() for width in (80, 140))
    assert len(wide) < len(narrow) <= 22


def test_a_terminal_without_unicode_is_served() -> None:
    text = screen(some_figures(history=(500, 0, 250)), a_plan(), encoding="ascii")
    assert "| @ = " in text


def test_behind_schedule_is_said() -> None:
    text = screen(some_figures(backlog=3.2, accepted=4_300, unknown=100), a_plan())
    assert "1,600 overdue" in text
    assert "2.1 ms       3.20 s" in text  # in the column of the backlog
    assert "overdue" not in screen(some_figures(), a_plan())


BUSY = Timetable(
    rate=100,
    stages=(Stage(seconds=10, rate=300), Stage(seconds=30, rate=500), Stage(seconds=5, rate=0)),
    spikes=(Spike(factor=10, at_s=20, length_s=2.5),),
)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_rate_that_changes_is_shown_as_wanted_against_achieved(width: int) -> None:
    text = screen(some_figures(), a_plan(timetable=BUSY, rate=5_000.0), width)
    assert "wanted 284.6/s   now 500.0/s   on average 500.0/s" in text
    words = "from 100/s, 10s:300, 30s:500, 5s:0, spike 10x@20s+2.5s"
    assert words in text
    assert {cell_len(line) for line in text.splitlines()[:-1]} == {width}


def test_a_long_timetable_takes_one_row() -> None:
    long = BUSY.model_copy(update={"stages": BUSY.stages * 20})
    short = screen(some_figures(), a_plan(timetable=BUSY, rate=5_000.0)).splitlines()
    assert len(screen(some_figures(), a_plan(timetable=long, rate=5_000.0)).splitlines()) == len(short) <= 24


def test_draining_says_how_to_leave() -> None:
    text = screen(some_figures(stopping=True), a_plan())
    assert "draining... 500 in flight" in text
    assert "Ctrl-C again to leave at once" in text
    assert "Ctrl-C again" not in screen(some_figures(), a_plan())


def test_waiting_for_the_last_answers_is_said() -> None:
    assert "finishing... 9,500 in flight" in screen(some_figures(tally=SendCounts(released=15_000)), a_plan())


def test_an_endless_run_shows_no_bar() -> None:
    text = screen(some_figures(planned=None), a_plan(planned=None, duration_s=None))
    assert "until Ctrl-C" in text
    assert "%" not in text.split("bill")[0]


def test_a_replay_shows_what_is_odd_in_its_input() -> None:
    odd = some_figures(skipped=3, out_of_order=1_200)
    assert "skipped 3   out of order 1,200 " in screen(odd, a_replay())
    assert "skipped" not in screen(some_figures(), a_replay())


def test_the_bill_of_aws_is_no_would_be_bill() -> None:
    text = screen(some_figures(), a_plan(destination=ON_AWS))
    assert "bill  $0.00076 for ingestion; packing would save $0.0007 (92 %)" in text
    packed = some_figures(cost_usd=0.00006)
    assert "packing saves $0.0007 (92 %)" in screen(packed, a_plan(destination=ON_AWS, pack=True))


@given(
    st.lists(st.integers(0, 2**40), max_size=120),
    st.floats(1e-3, 1e6) | st.none(),
    st.integers(1, 100),
    st.sampled_from(["utf-8", "ascii"]),
)
def test_a_sparkline_shows_the_latest_seconds_and_a_gap_is_a_gap(
    history: list[int], wanted: float | None, width: int, encoding: str
) -> None:
    line = shown(Sparkline(history, wanted), width, encoding).removesuffix("\n")
    latest = history[-width:]
    assert len(line) == len(latest)
    assert [sign == " " for sign in line] == [value == 0 for value in latest]


def test_a_full_bar_is_the_wanted_rate() -> None:
    assert shown(Sparkline([500, 250, 63, 62], 500.0)) == "█▄▂▁\n"
    assert shown(Sparkline([1000, 500], 500.0)) == "█▄\n"


class Screen:
    """A dashboard on a terminal made of memory, with a held clock."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        self.time = 100.0
        console = Console(file=self.file, width=80, height=30, force_terminal=True, color_system=None, _environ={})
        self.dashboard = Dashboard(console, a_plan(), LINE, lambda: self.time)

    @property
    def frames(self) -> int:
        return self.file.getvalue().count("clickgen send")


def test_it_is_drawn_four_times_a_second_at_the_most() -> None:
    screen = Screen()
    dashboard = screen.dashboard
    with started(dashboard):
        dashboard.handle(Started(a_plan(), 2))
        before = screen.frames
        for tick in range(100):
            screen.time = 100 + tick / 50
            dashboard.handle(Progressed(replace(some_figures(), elapsed=tick / 50)))
        assert screen.frames - before == 8


def test_a_notice_stands_above_the_dashboard() -> None:
    screen = Screen()
    dashboard = screen.dashboard
    with started(dashboard):
        dashboard.handle(Progressed(some_figures()))
        dashboard.handle(Noticed("a worker [bold]died[/bold]"))
        notice = screen.file.getvalue().rindex("a worker [bold]died[/bold]")
        assert screen.file.getvalue().rindex("clickgen send") > notice


def test_it_gives_the_terminal_back_when_the_run_fails() -> None:
    screen = Screen()
    with pytest.raises(RuntimeError), started(screen.dashboard):
        raise RuntimeError
    assert screen.file.getvalue().rindex("\x1b[?25h") > screen.file.getvalue().rindex("\x1b[?25l")
