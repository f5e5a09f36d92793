"""The report of a run: one page that needs no network, says what is not known, and believes nobody's names."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clickgen.ledger.claims import LedgerDamage
from clickgen.ledger.reader import read_claims
from clickgen.run.timeline import Moment, read_timeline
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.found.findings import Witness
from clickgen.verify.proof.verification_store import KeptFunnel, KeptStation, KeptVerification
from clickgen.view.report.page import render_page
from clickgen.view.report.series import bars, landings, progress
from clickgen.view.report.subject import ReportedRun
from clickgen.view.runs import KnownRun, RunState
from tests.conftest import CommandLine
from tests.support.planted import CREATED_MS, LANDED_MS, RUN, Planted, events, lines

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\"'"


class Page(HTMLParser):
    """The tags of a page, what it asks for from elsewhere, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.elsewhere: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action") and not (value or "").startswith("#"):
                self.elsewhere.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.elsewhere.append(name)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 100 accepted events, of which 10 are missing."""
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    planted.put("1", lines(events(0, 50)))
    planted.put("2", lines(events(50, 90)), landed_ms=LANDED_MS + 30_000)
    return planted


def moment(second: float, accepted: int, session: int = 0, **changes: Any) -> Moment:
    """Where a run of 10 events a second stood; a session begins at its number in seconds."""
    known = Moment(
        session=session,
        at_ms=CREATED_MS + round((session + second) * 1000),
        elapsed=second,
        expected=round(second * 10),
        released=accepted,
        accepted=accepted,
        rejected=0,
        unknown=0,
        attempts=accepted,
        retried=0,
        throttled=0,
        behind=0.0,
        lag_p50=0.001,
        lag_p99=0.002,
        latency_p50=0.1,
        latency_p99=0.2,
    )
    return replace(known, **changes)


def reported(run: Planted, **changes: Any) -> ReportedRun:
    claims = read_claims(run.run, run.plan)
    known = KnownRun(run.plan, claims.account(), RunState.FINISHED, claims.facts)
    return replace(ReportedRun(known, [], [], None, "clickgen send", CREATED_MS), **changes)


def kept(report: DeliveryReport, **changes: Any) -> KeptVerification:
    return KeptVerification(place="s3", where="s3://lake/", when_ms=LANDED_MS, report=report).model_copy(
        update=changes
    )


def test_what_is_not_known_is_said_with_the_command_that_tells(run: Planted) -> None:
    page = Page(render_page(reported(run)))
    assert "not verified" in page.text
    assert "clickgen verify " in page.text
    assert "wrote no timeline" in page.text
    assert "svg" not in page.tags


def test_a_page_shows_all_that_was_kept_and_needs_nothing_from_elsewhere(run: Planted) -> None:
    throttled = [moment(s, s * 10, throttled=s * 2, retried=s) for s in range(11)]
    stations = (KeptStation(name="raw", place="s3", found=97, lost=3, witnesses=("the-lost-one",)),)
    funnel = KeptFunnel(when_ms=1, accepted=100, stations=stations)
    text = render_page(reported(run, moments=throttled, verifications=[kept(run.verify())], funnel=funnel))
    page = Page(text)
    assert page.elsewhere == []
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    assert text.count("<svg") == 2 * 5  # rate, sums, landing, retries, answers; for a desktop and for a phone
    assert len(text) < 500_000
    for words in ("anomalous", "10 missing", "3 lost here", "the-lost-one", "p99.9", "throttled", "clickgen send"):
        assert words in page.text
    for ink in ("#010203", "#ffffff"):
        assert ink not in text.partition("</style>")[2]


@pytest.mark.parametrize(
    "moments",
    [
        [*(moment(s, s * 10) for s in range(4)), *(moment(s, s * 20, session=100) for s in range(3))],
        [moment(s, s, expected=None, latency_p50=None, latency_p99=None) for s in range(3)],
        [moment(0.0, 0), moment(0.0, 0)],
        [moment(0.0, 0)],
    ],
    ids=["resumed", "unpaced and unanswered", "stopped at once", "killed at once"],
)
def test_any_run_can_be_drawn(run: Planted, moments: list[Moment]) -> None:
    page = Page(render_page(reported(run, moments=moments)))
    assert ("svg" in page.tags) == (len(moments) > 1)
    assert "nan" not in page.text.lower()


def test_names_of_others_stay_text(run: Planted) -> None:
    report = replace(
        run.verify(),
        witnesses={EVIL: [Witness(EVIL, EVIL, 5, EVIL)]},
        failed_codes={EVIL: 3},
    )
    destination = run.plan.destination.model_copy(update={"stream": EVIL, "region": EVIL, "account": EVIL})
    known = reported(run).known
    known = replace(known, plan=run.plan.model_copy(update={"destination": destination}))
    stations = (KeptStation(name=EVIL, place=EVIL, found=1, lost=2, witnesses=(EVIL,)),)
    subject = reported(
        run,
        known=known,
        verifications=[kept(report, where=EVIL, station=EVIL)],
        funnel=KeptFunnel(when_ms=1, accepted=3, stations=stations),
        repeat=EVIL,
    )
    page = Page(render_page(subject))
    assert not page.tags & {"script", "img"}
    assert page.elsewhere == []
    assert page.text.count("alert(1)") >= 12
    assert "49" not in page.text


def test_the_worst_place_gives_the_headline(run: Planted) -> None:
    missing = run.verify()
    run.put("3", lines(events(90, 100)))
    whole = run.verify()
    verifications = [kept(missing, station="late"), kept(whole, station="raw", when_ms=LANDED_MS + 1)]
    text = Page(render_page(reported(run, verifications=verifications))).text
    assert text.index("10 missing") < text.index("all 100 accepted events arrived")


def test_rates_are_those_of_the_moments_and_sessions_add_up() -> None:
    first = [moment(s, s * 10) for s in range(11)]
    second = [moment(s, s * 20, session=100) for s in range(6)]
    course = progress([*first, *second], CREATED_MS)
    assert course is not None
    gap = int(np.flatnonzero(np.isnan(course.seconds))[0])
    assert course.accepted[:gap] == pytest.approx(10.0)
    assert course.accepted[gap + 1 :] == pytest.approx(20.0)
    assert course.sum_accepted[gap - 1] == 100
    assert course.sum_accepted[-1] == 200
    assert course.seconds[-1] == 105.0
    assert course.wanted is not None
    assert course.wanted[:gap] == pytest.approx(10.0)


def test_a_long_run_is_drawn_in_few_points_and_loses_no_event() -> None:
    moments = [moment(s, s * 10) for s in range(15_001)]
    course = progress(moments, CREATED_MS)
    assert course is not None
    assert len(course.seconds) < 300
    assert course.sum_accepted[-1] == 150_000
    assert course.accepted == pytest.approx(10.0)


def test_without_expected_events_nothing_is_wanted() -> None:
    course = progress([moment(s, s, expected=None) for s in range(3)], CREATED_MS)
    assert course is not None
    assert course.wanted is None
    assert progress([moment(0, 0)], CREATED_MS) is None


def test_landings_add_up_however_many_there_are() -> None:
    latencies = Latencies()
    for second in range(1000):
        latencies.landed[CREATED_MS // 1000 + second] = 7
    landed = landings(latencies, CREATED_MS)
    assert landed is not None
    assert len(landed.seconds) <= 240
    assert landed.total[-1] == 7000
    assert landed.rate == pytest.approx(7.0)
    assert landings(Latencies(), CREATED_MS) is None


@pytest.mark.parametrize("longest", [0.0, 0.3, 60.0, 90_000.0])
def test_bars_hold_every_event(longest: float) -> None:
    latencies = Latencies()
    latencies.sent.add(np.linspace(0.0, longest, 1000))
    latencies.sent.add(np.full(2000, 0.001))
    edges, counts = bars(latencies.sent)
    assert counts.sum() == 3000
    assert (np.diff(edges) > 0).all()
    assert edges[-1] >= longest


def test_the_command_writes_a_page_of_a_real_run(clickgen: CommandLine, tmp_path: Path) -> None:
    sent = clickgen.run("send", "--rate", "300", "--events", "400", "--json").json
    folder = clickgen.home / "runs" / sent["run"]
    last = read_timeline(folder / "timeline.jsonl")[-1]
    assert (last.accepted, last.attempts) == (sent["accepted"], sent["attempts"])
    assert (folder / "timeline.jsonl").stat().st_mode & 0o077 == 0
    assert clickgen.run("verify", "s3", "delivery").code == 0
    file = tmp_path / "report.html"
    assert clickgen.run("report", sent["run"][:6], "-o", str(file)).code == 0
    page = Page(file.read_text())
    assert "all 400 accepted events arrived, whole" in page.text
    assert f"--run-id {sent['run']}" in page.text
    assert page.elsewhere == []


def test_without_the_extra_it_says_what_to_install(run: Planted, clickgen: CommandLine, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    (blocked / "matplotlib").mkdir(parents=True)
    (blocked / "matplotlib" / "__init__.py").write_text("raise ModuleNotFoundError('no', name='matplotlib')")
    said = clickgen.run("report", "-o", str(tmp_path / "r.html"), env={"PYTHONPATH": str(blocked)})
    assert said.code == 3
    assert "[report]'; --markdown needs nothing more" in said.err
    said = clickgen.run("report", "--markdown", env={"PYTHONPATH": str(blocked)})
    assert said.code == 0
    assert said.out.startswith(f"## Run <code>{RUN}</code>\n")


def test_a_damaged_ledger_is_told(run: Planted) -> None:
    known = KnownRun(run.plan, read_claims(run.run, run.plan).account(), RunState.FINISHED, {})
    damaged = replace(known, ledger_damage=LedgerDamage(rows=2))
    page = Page(render_page(ReportedRun(damaged, [], [], None, "clickgen send", CREATED_MS)))
    assert "The ledger is damaged: 2 entries unreliable, whose events are unknown." in page.text


def test_a_verification_against_a_damaged_ledger_says_so(run: Planted) -> None:
    known = KnownRun(run.plan, read_claims(run.run, run.plan).account(), RunState.FINISHED, {})
    report = replace(run.verify(), ledger_damage=LedgerDamage(lost_leases=1))
    kept = KeptVerification(place="s3", where="s3://lake/", when_ms=CREATED_MS, report=report)
    page = Page(render_page(ReportedRun(known, [], [kept], None, "clickgen send", CREATED_MS)))
    assert "The ledger is damaged: 1 lease lost, whose events are unknown." in page.text
