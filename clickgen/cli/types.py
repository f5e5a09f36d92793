"""The types of options and arguments: what may be written, and what it means."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from clickgen.model.amounts import count, seconds_of
from clickgen.model.written_amounts import bytes_of, number_of, rate_of

if TYPE_CHECKING:
    from clickgen.run.threshold import Threshold
    from clickgen.sink.registry import Address
    from clickgen.view.metrics.target import MetricsTarget

T = TypeVar("T")

MAX_LANES = 64  # as clickgen/model/plan.py has it, repeated here so that --help need not import it
MAX_RATE = 6_400_000.0  # events a second: ten times what 64 lanes are meant for
MAX_EVENT_BYTES = 1_024_000  # a record of Firehose; no event may be larger
MAX_EVENTS = 10**13  # of a run: more than its lanes can number


class Parsed(click.ParamType[T]):
    """Text that a function makes a value of. Its ValueError says to people what is wrong with the text."""

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """The value; one that is not text is a default."""
        if not isinstance(value, str):
            return cast("T", value)
        try:
            return self._parse(value)
        except ValueError as problem:
            self.fail(str(problem), param, ctx)


class Finite(click.FloatRange):
    """A number of a range; NaN and infinity, which a range lets through, are not in it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class OutputFile(click.Path):
    """A file to be written; that its folder is there is seen before the work, not after it."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if value == "":
            self.fail("a file without a name", param, ctx)
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        return path


def seconds_from(text: str) -> float:
    seconds = seconds_of(text)
    seconds = number_of(text) if seconds is None else seconds
    if seconds is None or not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is not a duration; write 30s, 5m, 2h or 1h30m")
    return seconds


def share_from(text: str) -> float:
    number = number_of(text.strip().removesuffix("%"))
    found = math.nan if number is None else number / (100 if text.strip().endswith("%") else 1)
    if not 0 <= found <= 1:
        raise ValueError(f"{text!r} is not a percentage; write 0.5%, or 0.005")
    return found


def _share_below_all(text: str) -> float:
    found = share_from(text)
    if found == 1:
        raise ValueError(f"{text!r} would allow anything; write a percentage under 100, like 0.1%")
    return found


def _instant(text: str) -> int:
    from clickgen.schema.times import FIRST_MS

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time; write 2026-01-31T12:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.timestamp() * 1000 < FIRST_MS:
        raise ValueError(f"{text!r} is too long ago: events have times from 2001-09-09T01:46:40Z on")
    return round(moment.timestamp() * 1000)


def _moment(text: str) -> int:
    from clickgen.traffic.event_time import unix_time

    found = unix_time(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time; write 2026-01-31T12:00:00Z")
    return round(found * 1000)


def _retime(text: str) -> int | None:
    """The moment that a recording is moved to, 0 for now, or None if it stays."""
    words = {"now": 0, "keep": None}
    return words[text.lower()] if text.lower() in words else _moment(text)


def counting(least: int, most: int = MAX_EVENTS) -> Parsed[int]:
    """A whole number from `least` to `most`: 1000000, 10_000, 5k or 1e6."""

    def parse(text: str) -> int:
        number = number_of(text)
        if number is None or not number.is_integer():
            raise ValueError(f"{text!r} is not a whole number; write 5000, 10_000, 5k, 1M or 1e6")
        return int(_within(text, number, least, most))

    return Parsed("count", parse)


def sizing(least: int, most: int) -> Parsed[int]:
    """A number of bytes from `least` to `most`: 420, 64KiB or 1MB."""

    def parse(text: str) -> int:
        number = bytes_of(text)
        if number is None or not number.is_integer():
            raise ValueError(f"{text!r} is not a size; write bytes, or 64KiB, 1MB")
        return int(_within(text, number, least, most))

    return Parsed("size", parse)


def _within(text: str, number: float, least: int, most: int) -> float:
    if number < least:
        raise ValueError(f"{text} is too small; write {count(least)} or more")
    if number > most:
        raise ValueError(f"{text} is too large; write {count(most)} or less")
    return number


def rate_from(text: str, most: float = MAX_RATE, also: str = "") -> float:
    """Events a second: 500, 5k, 500/s or 30k/min. ValueError for what is not a rate, is 0 or less, or over `most`.

    also: what else may be written there.
    """
    found = rate_of(text)
    if found is None:
        raise ValueError(f"{text!r} is not a rate; write events a second like 500, 5k or 500/s, 30k/min{also}")
    if not 0 < found <= most:
        bounds = f"over 0, up to {count(int(most))}"
        raise ValueError(f"a rate of {text} is impossible; write a number {bounds}{also}")
    return found


def rates(most: float = MAX_RATE) -> Parsed[float]:
    """A rate up to `most`."""
    return Parsed("rate", lambda text: rate_from(text, most))


def rates_or_max(most: float = MAX_RATE) -> Parsed[float | None]:
    """A rate up to `most`, or `max`, which is None."""
    return Parsed(
        "rate", lambda text: None if text.strip().lower() == "max" else rate_from(text, most, ", or max")
    )


def _lanes(text: str) -> int:
    if text not in ("1", "2", "4", "8", "16", "32", "64"):
        raise ValueError(f"{text!r} is not a number of lanes; write 1, 2, 4, 8, 16, 32 or 64")
    return int(text)


def _usd(text: str) -> float:
    number = number_of(text.strip().removeprefix("$"))
    if number is None or not 0 < number < math.inf:
        raise ValueError(f"{text!r} is not an amount of dollars; write 2, 0.50 or $2")
    return number


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise ValueError(f"{text!r} has an empty name; write day,page")
    return names


def _renaming(text: str) -> tuple[str, str]:
    old, _, new = text.partition("=")
    if not old or not new:
        raise ValueError(f"{text!r} is not OLD=NEW")
    return old, new


def _address(text: str) -> "Address":
    from clickgen.sink.registry import parse_address

    return parse_address(text)


def _threshold(text: str) -> "Threshold":
    from clickgen.run.threshold import parse_threshold

    return parse_threshold(text)


def _metrics_target(text: str) -> "MetricsTarget":
    from clickgen.view.metrics.target import parse_target

    return parse_target(text)


def names_of(known: Sequence[str]) -> Parsed[tuple[str, ...]]:
    """Names of what can be measured, joined by commas."""

    def parse(text: str) -> tuple[str, ...]:
        chosen = tuple(name.strip() for name in text.split(",") if name.strip())
        odd = ", ".join(name for name in chosen if name not in known)
        if odd or not chosen:
            raise ValueError(f"{odd or 'nothing'!r} cannot be measured; there are {', '.join(known)}")
        return chosen

    return Parsed("names", parse)


DURATION = Parsed("time", seconds_from)  # in seconds
WAIT: Parsed[float | str] = Parsed("time|full", lambda text: "full" if text == "full" else seconds_from(text))
PERCENTAGE = Parsed("share", share_from)  # as a share, from 0 to 1
PERCENTAGE_BELOW_ALL = Parsed("share", _share_below_all)
INSTANT = Parsed("time", _instant)  # an ISO 8601 time, UTC if it names no zone, as Unix milliseconds
MOMENT = Parsed("time", _moment)  # as recordings write them, from 1990 on, as Unix milliseconds
RETIME = Parsed("now|keep|time", _retime)
COUNT = counting(1)
LANES = Parsed("lanes", _lanes)
WORKERS = counting(1, MAX_LANES)
PORT = counting(0, 65_535)
RATE = rates_or_max()  # events a second; `max` is None
STEADY_RATE = rates()  # ... without `max`
EVENT_SIZE = sizing(1, MAX_EVENT_BYTES)
USD = Parsed("usd", _usd)
NAMES = Parsed("name,name", _names)
RENAMING = Parsed("old=new", _renaming)
ADDRESS = Parsed("destination", _address)
THRESHOLD = Parsed("threshold", _threshold)
METRICS_TARGET = Parsed("target", _metrics_target)
OUTPUT_FILE = OutputFile()


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator that adds these options, in this order."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def was_given(option: str) -> bool:
    """Whether the user chose an option of the command, on the command line or in the environment."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT
