"""Patterns of Joda's DateTimeFormat, which the Hive SerDe reads times by."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from clickgen.local.firehose.conversion.hive_types import SchemaProblem

_PIECE = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = r"[A-Za-z]{3,9}"
_OFFSET = r"Z|[-+][0-9]{2}:?[0-9]{2}"
_GROUPS = {
    **dict.fromkeys("yYu", "year"),
    **dict.fromkeys("Hk", "hour"),
    **dict.fromkeys("hK", "half_hour"),
    "M": "month",
    "d": "day",
    "m": "minute",
    "s": "second",
    "S": "fraction",
    "Z": "offset",
    "a": "half",
}

Parser = Callable[[str], datetime | None]


def parser_of(pattern: str) -> Parser:
    """What reads a time by the pattern, in UTC unless it has an offset; None for what does not match.

    SchemaProblem if the pattern cannot be used.
    """
    groups: list[str] = []
    whole = "".join(_expression(match.group(), pattern, groups) for match in _PIECE.finditer(pattern))
    expression = re.compile(whole)

    def parse(text: str) -> datetime | None:
        match = expression.fullmatch(text)
        if match is None:
            return None
        try:
            return _moment(dict(zip(groups, match.groups(), strict=True)))
        except (ValueError, OverflowError):
            return None  # there is no such day

    return parse


def _expression(piece: str, pattern: str, groups: list[str]) -> str:
    letter, width = piece[0], len(piece)
    if letter == "'":
        return re.escape(piece[1:-1].replace("''", "'") or "'")
    if not letter.isalpha():
        return re.escape(piece)
    if letter == "E":
        return _NAMES
    if letter not in _GROUPS:
        raise SchemaProblem(f"TimestampFormats: {piece!r} in {pattern!r} is not supported")
    name = letter == "M" and width >= 3
    groups.append("month_name" if name else _GROUPS[letter])
    return f"({_NAMES})" if name else f"({_digits(letter, width)})"


def _digits(letter: str, width: int) -> str:
    """What a field of that width looks like."""
    if letter in "yYu":
        return "[0-9]{1,9}" if width == 1 else f"[0-9]{{{width}}}"
    others = {"S": f"[0-9]{{{width}}}", "Z": _OFFSET, "a": "[AaPp][Mm]"}
    return others.get(letter, f"[0-9]{{{min(width, 2)},2}}")


def _moment(parts: dict[str, str]) -> datetime:
    year = int(parts.get("year", "1970"))
    if len(parts.get("year", "")) == 2:
        year += 2000 if year < 70 else 1900
    month = int(parts.get("month", "1"))
    if "month_name" in parts:
        month = 1 + _MONTHS.index(parts["month_name"][:3].lower())
    hour = int(parts.get("hour", "0")) % 24
    if "half_hour" in parts:
        hour = int(parts["half_hour"]) % 12 + (12 if parts.get("half", "am").lower() == "pm" else 0)
    micros = int(parts.get("fraction", "0").ljust(6, "0")[:6])
    minute, second = int(parts.get("minute", "0")), int(parts.get("second", "0"))
    moment = datetime(year, month, int(parts.get("day", "1")), hour, minute, second, micros, tzinfo=_zone(parts))
    return moment.astimezone(UTC).replace(tzinfo=None)


def _zone(parts: dict[str, str]) -> timezone:
    offset = parts.get("offset", "Z").replace(":", "")
    if offset == "Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[3:5])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
