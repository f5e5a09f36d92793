"""Following a run: looking goes on until it has ended, and what should be there by now is late."""

import io
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from clickgen.ledger.store import LedgerWriter
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.delivery import Looked, Notice, Waiting
from clickgen.view.follow import Followed, PlainFollow, follow_line, landed_rate, render_follow
from clickgen.view.verdict import waiting_words
from tests.conftest import CommandLine
from tests.support.planted import BUFFER_S, RUN, SENT_MS, HeldClock, Planted, events, found, lines
from tests.support.snapshots import shown

FOLLOWED = Followed(RUN, "s3", "s3://lake/clicks", BUFFER_S, SENT_MS)


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 100 accepted events, sent at SENT_MS, of which the first 60 have landed."""
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    planted.put("1", lines(events(0, 60)), landed_ms=SENT_MS + 30_000)
    return planted


def follow(run: Planted, *, ends_ms: int, landed_ms: int | None, **request: Any) -> tuple[list[Notice], HeldClock]:
    """Follow a run that ends then, and whose last events land then; what was said, and the clock."""
    with ExitStack() as going:
        going.enter_context(run.run.held())

        def at(now_ms: int) -> None:
            if now_ms >= ends_ms:
                going.close()
            if landed_ms is not None and now_ms >= landed_ms:
                run.put("2", lines(events(60, 100)), landed_ms=landed_ms)

        clock = HeldClock(SENT_MS + 40_000, at)
        told: list[Notice] = []
        run.verify(clock=clock, tell=told.append, follow=True, **request)
        return told, clock


def looks(told: list[Notice]) -> list[Looked]:
    return [notice for notice in told if isinstance(notice, Looked)]


def test_follows_until_the_run_has_ended_and_all_is_there(run: Planted) -> None:
    told, clock = follow(run, ends_ms=SENT_MS + 60_000, landed_ms=SENT_MS + 90_000)
    seen = looks(told)
    assert [look.report.live for look in seen] == [True] * 20 + [False] * 31
    assert found(seen[-1].report) == {"delivered": 100}
    assert seen[-1].report.verdict is Verdict.VERIFIED
    assert clock.slept == pytest.approx(50, abs=1)
    ended = next(notice for notice in told if isinstance(notice, Waiting) and not notice.live)
    assert ended.due_ms == SENT_MS + BUFFER_S * 1000


def test_all_that_is_there_does_not_end_it_while_the_run_goes_on(run: Planted) -> None:
    told, clock = follow(run, ends_ms=SENT_MS + 80_000, landed_ms=SENT_MS + 45_000)
    assert [look.report.delivered for look in looks(told)][10] == 100
    assert clock.slept == pytest.approx(40, abs=1)


def test_is_late_once_the_buffer_has_passed_and_never_missing_while_the_run_goes_on(run: Planted) -> None:
    told, _ = follow(run, ends_ms=SENT_MS + 300_000, landed_ms=SENT_MS + 320_000, wait=60.0)
    late = {round((look.at_ms - SENT_MS) / 1000): look.late for look in looks(told)}
    assert (late[70], late[71], late[299]) == (0, 40, 40)
    assert all(look.report.missing == 0 for look in looks(told))
    assert found(looks(told)[-1].report) == {"delivered": 100}


def test_only_what_was_accepted_long_enough_ago_is_late(run: Planted) -> None:
    ledger = LedgerWriter(run.run.ledger_file)
    ledger.lease([Lease(0, 100, 300)])
    ledger.note([Outcome(0, 100, 200, State.ACCEPTED, 1, SENT_MS, SENT_MS + 10_000)])
    ledger.note([Outcome(0, 200, 300, State.UNKNOWN, 1, SENT_MS, 0)])
    ledger.close()
    told, _ = follow(run, ends_ms=SENT_MS + 90_000, landed_ms=None, wait=0.0)
    late = {round((look.at_ms - SENT_MS) / 1000): look.late for look in looks(told)}
    assert (late[70], late[71], late[80], late[81]) == (0, 40, 40, 140)


def test_a_wait_counts_from_the_end_of_the_run(run: Planted) -> None:
    told, clock = follow(run, ends_ms=SENT_MS + 60_000, landed_ms=None, wait=5.0)
    assert clock.slept == pytest.approx(25, abs=1)
    assert found(looks(told)[-1].report) == {"delivered": 60, "pending": 40}


def test_what_is_missing_in_the_end_is_not_in_flight_and_not_late(run: Planted) -> None:
    told, _ = follow(run, ends_ms=SENT_MS + 60_000, landed_ms=None)
    last = looks(told)[-1]
    assert (last.report.missing, last.report.pending, last.late) == (40, 0, 0)
    line = follow_line(last, FOLLOWED)
    assert "in flight 0  late 0" in line
    assert "missing 40" in line


def test_who_does_not_wait_looks_once(run: Planted) -> None:
    told: list[Notice] = []
    run.verify(clock=HeldClock(SENT_MS + 40_000), tell=told.append, wait=0.0)
    assert len(looks(told)) == 1


def a_look(run: Planted) -> Looked:
    told, _ = follow(run, ends_ms=SENT_MS + 80_000, landed_ms=None, wait=0.0)
    return looks(told)[-1]


@pytest.mark.parametrize("width", [80, 140])
def test_the_panel_fits_and_shows_what_is_late(run: Planted, width: int) -> None:
    look = a_look(run)
    screen = shown(render_follow(look, FOLLOWED, "the run goes on", width), width)
    assert max(map(len, screen.splitlines())) <= width
    rows = {row.strip("│ ").split("  ")[0]: row for row in screen.splitlines()}
    assert rows["landed"].split()[2] == "60"
    assert "60.0 %" in rows["landed"]
    assert rows["in flight"].split()[3] == "0"
    assert rows["late"].split()[2] == "40"
    assert "Ctrl-C" in screen
    assert "looking" in shown(render_follow(None, FOLLOWED, "looking", width), width)


def test_a_pipe_gets_a_line_every_few_seconds(run: Planted) -> None:
    look = a_look(run)
    stream, clock = io.StringIO(), HeldClock(0)
    view = PlainFollow(stream, FOLLOWED, clock)
    with view:
        for _ in range(12):
            view.handle(look)
            clock.sleep(1.0)
    first, *others = stream.getvalue().splitlines()
    assert first == f"following run {RUN}; events land up to 1m 00s after they are accepted"
    assert others == [follow_line(look, FOLLOWED)] * 3
    assert "accepted 100  landed 60  in flight 0  late 40" in stream.getvalue()
    assert view.latest is look


def test_the_end_of_the_run_is_said_once_and_until_when_the_last_delivery_is_due() -> None:
    stream, waiting = io.StringIO(), Waiting(100, 40, False, 150.0, 60, 1_767_225_665_123)
    with PlainFollow(stream, FOLLOWED, HeldClock(0)) as view:
        view.handle(waiting)
        view.handle(waiting)
    assert stream.getvalue().splitlines()[1:] == [
        "the run has ended; waiting up to 2m 30s; the last delivery is due by 2026-01-01T00:01:05Z,"
        " as up to 1m 00s are buffered"
    ]
    at_once = waiting_words(Waiting(100, 40, False, 150.0, 0, 1_767_225_665_123))
    assert at_once == "waiting up to 2m 30s"


def test_damage_is_seen_while_following(run: Planted) -> None:
    run.put("1", lines(events(0, 60)) + b'{"cut', landed_ms=SENT_MS + 30_000)
    assert "truncated 1" in follow_line(a_look(run), FOLLOWED)


def test_the_rate_is_that_of_the_last_minute_within_the_run(run: Planted) -> None:
    latencies = a_look(run).report.latencies
    assert landed_rate(latencies, SENT_MS + 40_000, SENT_MS, BUFFER_S) == pytest.approx(60 / 40)
    assert landed_rate(latencies, SENT_MS + 80_000, SENT_MS, BUFFER_S) == pytest.approx(60 / 60)
    assert landed_rate(latencies, SENT_MS + 200_000, SENT_MS, BUFFER_S) == 0


def test_ctrl_c_gives_the_verdict_so_far(run: Planted, clickgen: CommandLine) -> None:
    with run.run.held():
        verifier = clickgen.start("verify", "s3", "delivery", "--at", str(run.lake), "--follow", "--json")
        assert verifier.stderr is not None
        line = b"".join(verifier.stderr.readline() for _ in range(2))
        verifier.send_signal(signal.SIGINT)
        out, err = verifier.communicate(timeout=60)
    assert b"landed 60" in line, line + err
    assert verifier.returncode == 4, err
    assert b'"verdict": "incomplete"' in out
    assert b"Traceback" not in err
