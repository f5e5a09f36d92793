"""What all commands share: --home, --json and --yes, saying something, asking, and printing a result.

Text from outside goes to people through here only: a line at a time, and nothing in it acts on the terminal.
"""

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import click
from click.core import ParameterSource

from clickgen.model.errors import ClickgenError, EnvironmentProblem, ExitCode, UsageProblem
from clickgen.model.line_breaks import between_words
from clickgen.model.outside_text import in_lines, one_line
from clickgen.model.progress import pause

if TYPE_CHECKING:
    from clickgen.ledger.folder import Home
    from clickgen.view.console import Console

WARNING = "warning: "  # how a line begins that --quiet lets through
_SHELLS_SIGNALS = 128  # what shells add to the number of the signal that ended a command
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Voice:
    """How much is said: one for the process, as not only a command's own thread says something."""

    quiet: bool = False  # warnings, errors and what --json prints, and nothing else
    verbose: bool = False


VOICE = Voice()


@dataclass(slots=True)
class App:
    """The options that every command may have, kept in Click's context, and what is done with them."""

    home_path: Path = Path(".clickgen")
    as_json: bool = False
    yes: bool = False

    @property
    def home(self) -> "Home":
        """The folder of runs and the lake, as it is."""
        from clickgen.ledger.folder import Home

        return Home(self.home_path, say)

    @property
    def home_words(self) -> str:
        """` --home DIR` if the command line says so, for a command to go on with; else nothing."""
        given = click.get_current_context().get_parameter_source("home_path")
        return f" --home {shlex.quote(str(self.home_path))}" if given is ParameterSource.COMMANDLINE else ""

    def prepared_home(self) -> "Home":
        """The home, created if there is none. Raises Untrusted if it is not this user's, or EnvironmentProblem."""
        home = self.home
        home.prepare()
        return home

    def console(self) -> "Console":
        """A console on stderr, for what is shown while the command works."""
        from clickgen.view.console import Console

        return Console(stderr=True)

    def confirm(self, question: str, unattended: UsageProblem) -> None:
        """Ask before something that cannot be undone, unless --yes was given; Abort if the answer is no.

        unattended: raised if there is no terminal to ask at.
        """
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise unattended
        click.confirm(question, abort=True, err=True)

    def print_result(
        self,
        document: Callable[[], object],
        show: "Callable[[Console], None]",
        *,
        only_json: bool = False,
        aside: bool = False,
    ) -> None:
        """Print a result for people, and with --json as one JSON object on standard output.

        document: makes the object. show: prints for people; with --json on stderr, or not at all if `only_json`.
        aside: standard output carries something else, so that people read on stderr.
        """
        from clickgen.view.console import Console

        with printing_result():
            if self.as_json:
                sys.stdout.write(json.dumps(document()) + "\n")
            if not (VOICE.quiet or (self.as_json and only_json)):
                show(Console(stderr=self.as_json or aside))


pass_app = click.make_pass_decorator(App, ensure=True)


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    setattr(ctx.ensure_object(App), str(param.name), value)


def home_option(command: F) -> F:
    """`--home DIR`: where runs and the lake are."""
    return click.option(
        "--home",
        "home_path",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        default=Path(".clickgen"),
        show_default=True,
        envvar="CLICKGEN_HOME",
        callback=_keep,
        expose_value=False,
        help="Folder that holds runs and the lake.",
    )(command)


def json_option(help_line: str = "Print one JSON object.") -> Callable[[F], F]:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, callback=_keep, expose_value=False, help=help_line)


def yes_option(help_line: str) -> Callable[[F], F]:
    """`--yes`."""
    return click.option("--yes", is_flag=True, callback=_keep, expose_value=False, help=help_line)


def end_without_reader() -> NoReturn:
    """End the command with the code that a shell shows for one which SIGPIPE ended."""
    click.get_current_context().exit(_SHELLS_SIGNALS + signal.SIGPIPE)


def exit_with(code: ExitCode) -> NoReturn:
    """End the command with this code."""
    click.get_current_context().exit(code)


@contextmanager
def printing_result() -> Iterator[None]:
    """Print to standard output inside this; a reader that leaves early ends the printing, and nothing else.

    Raises EnvironmentProblem if the output cannot be written, on a full disk for example.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
    except OSError as problem:
        _discard_output()
        raise EnvironmentProblem(
            f"the result cannot be written to standard output: {problem.strerror or problem}",
            "make room on that disk; `clickgen runs show` shows a run's account again",
        ) from problem


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere, which would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write_output(file: Path, data: bytes, *, append: bool = False) -> None:
    """Write a file that the user named; EnvironmentProblem if that is impossible."""
    try:
        with file.open("ab" if append else "wb") as opened:
            opened.write(data)
    except OSError as problem:
        raise EnvironmentProblem(
            f"{file} cannot be written: {problem.strerror or problem}", "name a file that can be"
        ) from problem


def say(line: str, *, err: bool = True) -> None:
    """Print one line on stderr, or on standard output; with --quiet only warnings.

    A terminal that is too narrow gets it broken between words, as it would break it inside them.
    """
    if VOICE.quiet and not line.startswith(WARNING):
        return
    pause()
    columns = terminal_columns(sys.stderr if err else sys.stdout)
    click.echo(one_line(line) if columns is None else between_words(one_line(line), columns), err=err)


def terminal_columns(stream: TextIO) -> int | None:
    """How wide the terminal behind a stream is, or None if there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else None
    except (OSError, ValueError):
        return None


def say_lines(lines: str) -> None:
    """Print lines on stderr whose line ends are meant."""
    pause()
    click.echo(in_lines(lines), err=True)


def say_problem(problem: ClickgenError) -> None:
    """Print what happened and what to do next on stderr."""
    click.echo(f"clickgen: {as_meant(problem, problem.message)}", err=True)
    if problem.hint:
        click.echo(f"  hint: {as_meant(problem, problem.hint)}", err=True)


def as_meant(problem: ClickgenError, words: str) -> str:
    """Words of a problem on one line, or on as many as they are meant to have."""
    return in_lines(words) if problem.in_lines else one_line(words)


def written(text: str) -> str:
    """Text for standard output that others read: as it is, but at a terminal nothing in it acts."""
    return in_lines(text.replace("\r\n", "\n")) if sys.stdout.isatty() else text
