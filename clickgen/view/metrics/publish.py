"""Publishing a run's figures while it goes on: beside the display, and never in its way."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clickgen.model.installation import require
from clickgen.run.events import Handler, Noticed, RunEvent
from clickgen.view.metrics.figures import Board
from clickgen.view.metrics.target import MetricsTarget, OtlpTarget, PrometheusTarget

if TYPE_CHECKING:
    from clickgen.view.metrics.otlp import OtlpExport

_OTLP = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http", "requests")


class Publisher:
    """Publishes to targets; EnvironmentProblem if what a target needs is not installed.

    addresses: where figures are published, once started. What is served stays readable until the process ends.
    display: shows what goes wrong while a run goes on.
    """

    def __init__(self, targets: Sequence[MetricsTarget]) -> None:
        check_installed(targets)
        self.addresses: list[str] = []
        self.display: Handler[RunEvent] | None = None
        self._targets = targets
        self._board = Board()
        self._exports: list[OtlpExport] = []
        self._reported: set[str] = set()

    def start(self) -> None:
        """Open every target; EnvironmentProblem if a port is taken."""
        self.addresses = [self._open(target) for target in self._targets]

    def handle(self, event: RunEvent) -> None:
        """Publish what the run says; what went wrong with that goes to the display, and the run goes on."""
        self._board.take(event)
        if self.display is not None:
            for warning in self.new_warnings():
                self.display.handle(Noticed(f"warning: {warning}"))

    def new_warnings(self) -> list[str]:
        """What went wrong with publishing and was not reported yet: at most one a target."""
        found = [export.trouble for export in self._exports]
        fresh = [trouble for trouble in found if trouble is not None and trouble not in self._reported]
        self._reported.update(fresh)
        return fresh

    def close(self) -> None:
        """Send the last figures, which takes a few seconds where nobody answers."""
        for export in self._exports:
            export.close()

    def _open(self, target: MetricsTarget) -> str:
        match target:
            case PrometheusTarget():
                from clickgen.view.metrics.prometheus import serve_prometheus  # an extra

                return serve_prometheus(self._board, target)
            case OtlpTarget():
                from clickgen.view.metrics.otlp import OtlpExport  # an extra

                self._exports.append(OtlpExport(self._board, target))
                return target.shown


def check_installed(targets: Sequence[MetricsTarget]) -> None:
    """EnvironmentProblem if a target needs an extra that is not installed."""
    for target in targets:
        match target:
            case PrometheusTarget():
                require("--metrics prometheus", "prometheus_client")
            case OtlpTarget():
                require("--metrics otlp", *_OTLP)
