"""Thresholds decide about the exit code of a run, and the summary says which passed and which failed."""

from pathlib import Path

import pytest
from rich.console import Group

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.errors import ClickgenError, EnvironmentProblem, ExitCode, UsageProblem
from clickgen.model.histogram import Histogram, Percentiles
from clickgen.model.outcome import Account
from clickgen.run.events import Finished
from clickgen.run.session import exit_code
from clickgen.run.threshold import NAMES, Judged, check_measured, parse_threshold
from clickgen.view.summary import render_summary, summary_json
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.snapshots import a_finish, a_replay, shown, some_figures


def judged(expression: str, finished: Finished | None = None) -> Judged:
    return parse_threshold(expression).judge(finished or a_finish())


@pytest.mark.parametrize(
    ("sign", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_every_operator(sign: str, below: bool, equal: bool, above: bool) -> None:
    for rejected, passes in ((9, below), (10, equal), (11, above)):
        finished = a_finish(account=Account(100, 100 - rejected, rejected, 0, 0))
        assert judged(f"rejected{sign}10", finished) == Judged(
            parse_threshold(f"rejected{sign}10"), rejected, passes
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_its_value(name: str) -> None:
    """The values are unlike each other, so that none can stand for another."""
    answers = Histogram()
    answers.add_one(0.007)
    figures = some_figures(
        elapsed=30.5,
        accepted=900,
        sending=22.5,
        tally=SendCounts(released=1_000, records=701, batches=702, attempts=703, retried=704, throttled=705),
        lag=Percentiles(0.001, 0.002, 0.003),
        answer=Percentiles(0.007, 0.008, 0.009),
        latency=Percentiles(0.004, 0.005, 0.006),
        answers=answers,
        cost_usd=0.25,
        cost_unpacked_usd=0.75,
        skipped=1,
        out_of_order=2,
        without_time=3,
    )
    figures.tally.accepted_bytes = 706
    seen = {
        "planned": 1_000,
        "accepted": 900,
        "rejected": 50,
        "unknown": 30,
        "unsent": 20,
        "records": 701,
        "batches": 702,
        "attempts": 703,
        "retried": 704,
        "throttled": 705,
        "bytes": 706,
        "seconds": 30.5,
        "rate": 40.0,
        "cost_usd": 0.25,
        "cost_unpacked_usd": 0.75,
        "answer_p50": 7.0,
        "answer_p99": 8.0,
        "answer_max": 9.0,
        "lag_p50": 1.0,
        "lag_p99": 2.0,
        "lag_max": 3.0,
        "latency_p50": 4.0,
        "latency_p99": 5.0,
        "latency_max": 6.0,
        "skipped": 1,
        "out_of_order": 2,
        "without_time": 3,
    }
    finished = a_finish(a_replay(), figures, Account(1_000, 900, 50, 30, 20))
    unit = "s" if name.startswith(("lag", "answer", "latency")) else ""
    assert judged(f"{name}<100000{unit}", finished).value == seen[name]
    if name in (document := summary_json(finished)):
        assert document[name] == seen[name]


@pytest.mark.parametrize(
    ("expression", "bound"),
    [
        ("lag_p99<5s", 5_000),
        ("latency_max <= 200ms", 200),
        (" lag_p50<1m30s ", 90_000),
        ("seconds<2m", 120),
        ("seconds<90", 90),
        ("rate>=499.5", 499.5),
        ("planned>=1e6", 1_000_000),
        ("planned==1_000_000", 1_000_000),
        ("accepted>=99.9%", 99.9),
        ("cost_usd<0.5", 0.5),
    ],
)
def test_bounds_are_durations_numbers_and_percentages(expression: str, bound: float) -> None:
    assert parse_threshold(expression).bound == pytest.approx(bound)


@pytest.mark.parametrize(
    ("account", "value", "passes"),
    [
        (Account(1_000, 999, 1, 0, 0), 99.9, True),
        (Account(1_000, 998, 2, 0, 0), 99.8, False),
        (Account(0, 0, 0, 0, 0), 0.0, False),
    ],
)
def test_a_percentage_is_of_what_was_planned(account: Account, value: float, passes: bool) -> None:
    seen = judged("accepted>=99.9%", a_finish(account=account))
    assert seen.value == pytest.approx(value)
    assert seen.passed is passes


def test_what_was_never_measured_does_not_pass() -> None:
    nothing = a_finish(figures=some_figures(tally=SendCounts()), account=Account(100, 0, 0, 0, 100))
    for expression in ("lag_p99<5s", "latency_p99<5s", "latency_max>=0s"):
        assert judged(expression, nothing) == Judged(parse_threshold(expression), None, passed=False)
    lines = render_summary(nothing, "folder", None, [judged("lag_p99<5s", nothing)])
    assert "failed   threshold lag_p99<5s: nothing was measured" in shown(Group(*lines))


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("rejcted==0", "no figure 'rejcted'", "did you mean rejected?"),
        ("lag_p95<5s", "no figure 'lag_p95'", "did you mean lag_p99?"),
        ("Accepted>1", "no figure 'Accepted'", "did you mean accepted?"),
        ("happiness>1", "no figure 'happiness'", "the figures are planned, accepted"),
        ("rejected", "cannot be read", "lag_p99<5s"),
        ("rejected=0", "cannot be read", "== !="),
        ("rejected=>0", "cannot be read", "== !="),
        ("0==rejected", "no figure '0'", "the figures are"),
        ("", "cannot be read", "NAME"),
        ("rejected==none", "'none' is not a number", "0 or 0.1%"),
        ("rejected==nan", "'nan' is not a number", "rejected takes"),
        ("rejected==-1", "'-1' is not a number", "rejected takes"),
        ("rate>=500/x", "'500/x' is not a number", "plain number"),
        ("lag_p99<5", "'5' is not a duration", "5s, 200ms"),
        ("lag_p99<5%", "not a share of the planned events", "percentages go with accepted"),
        ("batches<5%", "not a share of the planned events", "percentages go with accepted"),
        ("rejected<5s", "'5s' is not a number", "rejected takes"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_right_form(expression: str, message: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_threshold(expression)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_what_a_run_does_not_measure_is_refused_before_it_starts() -> None:
    lag, skipped = parse_threshold("lag_p99<5s"), parse_threshold("skipped==0")
    with pytest.raises(UsageProblem, match="no lag"):
        check_measured([lag], command="send", unpaced=True)
    with pytest.raises(UsageProblem, match="send reads no recording"):
        check_measured([skipped], command="send", unpaced=False)
    check_measured([lag], command="send", unpaced=False)
    check_measured([lag, skipped], command="replay", unpaced=False)


@pytest.mark.parametrize(
    ("account", "problem", "interrupted", "code"),
    [
        (Account(10, 10, 0, 0, 0), None, False, ExitCode.LOST),
        (Account(10, 9, 0, 1, 0), None, False, ExitCode.LOST),
        (Account(10, 9, 0, 0, 1), None, True, ExitCode.INTERRUPTED),
        (Account(10, 9, 0, 0, 1), EnvironmentProblem("gone"), False, ExitCode.ENVIRONMENT),
    ],
)
def test_a_threshold_that_fails_never_hides_a_worse_end(
    account: Account, problem: ClickgenError | None, interrupted: bool, code: ExitCode
) -> None:
    finished = a_finish(account=account, problem=problem, interrupted=interrupted)
    assert exit_code(finished, [judged("planned>10", finished)]) is code


def test_a_threshold_that_passes_mends_nothing() -> None:
    finished = a_finish(account=Account(10, 9, 0, 1, 0))
    passed = judged("accepted>=9", finished)
    assert passed.passed
    assert exit_code(finished, [passed]) is ExitCode.INCOMPLETE


def test_the_summary_tells_each_without_colour() -> None:
    finished = a_finish(account=Account(15_000, 14_985, 15, 0, 0))
    expressions = ["lag_p99<5s", "accepted>=99.95%", "rejected==0", "rate>=499", "cost_usd<1", "seconds<1m"]
    lines = render_summary(finished, "folder", "next", [judged(one, finished) for one in expressions])
    text = shown(Group(*lines))
    assert [line for line in text.splitlines() if "threshold" in line] == [
        "passed   threshold lag_p99<5s: 0.6 ms",
        "failed   threshold accepted>=99.95%: 99.9 % of what was planned",
        "failed   threshold rejected==0: 15",
        "passed   threshold rate>=499: 500.0/s",
        "passed   threshold cost_usd<1: $0.00076",
        "passed   threshold seconds<1m: 30.00 s",
    ]


def test_a_run_that_keeps_to_its_thresholds_exits_0(clickgen: CommandLine) -> None:
    sent = clickgen.run(
        *["send", "--rate", "500", "--duration", "1s", "--json"],
        *["--threshold", "rejected==0", "--threshold", "accepted >= 99.9%"],
    )
    assert sent.code == 0, sent.err
    assert sent.json["thresholds"] == [
        {"expression": "rejected==0", "value": 0, "passed": True},
        {"expression": "accepted >= 99.9%", "value": 100.0, "passed": True},
    ]
    assert "passed   threshold rejected==0: 0" in sent.err


def test_a_threshold_that_fails_makes_the_exit_code_1(clickgen: CommandLine) -> None:
    environment = {"CLICKGEN_SEND_THRESHOLD": "planned>500 rejected==0"}
    sent = clickgen.run("send", "--rate", "500", "--duration", "1s", "--json", env=environment)
    assert sent.code == 1, sent.err
    assert [one["passed"] for one in sent.json["thresholds"]] == [False, True]
    assert "failed   threshold planned>500: 500" in sent.err


def test_a_stream_that_refuses_is_seen_by_its_share(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks", "--fail-records", "1") as endpoint:
        sent = clickgen.run(
            *["send", "--stream", "clicks", "--endpoint-url", endpoint, "--rate", "max", "--events", "20"],
            *["--max-attempts", "2", "--json", "--threshold", "rejected<50%"],
            env=CREDENTIALS,
        )
    assert sent.code == 1, sent.err
    assert sent.json["thresholds"] == [{"expression": "rejected<50%", "value": 100.0, "passed": False}]


def test_a_replay_has_figures_of_its_input(clickgen: CommandLine, tmp_path: Path) -> None:
    recording = tmp_path / "clicks.jsonl"
    recording.write_text('{"page":"/1"}\nno event\n{"page":"/2"}\n')
    sent = clickgen.run(
        *["replay", str(recording), "--rate", "100", "--skip-bad", "--json"],
        *["--threshold", "skipped==0", "--threshold", "planned==2"],
    )
    assert sent.code == 1, sent.err
    assert [one["value"] for one in sent.json["thresholds"]] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--threshold", "rejcted==0"], "did you mean rejected?"),
        (["--threshold", "rejected"], "lag_p99<5s"),
        (["--rate", "max", "--threshold", "lag_p99<5s"], "no lag"),
        (["--threshold", "skipped==0"], "`clickgen replay`"),
    ],
)
def test_a_threshold_that_cannot_hold_ends_the_command_at_once(
    clickgen: CommandLine, arguments: list[str], words: str
) -> None:
    said = clickgen.run("send", *arguments)
    assert said.code == 2
    assert words in said.err
    assert not clickgen.home.exists()
