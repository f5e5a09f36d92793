"""Moments as people and programs write them: reading them, and moving them in the form they are written in."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH = rf"(?P<b>{'|'.join(_MONTHS)})"
_WEEKDAY = rf"(?P<a>{'|'.join(_WEEKDAYS)})"
_CLOCK = r"(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?)?"
_ZONE = r"(?P<z>Z|z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d(?!\d))"
# each family with the groups Y b m d H M S f z, of which those that are there are rewritten when a time is moved
_FAMILIES = tuple(
    re.compile(pattern)
    for pattern in (
        # ISO 8601, RFC 3339, and with slashes
        rf"(?P<Y>\d{{4}})(?P<sep>[-/])(?P<m>\d\d)(?P=sep)(?P<d>\d\d)(?:[Tt _]+{_CLOCK})?(?: ?{_ZONE})?",
        # the same without signs between: 20120316T184047Z, 20120316184047
        r"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:[Tt ]?(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)(?:\.(?P<f>\d{1,9}))?"
        + _ZONE
        + "?)?",
        # access logs: 01/Jul/1995:00:00:01 -0400
        rf"(?P<d>\d{{1,2}})/{_MONTH}/(?P<Y>\d{{4}})[: ]{_CLOCK}(?: {_ZONE})?",
        # RFC 5322 and the dates of HTTP: Tue, 15 Nov 1994 08:12:31 GMT
        rf"(?:{_WEEKDAY}, )?(?P<d>\d{{1,2}})[ -]{_MONTH}[ -](?P<Y>\d{{4}}) {_CLOCK}(?: {_ZONE})?",
        # ctime: Tue Nov 15 08:12:31 1994
        rf"{_WEEKDAY} {_MONTH} +(?P<d>\d{{1,2}}) {_CLOCK}(?: {_ZONE})? (?P<Y>\d{{4}})",
        # 12/1/2010 8:26 and 31.12.2010 23:59:59; which number is the day is not in the text
        r"(?P<first>\d{1,2})(?P<sep>[/.])(?P<second>\d{1,2})(?P=sep)(?P<Y>\d{4})"
        rf"(?: {_CLOCK})?(?: ?{_ZONE})?",
    )
)
_OF_DAY = re.compile(_CLOCK)
_DAY_ONLY = re.compile(r"\d{4}[-/]?\d\d[-/]?\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}")


class Reading(NamedTuple):
    """What a text does not say of itself."""

    zone: tzinfo = UTC  # of times that name none
    day_first: bool = False  # of 1/2/2010


PLAIN = Reading()


class Moment(NamedTuple):
    """A time and the places in the text where its parts are."""

    local: datetime  # without its fraction, with the zone
    nanos: int  # its fraction
    found: re.Match[str]
    parts: Mapping[str, str]  # as Y, b, m, d, H, M, S, f, z, named after strftime, to the groups that hold them

    @property
    def unix_ns(self) -> int:
        """Nanoseconds since 1970."""
        return round(self.local.timestamp()) * 1_000_000_000 + self.nanos


def read_moment(text: str, reading: Reading = PLAIN) -> Moment | None:
    """The time that a text is in one of the known families, or None."""
    text = text.strip()
    for family in _FAMILIES:
        found = family.fullmatch(text)
        if found is not None:
            return _moment(found, reading)
    return None


def moved(text: str, by_ns: int, reading: Reading = PLAIN) -> str | None:
    """The text of a later time, in the form and the zone of this one; None if it is not a time."""
    moment = read_moment(text, reading)
    if moment is None:
        return None
    seconds, nanos = divmod(moment.unix_ns + by_ns, 1_000_000_000)
    try:
        local = datetime.fromtimestamp(seconds, moment.local.tzinfo)
    except (ValueError, OverflowError, OSError):
        return None
    written = moment.found.string
    # one such part tells of all: in 12/10/2010 8:26 only the hour says that there are no zeros in front
    narrow = any(len(moment.found[group]) == 1 for part, group in moment.parts.items() if part in "mdHMS")
    for part, group in sorted(moment.parts.items(), key=lambda item: -moment.found.start(item[1])):
        begin, end = moment.found.span(group)
        if begin >= 0 and part != "z":
            written = (
                written[:begin]
                + _written(part, local, nanos, written[begin:end], narrow=narrow and part not in "MS")
                + written[end:]
            )
    at = text.index(moment.found.string)
    return text[:at] + written + text[at + len(moment.found.string) :]


def is_time_of_day(value: object) -> bool:
    """Whether a value is hours, minutes and perhaps seconds, without a date."""
    return isinstance(value, str) and _OF_DAY.fullmatch(value.strip()) is not None


def is_day(value: object) -> bool:
    """Whether a value is a date without a time of day."""
    return isinstance(value, str) and _DAY_ONLY.fullmatch(value.strip()) is not None


def _moment(found: re.Match[str], reading: Reading) -> Moment | None:
    given = found.groupdict()
    parts = {part: part for part in ("Y", "b", "m", "d", "a", "H", "M", "S", "f", "z") if given.get(part)}
    if "first" in given:
        day, month = ("first", "second") if reading.day_first or given["sep"] == "." else ("second", "first")
        parts |= {"d": day, "m": month}
    number = {part: int(given[group]) for part, group in parts.items() if part in "YmdHMS"}
    month_number = _MONTHS.index(given["b"]) + 1 if "b" in parts else number["m"]
    try:
        zone = _zone(given["z"]) if "z" in parts else reading.zone
        local = datetime(
            number["Y"],
            month_number,
            number["d"],
            number.get("H", 0),
            number.get("M", 0),
            min(number.get("S", 0), 59),  # a leap second counts as the one before
            tzinfo=zone,
        )
    except ValueError:
        return None
    return Moment(local, int(given["f"].ljust(9, "0")) if "f" in parts else 0, found, parts)


def _zone(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _written(part: str, local: datetime, nanos: int, before: str, *, narrow: bool) -> str:
    """A part of a time in the width of what stood there. narrow: numbers are not filled up to two digits."""
    match part:
        case "b":
            return _MONTHS[local.month - 1]
        case "a":
            return _WEEKDAYS[local.weekday()]
        case "f":
            return f"{nanos:09d}"[: len(before)]
        case "Y":
            return f"{local.year:04d}"
    number = {"m": local.month, "d": local.day, "H": local.hour, "M": local.minute, "S": local.second}[part]
    return str(number) if narrow else f"{number:02d}"
