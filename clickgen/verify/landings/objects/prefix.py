"""Which key prefixes can hold a run, from a stream's prefix expressions and the time the run was sent.

The rules are those of the developer guide ("Custom prefixes for Amazon S3 objects"): a timestamp expression
follows Java's DateTimeFormatter and stands for the arrival of the oldest record in the object; a prefix
without any expression gets `yyyy/MM/dd/HH/` joined to its end.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo

MARGIN = timedelta(hours=1)
# A stream may write its prefixes in a time zone of its own, which is not always known.
ZONE_WEST, ZONE_EAST = timedelta(hours=12), timedelta(hours=14)

EXPRESSION = re.compile(r"!\{(\w+):([^}]*)\}")
PATTERN_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']")
DEFAULT_TIME = "!{timestamp:yyyy/MM/dd/HH/}"
_ERROR_TYPE = "!{firehose:error-output-type}"
ERROR_TYPES = ("processing-failed", "format-conversion-failed", "activePartitionExceeded")

_FIELDS: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04d}",
    "uuuu": lambda at: f"{at.year:04d}",
    "yy": lambda at: f"{at.year % 100:02d}",
    "y": lambda at: f"{at.year}",
    "MM": lambda at: f"{at.month:02d}",
    "M": lambda at: f"{at.month}",
    "dd": lambda at: f"{at.day:02d}",
    "d": lambda at: f"{at.day}",
    "DDD": lambda at: f"{at.timetuple().tm_yday:03d}",
    "D": lambda at: f"{at.timetuple().tm_yday}",
    "HH": lambda at: f"{at.hour:02d}",
    "H": lambda at: f"{at.hour}",
}


def data_prefixes(prefix: str, first_ms: int, last_ms: int, zone: tzinfo | None) -> list[str]:
    """The key prefixes of events sent from `first_ms` to `last_ms` (Unix time in milliseconds), an hour around.

    Whatever is finer than an hour, or not a time, cuts a prefix short. zone: the time zone that the stream
    writes its prefixes in; None allows for every zone.
    """
    pattern = prefix if EXPRESSION.search(prefix) else prefix + DEFAULT_TIME
    first = datetime.fromtimestamp(first_ms / 1000, UTC) - MARGIN
    last = datetime.fromtimestamp(last_ms / 1000, UTC) + MARGIN
    if zone is None:
        first, last = first - ZONE_WEST, last + ZONE_EAST
    hour = first.replace(minute=0, second=0, microsecond=0)
    found = []
    while hour <= last:
        found.append(_evaluate(pattern, hour.astimezone(zone or UTC)))
        hour += timedelta(hours=1)
    return shortest(found)


def error_prefixes(prefix: str, error_prefix: str) -> list[str]:
    """The key prefixes of the error output: all of it up to the first time, an error type at a time.

    A stream without an error prefix of its own puts the error type behind its plain prefix.
    """
    pattern = error_prefix or (prefix + _ERROR_TYPE if not EXPRESSION.search(prefix) else _ERROR_TYPE)
    if _ERROR_TYPE not in pattern:
        return [_evaluate(pattern, None)]
    return shortest(_evaluate(pattern.replace(_ERROR_TYPE, kind), None) for kind in ERROR_TYPES)


def static_prefix(prefix: str) -> str:
    """What all keys of a prefix with expressions start with."""
    return prefix.partition("!{")[0]


def shortest(prefixes: Iterable[str]) -> list[str]:
    """The prefixes without those that another one covers, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return kept


def _evaluate(pattern: str, at: datetime | None) -> str:
    """The text up to the first expression that is not known; without `at`, a time is not known."""
    done: list[str] = []
    position = 0
    for match in EXPRESSION.finditer(pattern):
        done.append(pattern[position : match.start()])
        position = match.end()
        if match[1] != "timestamp" or at is None:
            return "".join(done)
        text, whole = _timestamp(match[2], at)
        done.append(text)
        if not whole:
            return "".join(done)
    done.append(pattern[position:])
    return "".join(done)


def _timestamp(pattern: str, at: datetime) -> tuple[str, bool]:
    """The time in that pattern, and whether all of it is known to the hour."""
    done = []
    for match in PATTERN_PIECE.finditer(pattern):
        piece = match[0]
        if match[1] is not None:
            done.append(match[1].replace("''", "'") or "'")
        elif match[2] is None:
            done.append(piece)
        elif piece in _FIELDS:
            done.append(_FIELDS[piece](at))
        else:
            return "".join(done), False
    return "".join(done), True
