"""How help is laid out: the options of a command with many of them in sections."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import click

# the order of the sections in any help
TRAFFIC, RECORDING, CHOICE, TIME = "Traffic", "Recording", "Choice of events", "Time"
DISORDER, DESTINATION, COLLECTOR, LIMITS, OUTPUT = "Disorder", "Destination", "Collector", "Limits", "Output"
_SECTIONS = (TRAFFIC, RECORDING, CHOICE, TIME, DISORDER, DESTINATION, COLLECTOR, LIMITS, OUTPUT)
_WIDEST_NAME = 26  # longer names have their line below them
_headings: "WeakKeyDictionary[click.Parameter, str]" = WeakKeyDictionary()


def under(heading: str, *decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator that adds these options, in this order, to a section of the command's help."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        for param in getattr(command, "__click_params__", ()):
            _headings.setdefault(param, heading)
        return command

    return decorate


def headings_of(command: click.Command) -> dict[str, str | None]:
    """The section of each option by the option's name, or None if it has none."""
    return {str(param.name): _headings.get(param) for param in command.params}


class Command(click.Command):
    """A command whose help has sections."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words; what Click has against them is about this command."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as misuse:
            misuse.ctx = misuse.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section; those without one come first if no option has one, else last."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in _SECTIONS}
        sectioned = any(param in _headings for param in self.params)
        others = OUTPUT if sectioned else "Options"
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                sections.setdefault(_headings.get(param, others), []).append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records, col_max=_WIDEST_NAME)


def command(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """As Click's decorator, for a command whose help has sections."""
    return click.command(name, cls=Command, **settings)
