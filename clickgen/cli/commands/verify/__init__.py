"""`clickgen verify`: prove that what was accepted arrived, where the run delivered or at a place on the way."""

import re
from typing import TYPE_CHECKING, ClassVar

import click

from clickgen.cli.groups import LazyCommand, LazyGroup
from clickgen.model.errors import UsageProblem
from clickgen.model.run_words import LATEST, PREVIOUS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_UNNAMED = "RUN"  # the word for the command that has no name: no run and no place is called so
_RUN = re.compile(rf"[0-9a-f]{{1,12}}|{LATEST}|{PREVIOUS}")


class Places(LazyGroup):
    """The places that a run can be looked for in; without one, the plan of the run says where."""

    unnamed: ClassVar = LazyCommand("clickgen.cli.commands.verify.by_plan", "by_plan", "")
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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words; what begins with a run, an option or nothing is about the place in the run's plan."""
        begins = args[0] if args else None
        if begins is None:
            named = not ctx.resilient_parsing
        else:
            named = _RUN.fullmatch(begins) is not None or begins.startswith("-")
        if named and begins not in ctx.help_option_names:
            args = [_UNNAMED, *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of that name."""
        return self.unnamed.load() if cmd_name == _UNNAMED else super().get_command(ctx, cmd_name)

    def unknown(self, ctx: click.Context, word: str) -> UsageProblem:
        """What to say to a word that is neither a place nor a run."""
        problem = super().unknown(ctx, word)
        return UsageProblem(
            f"{word!r} is neither a place to verify nor the id of a run",
            f"{problem.hint}, and `clickgen runs list` for the runs",
        )

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both forms."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [RUN]")
        formatter.write_usage(ctx.command_path, "PLACE COMMAND [OPTIONS] [RUN]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options that go without a place, and the places."""
        self.unnamed.load().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Complete a place, a run or an option."""
        unnamed = self.unnamed.load()
        runs = [
            item
            for param in unnamed.params
            if param.name == "run"
            for item in param.shell_complete(ctx, incomplete)
        ]
        return [*super().shell_complete(ctx, incomplete), *runs, *unnamed.shell_complete(ctx, incomplete)]


@click.command(cls=Places)
def verify() -> None:
    """Prove that every accepted event arrived.

    Without a PLACE, it looks where the run delivered, as the run's plan says: in the lake, a stream's bucket, a
    table, a file, or at every station of a pipeline. RUN is an id, the beginning of one, last (the default) or
    previous.

    \b
    Examples:
      clickgen verify                              # the latest run
      clickgen verify 67404b1c9d2e                 # another one
      clickgen verify --follow                     # beside a send that goes on
      clickgen verify s3 delivery --at /backup/lake
      clickgen verify s3 layout                    # keys and sizes as configured?
      clickgen verify parquet delivery --at s3://my-bucket/curated/
      clickgen verify athena totals --table web.daily --query daily_hits.sql
      clickgen verify all delivery --pipeline pipeline.toml
    """
