"""A clickgen command in a process of its own, which is how the Python API carries out its work.

The caller's process would be the wrong place for it. A run heeds signals, which Python allows in the main thread
only. Its workers are forks, which are not safe beside the caller's threads, or processes that begin by importing
the caller's script again. And a run that is stopped drains before it ends. A process of its own has all that to
itself, whatever thread or notebook calls, and what the API does is what the command line does.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, TypeVar, cast

from clickgen.model.errors import ClickgenError, EnvironmentProblem, ExitCode, UsageProblem

Tell = Callable[[str], object]
P = TypeVar("P", bound=ClickgenError)

_MESSAGE, _HINT = "clickgen: ", "  hint: "
# what would make a command colour what it prints for people, although nobody sees it in a terminal
_COLOURS = frozenset(["FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE"])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int  # negative if a signal ended it
    document: dict[str, Any] | None  # what it printed with --json, if anything
    text: str  # what it printed for people

    def problem(self) -> ClickgenError | None:
        """The error that ended it, or None if it came to a result."""
        if self.code in (ExitCode.OK, ExitCode.LOST, ExitCode.INCOMPLETE) and self.document is not None:
            return None
        if self.code < 0:
            name = signal.Signals(-self.code).name
            return noted(EnvironmentProblem(f"the process that did the work was ended by {name}", self.text))
        message, hint = _problem_in(self.text)
        kind = UsageProblem if self.code == ExitCode.USAGE else EnvironmentProblem
        return noted(kind(message, hint))


def noted(problem: P) -> P:
    """The problem with its hint where a traceback shows it, too."""
    if problem.hint:
        problem.add_note(f"hint: {problem.hint}")
    return problem


def carry_out(
    words: Sequence[str], *, tell: Tell | None = None, environment: Mapping[str, str] | None = None
) -> Ended:
    """Run `clickgen` with these words to its end; an exception here (Ctrl-C, a test's timeout) stops it in order.

    tell: receives each line for people as it is printed. environment: variables beside those of this process.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _COLOURS}
    lines: list[str] = []
    with (
        tempfile.TemporaryFile() as output,  # nobody reads a pipe while the lines for people are read
        subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "clickgen", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env=variables | dict(environment or {}),
            # Ctrl-C at the terminal reaches the caller alone, who passes it on
            start_new_session=True,
        ) as process,
    ):
        try:
            _listen(process, lines, tell)
        except BaseException:
            _stop(process)
            raise
        output.seek(0)
        return Ended(process.returncode, _document(output), "\n".join(lines))


def _listen(process: "subprocess.Popen[bytes]", lines: list[str], tell: Tell | None) -> None:
    for raw in cast("IO[bytes]", process.stderr):
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        lines.append(line)
        if tell is not None:
            tell(line)
    process.wait()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Let the command end in order, as Ctrl-C does; a second Ctrl-C lets it end at once."""
    try:
        process.send_signal(signal.SIGINT)
        _listen(process, [], None)
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def _document(output: IO[bytes]) -> dict[str, Any] | None:
    with suppress(ValueError):
        document = json.loads(output.read())
        return document if isinstance(document, dict) else None
    return None


def _problem_in(text: str) -> tuple[str, str | None]:
    """The message and the hint with which a command ended."""
    lines = text.splitlines()
    begins = [at for at, line in enumerate(lines) if line.startswith(_MESSAGE)]
    if not begins:
        return text.strip() or "it ended without a word", None
    told = "\n".join(lines[begins[-1] :])
    message, _, hint = told.partition(f"\n{_HINT}")
    return message.removeprefix(_MESSAGE), hint or None
