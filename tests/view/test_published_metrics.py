"""Metrics leave a run on their way to collectors, and never stand in its way."""

import io
import json
import socket
import subprocess
from pathlib import Path

import pytest

from clickgen.run.events import Progressed, Started, started
from clickgen.view.metrics.figures import Board
from clickgen.view.metrics.otlp import OtlpExport
from clickgen.view.metrics.publish import Publisher
from clickgen.view.metrics.target import OtlpTarget
from clickgen.view.plain import PlainLines
from tests.conftest import CommandLine
from tests.support.local_server import until
from tests.support.metrics_readers import Collector, scraped
from tests.support.planted import HeldClock
from tests.support.snapshots import RUN, a_finish, a_plan, some_figures


def address_said(running: "subprocess.Popen[bytes]") -> str:
    """The address that a run says it publishes at."""
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith(b"metrics: "):
            return line.decode().split()[1]
    raise AssertionError(f"it named no address and ended with {running.wait()}")


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
        assert collector.labels() == {"run": RUN, "source": "shop", "destination": "embedded:clicks"}
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
