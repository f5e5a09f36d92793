"""The one tree of errors that people see, and the one table of exit codes. Only `cli` prints them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to a shell or a CI job.

    OK: all well. LOST: events lost, the verdict is anomalous, or a threshold failed. USAGE: the command's words
    are off. ENVIRONMENT: credentials, no such stream, endpoint, disk. INCOMPLETE: something is pending, unsent or
    unknown. INTERRUPTED: Ctrl-C or SIGTERM before the planned work was done.
    """

    OK = 0
    LOST = 1
    USAGE = 2
    ENVIRONMENT = 3
    INCOMPLETE = 4
    INTERRUPTED = 130


class ClickgenError(Exception):
    """Something a user or a network caused: `message` says what happened and to what, `hint` what to do."""

    exit_code = ExitCode.ENVIRONMENT
    # whether the line ends of message and hint are meant; then no value from outside may bring its own
    in_lines = False

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["ClickgenError"], tuple[str, str | None]]:
        return type(self), (self.message, self.hint)  # errors cross from worker processes


class UsageProblem(ClickgenError):
    """The command's words, or a file they name, cannot be used."""

    exit_code = ExitCode.USAGE


class Mistakes(UsageProblem):
    """Several at once, a line each."""

    in_lines = True


class EnvironmentProblem(ClickgenError):
    """The world outside is not as needed: credentials, stream, endpoint, disk."""

    exit_code = ExitCode.ENVIRONMENT


class UnusableAnswer(EnvironmentProblem):
    """A service answered, but nothing that its API knows: too long, too slow, or not made as the API says."""


class Damage(EnvironmentProblem):
    """All that is wrong with a file of a run, a line each."""

    in_lines = True
