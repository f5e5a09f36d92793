"""The options for whoever watches a run without eyes: thresholds for CI, metrics for a monitoring system."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.say import say

if TYPE_CHECKING:
    from clickgen.run.threshold import Threshold
    from clickgen.view.metrics.publish import Publisher
    from clickgen.view.metrics.target import MetricsTarget


class ThresholdType(click.ParamType["Threshold"]):
    """A figure of --json, an operator and a value."""

    name = "threshold"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Threshold":  # noqa: ARG002  # Click's signature
        from clickgen.run.threshold import parse_threshold

        return parse_threshold(str(value))


class MetricsType(click.ParamType["MetricsTarget"]):
    """prometheus:PORT, prometheus:HOST:PORT or otlp:URL."""

    name = "target"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "MetricsTarget":  # noqa: ARG002  # Click's signature
        from clickgen.view.metrics.target import parse_target

        return parse_target(str(value))


WATCH_OPTIONS = (
    click.option(
        "--threshold",
        type=ThresholdType(),
        multiple=True,
        metavar="NAME<VALUE",
        help="Exit 1 unless a figure of --json keeps to it: 'lag_p99<5s', 'accepted>=99.9%'. Repeatable.",
    ),
    click.option(
        "--metrics",
        type=MetricsType(),
        multiple=True,
        metavar="TARGET",
        help="Publish the figures: prometheus:PORT, prometheus:HOST:PORT or otlp:URL. Repeatable.",
    ),
)


@contextmanager
def publishing(targets: "tuple[MetricsTarget, ...]") -> "Iterator[Publisher]":
    """Publish to the targets for as long as the block lasts; says where, and at its end what went wrong."""
    from clickgen.view.metrics.publish import Publisher

    publisher = Publisher(targets)
    try:
        for address in publisher.addresses:
            say(f"metrics: {address}")
        yield publisher
    finally:
        # Ctrl-C here means not to wait for a collector; how the run ended was told before
        with suppress(KeyboardInterrupt):
            publisher.close()
    for warning in publisher.new_warnings():
        say(f"warning: {warning}")
