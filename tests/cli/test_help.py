"""The help of every command is read at 80 columns, and its options are where they are looked for."""

from collections.abc import Iterator

import click
import pytest

from clickgen.cli.help import headings_of
from clickgen.cli.main import root

# a short option means the same wherever it is
SHORT = {
    "-r": {"--rate"}, "-d": {"--duration"}, "-n": {"--events", "--limit"}, "-p": {"--profile"},
    "-o": {"--output", "--to"}, "-h": {"--help"}, "-q": {"--quiet"}, "-v": {"--verbose"}, "-f": {"--follow"},
}  # fmt: skip


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """A command and all below it, each with a context."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, name
            # what has no words is not parsed
            yield from commands(below, below.context_class(below, info_name=name, parent=context))


ALL = list(commands(root, root.context_class(root, info_name="clickgen")))


@pytest.mark.parametrize(("command", "context"), ALL, ids=[context.command_path for _, context in ALL])
def test_help_fits_into_80_columns_and_has_no_words_of_python(
    command: click.Command, context: click.Context
) -> None:
    text = command.get_help(context)
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "\b" not in text
    for odd in ("RANGE", "INTEGER", "FLOAT", " TEXT", "DIRECTORY", "PATH_TYPE"):
        assert odd not in text, odd


@pytest.mark.parametrize("name", ["send", "replay", "generate", "probe"])
def test_every_option_of_the_long_commands_has_a_section(name: str) -> None:
    command = next(command for command, context in ALL if context.command_path == f"clickgen {name}")
    without = {option for option, heading in headings_of(command).items() if heading is None}
    assert without <= {"files", "as_json", "home_path", "yes"}
    assert len(set(headings_of(command).values()) - {None}) >= 4


def test_a_short_option_means_the_same_everywhere() -> None:
    for command, context in ALL:
        for param in command.get_params(context):
            if isinstance(param, click.Option):
                short = [name for name in param.opts if len(name) == 2]
                for name in short:
                    assert set(param.opts) & SHORT.get(name, set()), f"{context.command_path}: {param.opts}"
                    assert SHORT[name] & set(param.opts)


def test_whoever_gives_a_long_name_of_these_could_have_given_the_short_one() -> None:
    for command, context in ALL:
        for param in command.get_params(context):
            for short in ("-r", "-d", "-p"):
                if isinstance(param, click.Option) and set(param.opts) & SHORT[short]:
                    assert short in param.opts, f"{context.command_path}: {param.opts}"
