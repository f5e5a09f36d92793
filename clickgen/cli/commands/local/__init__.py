"""`clickgen local`: the embedded pipeline, for any SDK."""

from typing import ClassVar

import click

from clickgen.cli.groups import LazyCommand, LazyGroup

_HERE = "clickgen.cli.commands.local"


class LocalCommands(LazyGroup):
    """What can be done with the embedded pipeline."""

    table: ClassVar = {
        "up": LazyCommand(f"{_HERE}.up", "up", "Start what a pipeline file describes."),
        "status": LazyCommand(f"{_HERE}.status", "status", "Each station with counts, lag and its last error."),
        "fault": LazyCommand(f"{_HERE}.fault", "fault", "Let a station misbehave, or stop that."),
        "logs": LazyCommand(f"{_HERE}.logs", "logs", "What a function has printed."),
        "crawl": LazyCommand(f"{_HERE}.crawl", "crawl", "Let crawlers find tables and partitions."),
        "query": LazyCommand(f"{_HERE}.query", "query", "Ask a lake in Athena's SQL."),
        "down": LazyCommand(f"{_HERE}.up", "down", "Flush and stop a pipeline."),
        "serve": LazyCommand(f"{_HERE}.serve", "serve", "Serve the endpoint until Ctrl-C."),
        "drain": LazyCommand(f"{_HERE}.drain", "drain", "Deliver what a dead server left."),
    }


@click.command(cls=LocalCommands)
def local() -> None:
    """The embedded pipeline: AWS's delivery services on the loopback interface, for any SDK.

    \b
    Examples:
      clickgen local up examples/prime-day
      clickgen send --pipeline examples/prime-day --rate 200 --duration 30s
      clickgen local status --watch
      clickgen local down
      clickgen local serve --port 4573 --stream clicks --buffer-seconds 5
    """
