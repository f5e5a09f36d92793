"""The types of options and arguments: what may be written, and what it means."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import click
from click.core import ParameterSource

from clickgen.model.amounts import seconds_of

if TYPE_CHECKING:
    from clickgen.model.disorder import Drift
    from clickgen.model.timetable import Spike, Stage
    from clickgen.run.threshold import Threshold
    from clickgen.sink.registry import Address
    from clickgen.view.metrics.target import MetricsTarget

T = TypeVar("T")

MAX_LANES = 64  # as clickgen/model/plan.py has it, repeated here so that --help need not import it
MAX_RATE = 6_400_000.0  # events a second: ten times what 64 lanes are meant for
STAGE_FORM = "write 2m:500, a duration and the events a second at its end"
DRIFT_FORM = "write FIELD@10m, or FIELD:NEW@10m for another name"
_SPIKE_FORM = "write 10x@5m+30s: how many times the rate, from when on, and for how long"
_LATE_FORM = "write 2%:30s, a share of the events and how late they are at most"
_DRIFT = re.compile(r"([^@:]+)(?::([^@:]+))?@(.+)")
_SPIKE = re.compile(r"([^x@+]+)x@([^@+]+)\+([^@+]+)")


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


class Late(NamedTuple):
    """Which share of the events is late, and by how many seconds at most."""

    share: float
    seconds: float


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan  # which is in no range


def _duration(text: str) -> float:
    seconds = seconds_of(text)
    seconds = _number(text) if seconds is None else seconds
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is not a duration; write 30s, 5m, 2h or 1h30m")
    return seconds


def _share(text: str) -> float:
    share = _number(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} is not a percentage; write 0.5%, or 0.005")
    return share


def _share_below_all(text: str) -> float:
    share = _share(text)
    if share == 1:
        raise ValueError(f"{text!r} would allow anything; write a percentage under 100, like 0.1%")
    return share


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


def _lanes(text: str) -> int:
    if text not in ("1", "2", "4", "8", "16", "32", "64"):
        raise ValueError(f"{text!r} is not a number of lanes; write 1, 2, 4, 8, 16, 32 or 64")
    return int(text)


def _amount(text: str) -> int:
    number = _number(text)
    if not (1 <= number < 1e13 and number.is_integer()):
        raise ValueError(f"{text!r} is not a number of events; write 1000000 or 1e6")
    return int(number)


def _rate(text: str) -> float | None:
    if text.strip().lower() == "max":
        return None
    rate = _number(text)
    if math.isnan(rate):
        raise ValueError(f"{text!r} is not a rate; write events a second, or max")
    if not 0 < rate <= MAX_RATE:
        raise ValueError(f"{text} events a second cannot be sent; write a number over 0, or max")
    return rate


def _stage(text: str) -> "Stage":
    from clickgen.model.timetable import Stage

    length, colon, rate = text.strip().rpartition(":")
    seconds, events = _seconds_or_nan(length), _number(rate)
    if not colon or math.isnan(seconds) or not 0 <= events <= MAX_RATE:
        raise ValueError(f"{text!r} is not a stage; {STAGE_FORM}")
    return Stage(seconds=seconds, rate=events)


def _spike(text: str) -> "Spike":
    from clickgen.model.timetable import Spike

    found = _SPIKE.fullmatch(text.strip().lower())
    factor, at_s, length_s = (
        (_number(found[1]), _seconds_or_nan(found[2]), _seconds_or_nan(found[3])) if found else (math.nan,) * 3
    )
    if not (0 <= factor <= MAX_RATE and at_s >= 0 and length_s > 0):
        raise ValueError(f"{text!r} is not a spike; {_SPIKE_FORM}")
    return Spike(factor=factor, at_s=at_s, length_s=length_s)


def _seconds_or_nan(text: str) -> float:
    try:
        return _duration(text)
    except ValueError:
        return math.nan


def _late(text: str) -> Late:
    share, colon, length = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} does not say how late; {_LATE_FORM}")
    late = Late(_share(share), _duration(length))
    if late.seconds < 0.001:
        raise ValueError(f"{text!r}: events that are no later than at once are not late; {_LATE_FORM}")
    return late


def _drift(text: str) -> "Drift":
    from clickgen.model.disorder import Drift

    found = _DRIFT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a drift; {DRIFT_FORM}")
    return Drift(field=found[1], renamed=found[2], at_s=_duration(found[3]))


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


DURATION = Parsed("duration", _duration)  # in seconds
WAIT: Parsed[float | str] = Parsed("duration|full", lambda text: "full" if text == "full" else _duration(text))
PERCENTAGE = Parsed("percentage", _share)  # as a share, from 0 to 1
PERCENTAGE_BELOW_ALL = Parsed("percentage", _share_below_all)
INSTANT = Parsed("time", _instant)  # an ISO 8601 time, UTC if it names no zone, as Unix milliseconds
MOMENT = Parsed("time", _moment)  # as recordings write them, from 1990 on, as Unix milliseconds
RETIME = Parsed("now|keep|time", _retime)
LANES = Parsed("lanes", _lanes)
WORKERS = click.IntRange(1, MAX_LANES)
AMOUNT = Parsed("number", _amount)
RATE = Parsed("rate", _rate)  # events a second; `max` is None
STAGE = Parsed("time:rate", _stage)
SPIKE = Parsed("spike", _spike)
LATE = Parsed("share:time", _late)
DRIFT = Parsed("field@time", _drift)
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
