"""Which metrics a run publishes, and where to."""

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.model.outcome import Account
from clickgen.model.timetable import Stage, Timetable
from clickgen.run.events import Noticed, Progressed, RunEvent, Started
from clickgen.view.metrics.figures import METRICS, Board
from clickgen.view.metrics.target import MetricsTarget, OtlpTarget, PrometheusTarget, parse_target
from tests.support.metrics_readers import Figures, named
from tests.support.snapshots import RUN, a_finish, a_plan, a_replay, some_figures

LABELS = {"run": RUN, "source": "shop", "destination": "embedded:clicks"}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("prometheus:9464", PrometheusTarget("127.0.0.1", 9464)),
        ("prometheus:0.0.0.0:0", PrometheusTarget("0.0.0.0", 0)),
        ("prometheus:[::1]:9464", PrometheusTarget("::1", 9464)),
        ("otlp:http://127.0.0.1:4318", OtlpTarget("http://127.0.0.1:4318/v1/metrics")),
        ("otlp:http://collector:4318/", OtlpTarget("http://collector:4318/v1/metrics")),
        ("otlp:https://example.com/otlp/v1/metrics", OtlpTarget("https://example.com/otlp/v1/metrics")),
    ],
)
def test_a_target_is_a_port_or_a_url(text: str, target: MetricsTarget) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9464",
        "prometheus",
        "prometheus:",
        "prometheus:host",
        "prometheus:70000",
        "prometheus:-1",
        "otlp:",
        "otlp:4318",
        "otlp:collector:4318",
        "otlp:ftp://collector",
        "otlp:http://",
        "otlp:http://a:b",
        "statsd:9125",
    ],
)
def test_what_is_no_target_is_told_with_the_right_form(text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_target(text)
    assert "write " in str(caught.value.hint)


def published(events: list[RunEvent]) -> Figures:
    """What is published after these events of a run."""
    board = Board()
    for event in events:
        board.take(event)
    if board.snapshot is None:
        return {}
    return {named(metric.name, own): value for metric in METRICS for own, value in metric.samples(board.snapshot)}


def test_nothing_is_published_before_the_run_has_figures() -> None:
    assert published([Started(a_plan(), 1), Noticed("a word")]) == {}


def test_a_running_run_publishes_what_the_dashboard_shows() -> None:
    seen = published([Started(a_plan(), 1), Progressed(some_figures())])
    assert seen["events{accepted}"] == 5_500
    assert seen["in_flight_events"] == 500
    assert (seen["wanted_rate"], seen["achieved_rate"], seen["current_rate"]) == (500, 500, 500)
    assert (seen["lag{0.99}"], seen["latency{1}"]) == (0.0006, 1.1)
    assert (seen["planned_events"], seen["finished"]) == (15_000, 0)
    assert "skipped_pieces" not in seen


def test_a_finished_run_publishes_its_closed_account() -> None:
    account = Account(20_000, 15_000, 1_000, 2_000, 2_000)
    seen = published([Started(a_plan(), 1), Progressed(some_figures()), a_finish(account=account)])
    assert [seen[f"events{{{state}}}"] for state in ("accepted", "rejected", "unknown", "unsent")] == [
        *(15_000, 1_000, 2_000, 2_000)
    ]
    assert (seen["planned_events"], seen["finished"]) == (20_000, 1)


def test_what_a_run_has_not_is_left_out() -> None:
    unpaced = published([a_finish(a_plan(rate=None), some_figures(expected=None))])
    assert not [name for name in unpaced if name.startswith(("lag", "wanted_rate", "expected"))]
    replay = published([a_finish(a_replay(), some_figures(skipped=3, out_of_order=4))])
    assert (replay["skipped_pieces"], replay["out_of_order_events"]) == (3, 4)


def test_the_wanted_rate_follows_the_schedule() -> None:
    ramp = Timetable(rate=0, stages=(Stage(seconds=20, rate=1_000),))
    seen = published([Started(a_plan(rate=1_000.0, timetable=ramp), 1), Progressed(some_figures(elapsed=12.0))])
    assert seen["wanted_rate"] == pytest.approx(600)


def test_labels_name_the_run_its_source_and_its_destination() -> None:
    board = Board()
    board.take(a_finish())
    assert board.snapshot is not None
    assert board.snapshot.labels == LABELS
    board.take(a_finish(a_replay(sources=("day/1.jsonl",))))
    assert board.snapshot.labels["source"] == "1.jsonl"
    board.take(a_finish(a_replay(sources=("day/1.jsonl", "day/2.jsonl"))))
    assert board.snapshot.labels["source"] == "2 files"


def test_a_password_in_a_url_is_not_shown() -> None:
    target = parse_target("otlp:https://me:secret@example.com/v1/metrics?key=secret")
    assert isinstance(target, OtlpTarget)
    assert target.shown == "https://example.com/v1/metrics"
