"""Object keys as a stream makes them: `<prefix><stream>-<version>-<time>-<uuid><extension>`, taken apart.

The rules are those of the developer guide ("Configure Amazon S3 object name format", "Custom prefixes"). Stream
names may have dashes and digits, so a key is read from its right end.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from clickgen.verify.landings.objects.prefix import DEFAULT_TIME, EXPRESSION, PATTERN_PIECE

_NAME = re.compile(
    r"-(?P<version>\d+)-(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)"
    r"-(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?P<extension>(?:\.[^/]*)?)\Z"
)
_TIME = "%Y-%m-%d-%H-%M-%S"
_DIGITS = {
    "yyyy": ("year", 4, 4), "uuuu": ("year", 4, 4), "y": ("year", 1, 4), "MM": ("month", 2, 2),
    "M": ("month", 1, 2), "dd": ("day", 2, 2), "d": ("day", 1, 2), "DDD": ("day_of_year", 3, 3),
    "D": ("day_of_year", 1, 3), "HH": ("hour", 2, 2), "H": ("hour", 1, 2), "mm": ("minute", 2, 2),
}  # fmt: skip
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """A key taken apart."""

    prefix: str  # what precedes the stream's name
    stream: str
    version: int
    at: datetime  # the time in the name; no zone
    extension: str


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """The time that a prefix means, from `first` up to but not including `end`; without a zone."""

    first: datetime
    end: datetime


def take_apart(key: str, stream: str) -> ObjectKey | None:
    """The parts of a key that a stream of this name made, or None for any other key."""
    name = _NAME.search(key)
    if name is None or not key[: name.start()].endswith(stream):
        return None
    try:
        at = datetime.strptime(name["time"], _TIME)  # the zone is the stream's own
    except ValueError:
        return None
    prefix = key[: name.start() - len(stream)]
    return ObjectKey(prefix, stream, int(name["version"]), at, name["extension"])


class PrefixPattern:
    """A prefix as configured, which evaluated prefixes are compared with."""

    def __init__(self, prefix: str) -> None:
        """prefix: with its expressions; to one without any the service appends `yyyy/MM/dd/HH/`."""
        self._fields: list[str | None] = []
        pattern = prefix if EXPRESSION.search(prefix) else prefix + DEFAULT_TIME
        parts: list[str] = []
        position = 0
        for expression in EXPRESSION.finditer(pattern):
            parts.append(re.escape(pattern[position : expression.start()]))
            parts.append(self._expression(expression[1], expression[2]))
            position = expression.end()
        parts.append(re.escape(pattern[position:]))
        self._pattern = re.compile("".join(parts))
        self.text = pattern

    def fits(self, evaluated: str) -> bool:
        """Whether it can have been made from the prefix."""
        return self._pattern.fullmatch(evaluated) is not None

    def span(self, evaluated: str) -> KeyTimes | None:
        """The time that an evaluated prefix means, or None if it does not even name a day."""
        found = self._pattern.fullmatch(evaluated)
        if found is None:
            return None
        known: dict[str, int] = {}
        for name, text in zip(self._fields, found.groups(), strict=True):
            if name is not None:
                known.setdefault(name, int(text))
        return _span(known)

    def _expression(self, namespace: str, value: str) -> str:
        if namespace == "timestamp":
            return "".join(map(self._time_piece, PATTERN_PIECE.finditer(value)))
        if (namespace, value) == ("firehose", "random-string"):
            return "[A-Za-z0-9]{11}"
        return r"[^/]*"  # a partition key's value

    def _time_piece(self, piece: re.Match[str]) -> str:
        if piece[1] is not None:
            return re.escape(piece[1].replace("''", "'") or "'")
        if piece[2] is None:
            return re.escape(piece[0])
        if piece[0] not in _DIGITS:
            return r"[^/]+?"
        name, least, most = _DIGITS[piece[0]]
        self._fields.append(name)
        return rf"(\d{{{least},{most}}})"


def _span(known: dict[str, int]) -> KeyTimes | None:
    by_day = "day_of_year" in known
    if "year" not in known or not (by_day or {"month", "day"} <= known.keys()):
        return None
    try:
        first = datetime(known["year"], 1 if by_day else known["month"], 1 if by_day else known["day"])
        if by_day:
            first += timedelta(days=known["day_of_year"] - 1)
        first += timedelta(hours=known.get("hour", 0), minutes=known.get("minute", 0) if "hour" in known else 0)
    except ValueError:
        return None
    unit = "minute" if {"hour", "minute"} <= known.keys() else "hour"
    return KeyTimes(first, first + (_UNITS[unit] if "hour" in known else timedelta(days=1)))
