"""Groups of commands: imported on use, and with an answer to a word that is none of their commands."""

import importlib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, NamedTuple

import click

from clickgen.cli.app import say_lines
from clickgen.cli.help import Command, Context
from clickgen.model.errors import ExitCode, UsageProblem

_SENTENCE = 200  # more letters than the first sentence of any help has


class LazyCommand(NamedTuple):
    """A command's module and its one-line help, repeated here so that `--help` need not import the command."""

    module: str
    name: str
    line: str

    def load(self) -> click.Command:
        """Import the command."""
        command: click.Command = getattr(importlib.import_module(self.module), self.name)
        return command


class Group(click.Group):
    """A group that says which of its commands may be meant by a word that is none of them."""

    unnamed: ClassVar[LazyCommand | None] = None  # the command that the group's own name is enough for, if any
    command_class = Command
    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words; without any, the help answers."""
        if not args and not ctx.resilient_parsing:
            say_lines(ctx.get_help())
            ctx.exit(ExitCode.USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; UsageProblem if there is none of that name."""
        word = args[0]
        if not (ctx.resilient_parsing or word.startswith("-") or self.get_command(ctx, word)):
            raise self.unknown(ctx, word)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with the whole first sentence of its help."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(_SENTENCE)) for name, one in commands if one and not one.hidden]
            )

    def unknown(self, ctx: click.Context, word: str) -> UsageProblem:
        """What to say to a word that is none of the commands."""
        near = get_close_matches(word.lower(), self.list_commands(ctx), 1)
        meant = f"did you mean {near[0]}? " if near else ""
        return UsageProblem(f"{ctx.command_path} has no command {word!r}", f"{meant}see {ctx.command_path} --help")


def group(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Group]:
    """As Click's decorator, for a group of this kind."""
    return click.group(name, cls=Group, **settings)


class LazyGroup(Group):
    """A group whose commands are imported on use, so that `--help` answers at once."""

    table: ClassVar[Mapping[str, LazyCommand]] = {}

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of that name."""
        entry = self.table.get(cmd_name)
        return None if entry is None else entry.load()

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in self.table.items()])
