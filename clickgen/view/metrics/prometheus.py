"""Figures for Prometheus: an HTTP endpoint with the latest snapshot."""

import errno
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clickgen.model.errors import EnvironmentProblem
from clickgen.view.metrics.figures import METRICS, Board
from clickgen.view.metrics.target import PrometheusTarget

# units belong at the end of a name: prometheus.io/docs/practices/naming
_SUFFIXES = {"s": "_seconds", "By": "_bytes", "USD": "_usd"}


def serve_prometheus(board: Board, target: PrometheusTarget) -> str:
    """Serve the board's figures from threads of their own until the process ends; the address to read.

    Raises EnvironmentProblem if the port cannot be had.
    """
    registry = CollectorRegistry()
    registry.register(_Collected(board))
    try:
        server, _ = start_http_server(target.port, addr=target.host, registry=registry)
    except OSError as problem:
        taken = problem.errno == errno.EADDRINUSE
        raise EnvironmentProblem(
            f"metrics cannot be served at {target.host}:{target.port}: {problem.strerror or problem}",
            "another program uses it: give another port, or 0 for any free one"
            if taken
            else "give an address of this machine and a port from 1024 on: prometheus:127.0.0.1:9464",
        ) from problem
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"http://{host}:{server.server_port}/metrics"


class _Collected(Collector):
    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterable[Metric]:
        """The families of the latest snapshot; none before the run has begun."""
        snapshot = self._board.snapshot
        if snapshot is None:
            return
        labels = snapshot.labels
        for metric in METRICS:
            samples = list(metric.samples(snapshot))
            if not samples:
                continue
            kind = CounterMetricFamily if metric.counts else GaugeMetricFamily
            names = [*labels, *samples[0][0]]
            family = kind(f"clickgen_{metric.name}{_SUFFIXES.get(metric.unit, '')}", metric.meaning, labels=names)
            for own, value in samples:
                family.add_metric([*labels.values(), *own.values()], value)
            yield family
