"""`clickgen verify`: prove that what was accepted arrived, at each place that it passes."""

from typing import ClassVar

import click

from clickgen.cli.app import LazyCommand, LazyGroup


class Places(LazyGroup):
    """The places that a run can be looked for in."""

    table: ClassVar = {
        "s3": LazyCommand("clickgen.cli.commands.verify.s3", "s3", "What landed in S3 or in the lake."),
        "parquet": LazyCommand("clickgen.cli.commands.verify.parquet", "parquet", "What arrived in Parquet."),
        "athena": LazyCommand("clickgen.cli.commands.verify.athena", "athena", "What Athena finds in a table."),
        "redshift": LazyCommand(
            "clickgen.cli.commands.verify.redshift", "redshift", "What is in a table of Redshift."
        ),
        "glue": LazyCommand("clickgen.cli.commands.verify.glue", "glue", "Does the Glue catalogue fit the data?"),
        "file": LazyCommand("clickgen.cli.commands.verify.file", "file", "What was written to a file."),
        "kinesis": LazyCommand("clickgen.cli.commands.verify.kinesis", "kinesis", "What a Kinesis stream holds."),
        "dynamodb": LazyCommand(
            "clickgen.cli.commands.verify.dynamodb", "dynamodb", "What a DynamoDB table holds."
        ),
        "all": LazyCommand("clickgen.cli.commands.verify.all", "everywhere", "Every station of a pipeline."),
    }


@click.command(cls=Places)
def verify() -> None:
    """Prove that every accepted event arrived.

    \b
    Examples:
      clickgen verify s3 delivery                  # the latest run
      clickgen verify s3 delivery 67404b1c9d2e     # another one
      clickgen verify s3 delivery --follow         # beside a send that goes on
      clickgen verify s3 layout                    # keys and sizes as configured?
      clickgen verify parquet delivery --at s3://my-bucket/curated/
      clickgen verify athena totals --table web.daily --query daily_hits.sql
      clickgen verify all delivery --pipeline pipeline.toml
    """
