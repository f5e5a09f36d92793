"""Publishing a run's figures while it goes on: beside the display, and never in its way."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clickgen.model.installation import require
from clickgen.run.events import Noticed, RunEvent
from clickgen.view.metrics.figures import Board
from clickgen.view.metrics.target import MetricsTarget, OtlpTarget, PrometheusTarget

if TYPE_CHECKING:
    from clickgen.view.metrics.otlp import OtlpExport

Listener = Callable[[RunEvent], None]
_OTLP = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http", "requests")


class Publisher:
    """Opens every target; EnvironmentProblem where an extra is not installed or a port is taken.

    addresses: where figures are published. What is served stays readable until the process ends.
    """

    def __init__(self, targets: Sequence[MetricsTarget]) -> None:
        check_installed(targets)
        self._board = Board()
        self._exports: list[OtlpExport] = []
        self._told: set[str] = set()
        self.addresses = [self._open(target) for target in targets]

    def beside(self, display: Listener) -> Listener:
        """A listener that publishes what the run says and passes it on to the display, with the warnings."""

        def listen(event: RunEvent) -> None:
            self._board.take(event)
            for warning in self.new_warnings():
                display(Noticed(f"warning: {warning}"))
            display(event)

        return listen

    def new_warnings(self) -> list[str]:
        """What went wrong with publishing and was not told yet: at most one a target."""
        found = [export.trouble for export in self._exports]
        fresh = [trouble for trouble in found if trouble is not None and trouble not in self._told]
        self._told.update(fresh)
        return fresh

    def close(self) -> None:
        """Send the last figures, which takes a few seconds where nobody answers."""
        for export in self._exports:
            export.close()

    def _open(self, target: MetricsTarget) -> str:
        match target:
            case PrometheusTarget():
                from clickgen.view.metrics.prometheus import serve_prometheus  # noqa: PLC0415  # an extra

                return serve_prometheus(self._board, target)
            case OtlpTarget():
                from clickgen.view.metrics.otlp import OtlpExport  # noqa: PLC0415  # an extra

                self._exports.append(OtlpExport(self._board, target))
                return target.shown


def check_installed(targets: Sequence[MetricsTarget]) -> None:
    """EnvironmentProblem where a target needs an extra that is not installed."""
    for target in targets:
        match target:
            case PrometheusTarget():
                require("--metrics prometheus", "prometheus_client")
            case OtlpTarget():
                require("--metrics otlp", *_OTLP)
