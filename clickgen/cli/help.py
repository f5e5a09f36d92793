"""How help is laid out: the options of a command with many of them in sections."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

import click

from clickgen.cli.environment import warn_of_unread

# the order of the sections in any help
TRAFFIC, RECORDING, CHOICE, TIME = "Traffic", "Recording", "Choice of events", "Time"
DISORDER, DESTINATION, COLLECTOR, LIMITS, OUTPUT = "Disorder", "Destination", "Collector", "Limits", "Output"
_SECTIONS = (TRAFFIC, RECORDING, CHOICE, TIME, LIMITS, DISORDER, DESTINATION, COLLECTOR, OUTPUT)
_WIDEST_NAME = 26  # longer names have their line below them
_headings: "WeakKeyDictionary[click.Parameter, str]" = WeakKeyDictionary()


def under(heading: str, *decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator that adds these options, in this order, to a section of the command's help."""

    def decorate(command: Any) -> Any:
        others = len(getattr(command, "__click_params__", ()))
        for decorator in reversed(decorators):
            command = decorator(command)
        for param in command.__click_params__[others:]:
            _headings.setdefault(param, heading)
        return command

    return decorate


def headings_of(command: click.Command) -> dict[str, str | None]:
    """The section of each option by the option's name, or None if it has none."""
    return {str(param.name): _headings.get(param) for param in command.params}


class Formatter(click.HelpFormatter):
    """Lists with a narrower left column than Click's, in which no option is broken at its hyphens."""

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST_NAME, col_spacing: int = 2) -> None:
        """Write names with their lines beside them."""
        rows = list(rows)
        column = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        for name, line in rows:
            wrapped = textwrap.wrap(line, self.width - column - 2, break_on_hyphens=False) or [""]
            if len(name) > column - col_spacing:
                self._write_row(name, "", column)
                name = ""  # noqa: PLW2901  # it has a row of its own
            for text in wrapped:
                self._write_row(name, text, column)
                name = ""  # noqa: PLW2901  # the others stand below

    def _write_row(self, name: str, text: str, column: int) -> None:
        self.write(f"{'':{self.current_indent}}{name:{column}}{text}".rstrip() + "\n")


class Context(click.Context):
    """A context whose help is laid out so."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help has sections."""

    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words; what Click has against them is about this command."""
        if not ctx.resilient_parsing:
            warn_of_unread(ctx)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as misuse:
            misuse.ctx = misuse.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Carry it out; with --verbose the settings are said first."""
        from clickgen.cli.voice import say_settings

        say_settings(ctx)
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section, in a command with more than one; those without one come last."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in _SECTIONS}
        sectioned = len({_headings[param] for param in self.params if param in _headings}) > 1
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                heading = _headings.get(param, OUTPUT) if sectioned else "Options"
                sections.setdefault(heading, []).append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


def command(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """As Click's decorator, for a command whose help has sections."""
    return click.command(name, cls=Command, **settings)
