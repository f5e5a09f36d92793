"""Groups that import a command only when it is asked for, so that --help answers at once."""

import importlib
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import click


class Lazy(NamedTuple):
    """Where a command is, and its line in --help, which stands here so that --help imports no command."""

    module: str
    name: str
    line: str


class LazyGroup(click.Group):
    """A group whose commands are imported on use."""

    table: ClassVar[Mapping[str, Lazy]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # Click's signature
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(entry.module), entry.name)
        assert isinstance(command, click.Command)  # noqa: S101  # our own table
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in self.table.items()])
