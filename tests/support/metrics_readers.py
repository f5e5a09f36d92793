"""Metrics as those who collect them read them: Prometheus, which asks for them, and an OTLP collector."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import urlopen

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client.parser import text_string_to_metric_families

Figures = dict[str, float]  # by name, and by name{own label}


def named(name: str, labels: Mapping[str, str]) -> str:
    """A figure's name with the label that is its own."""
    own = labels.get("state") or labels.get("quantile")
    return f"{name}{{{own}}}" if own else name


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
                    found[named(metric.name, labels)] = value
        return found

    def labels(self) -> dict[str, str]:
        """The labels of the latest request's first point."""
        metric = self.requests[-1][1].resource_metrics[0].scope_metrics[0].metrics[-1]
        return {pair.key: pair.value.string_value for pair in metric.gauge.data_points[0].attributes}


def scraped(address: str) -> Figures:
    """The figures that Prometheus would read now."""
    with urlopen(address, timeout=5) as answer:
        text = answer.read().decode()
    return {
        named(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
