"""The errors that people see, and the exit codes. Only `cli` prints them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to a shell or a CI job."""

    OK = 0
    LOST = 1  # events lost, the verdict is anomalous, or a threshold failed
    USAGE = 2  # the command line is wrong
    ENVIRONMENT = 3  # credentials, no such stream, endpoint, disk
    INCOMPLETE = 4  # something is pending, unsent or unknown
    INTERRUPTED = 130  # Ctrl-C or SIGTERM before the planned work was done


class ClickgenError(Exception):
    """Something a user or a network caused: `message` says what happened and to what, `hint` what to do."""

    exit_code = ExitCode.ENVIRONMENT
    # whether message and hint have several lines; then no value from outside may bring line ends of its own
    in_lines = False

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["ClickgenError"], tuple[str, str | None]]:
        return type(self), (self.message, self.hint)  # errors cross from worker processes


class UsageProblem(ClickgenError):
    """The command line, or a file that it names, cannot be used."""

    exit_code = ExitCode.USAGE


class Mistakes(UsageProblem):
    """Several at once, a line each."""

    in_lines = True


class EnvironmentProblem(ClickgenError):
    """The world outside is not as needed: credentials, stream, endpoint, disk."""

    exit_code = ExitCode.ENVIRONMENT


class ReaderGone(EnvironmentProblem):
    """Whoever read what goes to standard output has left, mostly because it has had enough."""


class UnusableAnswer(EnvironmentProblem):
    """A service gave an answer that its API does not have: too long, too slow, or in another form."""


class Damage(EnvironmentProblem):
    """All that is wrong with a file of a run, a line each."""

    in_lines = True
