"""Environment variables that look like clickgen's and that nothing reads: they are named, with the nearest."""

import os
from collections.abc import Iterator
from difflib import get_close_matches

import click

from clickgen.cli.app import say
from clickgen.cli.misuse import variable_of

_PREFIX = "CLICKGEN"
# what commands without such an option are given too, the key of a replay's pseudonyms, and what handlers are given
_READ_ELSEWHERE = frozenset(["CLICKGEN_HOME", "CLICKGEN_PSEUDONYM_KEY", "CLICKGEN_PYTHON"])
_NEAR = 0.8  # a slip of the keyboard or a word that was left out, and nothing farther


def warn_of_unread(ctx: click.Context) -> None:
    """Name each variable that begins as clickgen's do and that no option of any command reads.

    ctx: of the command that runs, whose own variables are the likeliest to be meant.
    """
    names = [name for name in os.environ if name.startswith(f"{_PREFIX}_") and name not in _READ_ELSEWHERE]
    own = set(_variables(ctx.command, ctx))
    root = ctx.find_root()
    for name in sorted(set(names) - own):
        if not _is_read(name, root.command, root):
            near = get_close_matches(name, own, 1, _NEAR) or get_close_matches(
                name, {*_READ_ELSEWHERE, *_all_variables(root.command, root)}, 1, _NEAR
            )
            meant = f"; did you mean {near[0]}?" if near else ""
            say(f"warning: nothing reads the environment variable {name}{meant}")


def _is_read(name: str, command: click.Command, ctx: click.Context) -> bool:
    """Whether an option reads it of this command, or of one below it whose words are in its name."""
    if name in _variables(command, ctx):
        return True
    return any(
        name.startswith(f"{below.auto_envvar_prefix}_") and _is_read(name, below.command, below)
        for below in _below(command, ctx, name)
    )


def _all_variables(command: click.Command, ctx: click.Context) -> Iterator[str]:
    yield from _variables(command, ctx)
    for below in _below(command, ctx):
        yield from _all_variables(below.command, below)


def _variables(command: click.Command, ctx: click.Context) -> Iterator[str]:
    # not by isinstance: a group of ours imports this module
    unnamed = getattr(command, "unnamed", None)
    for param in (*command.params, *(unnamed.load().params if unnamed is not None else ())):
        if isinstance(param, click.Option):
            yield variable_of(param, ctx)


def _below(group: click.Command, ctx: click.Context, name: str | None = None) -> Iterator[click.Context]:
    """A context of each command of a group; with a name only of those whose variables it can be, to import few."""
    if not isinstance(group, click.Group):
        return
    for word in group.list_commands(ctx):
        prefix = f"{ctx.auto_envvar_prefix}_{word.upper().replace('-', '_')}"
        if name is None or name.startswith(f"{prefix}_"):
            command = group.get_command(ctx, word)
            if command is not None:
                yield click.Context(command, parent=ctx, info_name=word, auto_envvar_prefix=prefix)
