"""Python's values as the words of a command line."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from os import PathLike, fspath

Duration = str | float | timedelta
"""Like "30s", seconds as a number, or a timedelta."""

Rate = str | float
"""Events a second, or "max"."""

Name = str | PathLike[str]
"""A name, or a path."""

Value = bool | str | float | timedelta | datetime | PathLike[str] | Mapping[str, str] | Iterable[str] | None
"""What an option may be given; None and False mean that it is not given."""


def option_words(options: Mapping[str, Value]) -> list[str]:
    """The words that give these options, by their names with _ for -."""
    words: list[str] = []
    for name, value in options.items():
        option = f"--{name.rstrip('_').replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words += [f"{option}={word}" for word in _words(value)]
    return words


def duration_word(value: Duration | None) -> str | None:
    """A duration as the command line takes it; a number means seconds."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    return value if value is None or isinstance(value, str) else f"{_number(value)}s"


def _words(value: Value) -> Iterable[str]:
    """One word of a single value, several of a list or a mapping."""
    if isinstance(value, Mapping):
        return [f"{name}={other}" for name, other in value.items()]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [word for each in value for word in _words(each)]
    return [_word(value)]


def _word(value: bool | str | float | timedelta | datetime | PathLike[str] | None) -> str:
    if isinstance(value, timedelta):
        return str(duration_word(value))
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    return "" if value is None else fspath(value)


def _number(value: float) -> str:
    """Without an exponent: 1000000 for 1e6."""
    return str(int(value)) if float(value).is_integer() else f"{value:.9f}".rstrip("0")
