"""What can go wrong: answers of the service in its own words, and problems of the person running it."""

from typing import Any


class ServiceError(Exception):
    """A call refused the way the service refuses it: `code` becomes `__type`, with the matching HTTP status.

    members: what the error's structure has beside its message.
    """

    def __init__(self, code: str, message: str, status: int = 400, members: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members or {}


class LocalProblem(Exception):
    """The embedded pipeline cannot run here: what happened, to which port or folder, and what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WrongUse(LocalProblem):
    """The fault is not the machine's but the request's: a name or a folder that cannot be used."""


def invalid_argument(message: str) -> ServiceError:
    """The arguments make no sense together, or the embedded pipeline cannot honour them."""
    return ServiceError("InvalidArgumentException", message)


def validation_errors(problems: list[str]) -> ServiceError:
    """Members that break a constraint of their shape, all in one message as AWS words it."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    return ServiceError("ValidationException", count + "; ".join(problems))


def serialization_error(message: str) -> ServiceError:
    """The body is not what the protocol calls for."""
    return ServiceError("SerializationException", message)


def no_such_stream(name: str, account: str) -> ServiceError:
    """No stream of that name, in the words of the service."""
    return ServiceError("ResourceNotFoundException", f"Firehose {name} under account {account} not found.")


def slow_down() -> ServiceError:
    """A whole call throttled."""
    return ServiceError("ServiceUnavailableException", "Slow down.", 503)


def internal_failure() -> ServiceError:
    """The service failed for reasons of its own."""
    return ServiceError("InternalFailure", "Internal service failure.", 500)
