"""Figures for an OpenTelemetry collector: the SDK sends the latest snapshot from a thread of its own."""

import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from clickgen import __version__
from clickgen.view.metrics.figures import METRICS, Board, Metric
from clickgen.view.metrics.target import OtlpTarget

EVERY_S = 5.0  # as often as the plain lines
PATIENCE_S = 3.0  # for one export with its retries
MARGIN_S = 0.5  # for an export to say that its patience is over


class OtlpExport:
    """Sends the board's figures every few seconds, and once more when it is closed."""

    def __init__(self, board: Board, target: OtlpTarget, every_s: float = EVERY_S) -> None:
        logger = logging.getLogger("opentelemetry")
        logger.propagate = False  # it has a line for every try; one for the run is enough
        logger.addHandler(logging.NullHandler())
        self._exporter = _Exporter(target)
        reader = PeriodicExportingMetricReader(
            self._exporter, export_interval_millis=every_s * 1000, export_timeout_millis=PATIENCE_S * 1000
        )
        resource = Resource.create({"service.name": "clickgen", "service.version": __version__})
        self._provider = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        meter = self._provider.get_meter("clickgen", __version__)
        for metric in METRICS:
            create = meter.create_observable_counter if metric.counts else meter.create_observable_gauge
            create(f"clickgen.{metric.name}", [_observing(board, metric)], metric.unit, metric.meaning)

    @property
    def trouble(self) -> str | None:
        """Why an export failed, the first time that one did."""
        return self._exporter.trouble

    def close(self) -> None:
        """Send the last figures; that export and one still under way take `PATIENCE_S` each at most."""
        self._provider.shutdown(timeout_millis=2 * PATIENCE_S * 1000 + MARGIN_S * 1000)


class _Exporter(OTLPMetricExporter):
    """The official exporter, which remembers its first failure."""

    def __init__(self, target: OtlpTarget) -> None:
        self._shown = target.shown
        self._calls = _Calls()
        self.trouble: str | None = None
        super().__init__(endpoint=target.url, timeout=PATIENCE_S, session=self._calls)

    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = PATIENCE_S * 1000, **more: Any
    ) -> MetricExportResult:
        result = MetricExportResult.FAILURE
        # older versions do not catch what a second try raises
        with contextlib.suppress(requests.RequestException):
            result = super().export(metrics_data, timeout_millis=timeout_millis, **more)
        if result is not MetricExportResult.SUCCESS and self.trouble is None:
            self.trouble = f"metrics did not reach {self._shown}: {self._calls.trouble}"
        return result


class _Calls(requests.Session):
    """A session that knows in a few words why its last call failed; the SDK only logs that."""

    trouble = "they were not sent"

    def request(self, *args: Any, **options: Any) -> requests.Response:
        """Make the call, and note how it failed if it did."""
        try:
            answer = super().request(*args, **options)
        except requests.Timeout:
            self.trouble = "no answer in time"
            raise
        except requests.exceptions.SSLError:
            self.trouble = "its certificate is not trusted, or it speaks no TLS"
            raise
        except requests.RequestException:
            self.trouble = "no connection can be made"
            raise
        if not answer.ok:
            self.trouble = f"it answered {answer.status_code} {answer.reason}".rstrip()
        return answer


def _observing(board: Board, metric: Metric) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> list[Observation]:
        snapshot = board.snapshot
        if snapshot is None:
            return []
        return [Observation(value, {**snapshot.labels, **own}) for own, value in metric.samples(snapshot)]

    return observe
