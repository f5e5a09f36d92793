"""Printing a command's result, so that what happens to the output never changes what the result was."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from clickgen.model.errors import EnvironmentProblem
from clickgen.view.console import Console


class ResultConsole(Console):
    """A console that leaves it to `printing_result` what a reader that left means."""

    def on_broken_pipe(self) -> NoReturn:
        """Pass it on."""
        raise BrokenPipeError


@contextmanager
def printing_result() -> Iterator[None]:
    """Print inside this; a reader that leaves early ends the printing, and nothing else.

    Raises EnvironmentProblem where the output cannot be written, on a full disk for example.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _say_no_more()
    except OSError as problem:
        _say_no_more()
        raise EnvironmentProblem(
            f"the result cannot be written to standard output: {problem.strerror or problem}",
            "make room where it goes; `clickgen runs show` tells a run's account again",
        ) from problem


def _say_no_more() -> None:
    """Let the interpreter's last flush go nowhere, which would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
