"""The group of `clickgen verify`: one subcommand a place."""

from typing import ClassVar

import click

from clickgen.cli.lazy import Lazy, LazyGroup


class Places(LazyGroup):
    """The places that a run can be looked for in."""

    table: ClassVar = {
        "s3": Lazy("clickgen.cli.verify.s3", "s3", "What landed in S3 or in the lake."),
    }


@click.command(cls=Places)
def verify() -> None:
    """Prove that every accepted event arrived.

    \b
    Examples:
      clickgen verify s3 delivery                  # the latest run
      clickgen verify s3 delivery 67404b1c9d2e     # another one
    """
