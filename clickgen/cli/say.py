"""Telling people something beside a command's result: a line at a time, in which nothing acts on the terminal."""

import sys

import click

from clickgen.model.errors import ClickgenError
from clickgen.model.outside_text import in_lines, one_line


def say(line: str, *, err: bool = True) -> None:
    """Print one line on stderr, or on standard output; text from outside in it may be as it came."""
    click.echo(one_line(line), err=err)


def say_lines(lines: str) -> None:
    """Print lines on stderr whose line ends are meant."""
    click.echo(in_lines(lines), err=True)


def say_problem(problem: ClickgenError) -> None:
    """Print what happened and what to do next on stderr."""
    click.echo(f"clickgen: {as_meant(problem, problem.message)}", err=True)
    if problem.hint:
        click.echo(f"  hint: {as_meant(problem, problem.hint)}", err=True)


def as_meant(problem: ClickgenError, words: str) -> str:
    """Words of a problem on one line, or on as many as they are meant to have."""
    return in_lines(words) if problem.in_lines else one_line(words)


def say_misuse(problem: click.ClickException) -> None:
    """Print what Click has against the command's words, which it quotes."""
    problem.message = one_line(problem.message)  # type: ignore[misc]  # what `show` says has no other door
    problem.show()


def written(text: str) -> str:
    """Text for standard output that others read: as it is, but at a terminal nothing in it acts."""
    return in_lines(text.replace("\r\n", "\n")) if sys.stdout.isatty() else text
