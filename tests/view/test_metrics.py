"""Metrics are published while a run goes on, and never stand in its way."""

import io
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from clickgen.model.errors import UsageProblem
from clickgen.model.outcome import Account
from clickgen.model.timetable import Stage, Timetable
from clickgen.run.events import Noticed, Progressed, RunEvent, Started, started
from clickgen.view.metrics.figures import METRICS, Board
from clickgen.view.metrics.otlp import OtlpExport
from clickgen.view.metrics.publish import Publisher
from clickgen.view.metrics.target import MetricsTarget, OtlpTarget, PrometheusTarget, parse_target
from clickgen.view.plain import PlainLines
from tests.conftest import CommandLine
from tests.support.local_server import until
from tests.support.planted import HeldClock
from tests.support.snapshots import RUN, a_finish, a_plan, a_replay, some_figures

LABELS = {"run": RUN, "source": "shop", "destination": "embedded:clicks"}
Figures = dict[str, float]  # by name, and by name{own label}


class Collector:
    """An OTLP collector on loopback: what it was sent, and what it answers."""

    def __init__(self, status: int = 200) -> None:
        taken = self.requests = list[tuple[str, ExportMetricsServiceRequest]]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append((self.path, ExportMetricsServiceRequest.FromString(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def taking(self) -> Iterator["Collector"]:
        """Take requests for as long as the block lasts."""
        thread = Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def figures(self) -> Figures:
        """The figures of the latest request."""
        found: Figures = {}
        for resource in self.requests[-1][1].resource_metrics:
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                for point in [*metric.sum.data_points, *metric.gauge.data_points]:
                    labels = {pair.key: pair.value.string_value for pair in point.attributes}
                    value = point.as_int if point.HasField("as_int") else point.as_double
                    found[_named(metric.name, labels)] = value
        return found

    def labels(self) -> dict[str, str]:
        """The labels of the latest request's first point."""
        metric = self.requests[-1][1].resource_metrics[0].scope_metrics[0].metrics[-1]
        return {pair.key: pair.value.string_value for pair in metric.gauge.data_points[0].attributes}


def _named(name: str, labels: dict[str, str]) -> str:
    own = labels.get("state") or labels.get("quantile")
    return f"{name}{{{own}}}" if own else name


def scraped(address: str) -> Figures:
    """The figures that Prometheus would read now."""
    with urlopen(address, timeout=5) as answer:
        text = answer.read().decode()
    return {
        _named(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def address_said(running: "subprocess.Popen[bytes]") -> str:
    """The address that a run says it publishes at."""
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith(b"metrics: "):
            return line.decode().split()[1]
    raise AssertionError(f"it named no address and ended with {running.wait()}")


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
    return {_named(metric.name, own): value for metric in METRICS for own, value in metric.samples(board.snapshot)}


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


def test_prometheus_reads_figures_while_a_run_goes_on(clickgen: CommandLine) -> None:
    """A collector that never answers keeps the ended run waiting, so that its final figures can be read."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        running = clickgen.start(
            *["send", "--rate", "500", "--duration", "4s", "--json"],
            *["--metrics", "prometheus:0", "--metrics", f"otlp:{silent_url}"],
        )
        address = address_said(running)
        until(lambda: scraped(address).get("clickgen_events_total{accepted}", 0) > 0)
        early = scraped(address)
        until(
            lambda: scraped(address)["clickgen_events_total{accepted}"] > early["clickgen_events_total{accepted}"]
        )
        until(lambda: scraped(address)["clickgen_finished"] == 1)
        last = scraped(address)
        silent.close()
        out, err = running.communicate(timeout=30)
    assert early["clickgen_finished"] == 0
    assert early["clickgen_wanted_rate"] == 500
    assert 0 < early["clickgen_achieved_rate"] <= 525  # a second after its begin the first answers are few
    assert 0 < early["clickgen_latency_seconds{0.5}"] <= early["clickgen_latency_seconds{1}"]
    assert early["clickgen_accepted_data_bytes_total"] > 100 * early["clickgen_events_total{accepted}"]
    assert early["clickgen_cost_usd"] > 0
    assert last["clickgen_events_total{accepted}"] == json.loads(out)["accepted"] == 2_000
    assert running.returncode == 0
    assert f"warning: metrics did not reach {silent_url}/v1/metrics: " in err.decode()


def test_a_port_that_is_taken_ends_the_command_before_anything_leaves(clickgen: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = clickgen.run("send", "--rate", "5", "--events", "5", "--metrics", f"prometheus:{port}")
    assert said.code == 3
    assert f"metrics cannot be served at 127.0.0.1:{port}" in said.err
    assert "give another port" in said.err
    assert not list(clickgen.home.glob("runs/*"))


@pytest.mark.parametrize(
    ("target", "package"), [("prometheus:0", "prometheus_client"), ("otlp:http://127.0.0.1:9", "opentelemetry")]
)
def test_a_missing_extra_is_named(clickgen: CommandLine, tmp_path: Path, target: str, package: str) -> None:
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError('no {package}', name='{package}')\n")
    said = clickgen.run("send", "--events", "5", "--metrics", target, env={"PYTHONPATH": str(tmp_path)})
    assert said.code == 3
    assert package in said.err
    assert f"[{target.partition(':')[0]}]'" in said.err
    assert not list(clickgen.home.glob("runs/*"))


def test_a_collector_is_sent_the_closed_account(clickgen: CommandLine) -> None:
    with Collector().taking() as collector:
        sent = clickgen.run(
            *["send", "--rate", "500", "--duration", "1s", "--run-id", RUN, "--metrics", f"otlp:{collector.url}"]
        )
        assert sent.code == 0, sent.err
        assert {path for path, _ in collector.requests} == {"/v1/metrics"}
        seen = collector.figures()
        assert seen["clickgen.events{accepted}"] == 500
        assert (seen["clickgen.planned_events"], seen["clickgen.finished"]) == (500, 1)
        assert seen["clickgen.latency{0.99}"] > 0
        assert collector.labels() == LABELS
    assert "warning" not in sent.err


def test_a_collector_is_sent_figures_again_and_again() -> None:
    board = Board()
    with Collector().taking() as collector:
        export = OtlpExport(board, OtlpTarget(f"{collector.url}/v1/metrics"), every_s=0.05)
        for event in (Started(a_plan(), 1), Progressed(some_figures())):
            board.take(event)
        until(lambda: any(request.resource_metrics for _, request in collector.requests))
        assert collector.figures()["clickgen.events{accepted}"] == 5_500
        board.take(Progressed(some_figures(accepted=5_900)))
        until(lambda: collector.figures()["clickgen.events{accepted}"] == 5_900)
        board.take(a_finish())
        export.close()
        assert collector.figures()["clickgen.finished"] == 1
    assert export.trouble is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        pytest.param(6, "no connection can be made", marks=pytest.mark.slow),
        (1, "it answered 404 Not Found"),
    ],
)
def test_a_dead_collector_is_one_warning_and_no_more(clickgen: CommandLine, seconds: int, words: str) -> None:
    """6 seconds see two exports fail: one on its way, and the last."""
    with Collector(404).taking() as collector:
        url = collector.url if "404" in words else "http://127.0.0.1:9"
        sent = clickgen.run(
            "send", "--rate", "500", "--duration", f"{seconds}s", "--json", "--metrics", f"otlp:{url}"
        )
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 500 * seconds
    assert sent.err.count("warning") == 1
    assert f"warning: metrics did not reach {url}/v1/metrics: {words}\n" in sent.err


def test_a_warning_goes_through_the_display_once() -> None:
    lines = io.StringIO()
    with Collector(400).taking() as collector:
        publisher = Publisher([OtlpTarget(f"{collector.url}/v1/metrics")])
        publisher.display = PlainLines(lines, HeldClock(0))
        with started(publisher):
            publisher.handle(Started(a_plan(), 1))
            publisher.handle(Progressed(some_figures()))
            assert lines.getvalue() == ""
    publisher.handle(Progressed(some_figures()))
    publisher.handle(a_finish())
    assert lines.getvalue().count("warning: metrics did not reach") == 1
    assert "it answered 400" in lines.getvalue()
    assert publisher.new_warnings() == []


def test_a_password_in_a_url_is_not_shown() -> None:
    target = parse_target("otlp:https://me:secret@example.com/v1/metrics?key=secret")
    assert isinstance(target, OtlpTarget)
    assert target.shown == "https://example.com/v1/metrics"
