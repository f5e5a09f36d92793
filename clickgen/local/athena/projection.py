"""Partition projection: the partitions of a table computed from its parameters, without a look at the catalogue.

Types enum, integer, date and injected, in UTC, with `storage.location.template` (Athena's guide, "Partition
projection").
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from clickgen.local.athena.failures import QueryFailed, failed

MAX_PROJECTED = 1_000_000
"""Combinations that are computed for one table: Athena's own limit."""

_UNITS = ("YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS", "MILLIS")
_SECONDS = {"WEEKS": 604_800, "DAYS": 86_400, "HOURS": 3_600, "MINUTES": 60, "SECONDS": 1, "MILLIS": 0.001}
_NOW = re.compile(r"NOW\s*(?:(?P<sign>[+-])\s*(?P<count>\d+)\s*(?P<unit>[A-Z]+?)S?)?", re.IGNORECASE)
_LETTERS = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+)")
_FIELDS = {"y": "year", "M": "month", "d": "day", "H": "hour", "m": "minute", "s": "second", "S": "microsecond"}


def projected(parameters: Mapping[str, str]) -> bool:
    """Whether the partitions of a table with these parameters are computed."""
    return parameters.get("projection.enabled", "").lower() == "true"


def values_of(
    key: str, parameters: Mapping[str, str], injected: Mapping[str, Sequence[str]], now: datetime
) -> Iterable[str]:
    """All values of one partition key. injected: what a query gives for keys, by key; now: in UTC."""
    settings = {
        name.removeprefix(f"projection.{key}."): value.strip()
        for name, value in parameters.items()
        if name.startswith(f"projection.{key}.")
    }
    kind = settings.get("type", "").lower()
    if kind == "enum":
        return [value.strip() for value in _setting(settings, key, "values").split(",")]
    if kind == "integer":
        return _integers(settings, key)
    if kind == "date":
        return _dates(settings, key, now)
    if kind == "injected":
        if not injected.get(key):
            raise failed(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {key}, the WHERE clause must contain only static"
                " equality conditions, and at least one such condition must be present.",
            )
        return injected[key]
    raise _invalid(
        f"Table is configured for partition projection, but projection.{key}.type is not valid: {kind!r}"
    )


def combinations(values: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Every combination of the keys' values."""
    count = 1
    for some in values:
        count *= len(some)
    if count > MAX_PROJECTED:
        raise _invalid(f"{count} partitions are projected, more than {MAX_PROJECTED}; restrict the keys in WHERE")
    return product(*values)


def location_of(template: str | None, location: str, keys: Sequence[str], values: Sequence[str]) -> str:
    """Where a partition lies: by the template, or in `key=value` folders below the table."""
    if template is None:
        folders = "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
        return f"{location.rstrip('/')}/{folders}/"
    for key, value in zip(keys, values, strict=True):
        template = template.replace("${" + key + "}", value)
    return template


def _integers(settings: Mapping[str, str], key: str) -> list[str]:
    low, high = _range(settings, key)
    try:
        first, last = int(low), int(high)
        step, digits = int(settings.get("interval", "1")), int(settings.get("digits", "0"))
    except ValueError:
        raise _invalid(f"projection.{key}: range, interval and digits must be whole numbers") from None
    if step < 1 or last - first >= MAX_PROJECTED * step:
        raise _invalid(f"projection.{key}.range has more than {MAX_PROJECTED} values, or its interval is below 1")
    return [format(number, f"0{digits}d") if digits else str(number) for number in range(first, last + 1, step)]


def _dates(settings: Mapping[str, str], key: str, now: datetime) -> list[str]:
    pattern = _setting(settings, key, "format")
    low, high = _range(settings, key)
    first, last = _end(low, pattern, now, key), _end(high, pattern, now, key)
    unit = settings.get("interval.unit", _smallest_unit(pattern)).upper()
    unit = unit if unit.endswith("S") else f"{unit}S"
    if unit not in _UNITS or not settings.get("interval", "1").isdecimal():
        raise _invalid(f"projection.{key}.interval or its unit is not valid")
    step = int(settings.get("interval", "1"))
    found: list[str] = []
    moment, count = first, 0
    while moment <= last:
        text = format_date(moment, pattern)
        if not found or found[-1] != text:
            found.append(text)
        count += 1
        if count > MAX_PROJECTED or step < 1:
            raise _invalid(f"projection.{key} has more than {MAX_PROJECTED} values")
        moment = _later(first, step * count, unit)
    return found


def format_date(moment: datetime, pattern: str) -> str:
    """A moment in a pattern of Java's, like `yyyy/MM/dd/HH`."""
    parts: list[str] = []
    for found in _LETTERS.finditer(pattern):
        letters = found["letters"]
        if letters is None:
            parts.append(found["other"] or found["quoted"] or "'")
        elif letters[0] not in _FIELDS:
            raise _invalid(f"the date format {pattern!r} has letters that are not known: {letters}")
        elif letters[0] == "S":
            parts.append(f"{moment.microsecond:06d}"[: len(letters)])
        elif letters == "yy":
            parts.append(f"{moment.year % 100:02d}")
        else:
            parts.append(f"{getattr(moment, _FIELDS[letters[0]]):0{len(letters)}d}")
    return "".join(parts)


def parse_date(text: str, pattern: str) -> datetime | None:
    """The moment that a text in such a pattern means, in UTC; None if it is not in it."""
    expression, fields = "", []
    for found in _LETTERS.finditer(pattern):
        letters = found["letters"]
        if letters is None:
            expression += re.escape(found["other"] or found["quoted"] or "'")
        elif letters[0] not in _FIELDS:
            return None
        else:
            fields.append(letters)
            expression += rf"(\d{{{len(letters)}}})" if len(letters) > 1 else r"(\d+)"
    match = re.fullmatch(expression, text)
    if match is None:
        return None
    given = {"year": 1970, "month": 1, "day": 1}
    for letters, digits in zip(fields, match.groups(), strict=True):
        number = int(digits) + (2000 if letters == "yy" else 0)
        given[_FIELDS[letters[0]]] = number if letters[0] != "S" else int(digits.ljust(6, "0"))
    try:
        return datetime(**given, tzinfo=UTC)
    except ValueError:
        return None


def _end(text: str, pattern: str, now: datetime, key: str) -> datetime:
    relative = _NOW.fullmatch(text)
    if relative is None:
        moment = parse_date(text, pattern)
        if moment is None:
            raise _invalid(f"projection.{key}.range: {text!r} is not of the format {pattern!r}")
        return moment
    if relative["count"] is None:
        return now
    count = int(relative["count"]) * (-1 if relative["sign"] == "-" else 1)
    unit = f"{relative['unit'].upper()}S"
    if unit not in _UNITS:
        raise _invalid(f"projection.{key}.range: {text!r} has a unit that is not known")
    return _later(now, count, unit)


def _later(moment: datetime, count: int, unit: str) -> datetime:
    if unit in ("YEARS", "MONTHS"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEARS" else 1)
        year, month = divmod(months, 12)
        for day in range(moment.day, 27, -1):  # the last day that the month has
            try:
                return moment.replace(year=year, month=month + 1, day=day)
            except ValueError:
                continue
        return moment.replace(year=year, month=month + 1)
    return moment + timedelta(seconds=count * _SECONDS[unit])


def _smallest_unit(pattern: str) -> str:
    bare = re.sub(r"'[^']*'", "", pattern)
    for letter, unit in (("s", "SECONDS"), ("m", "MINUTES"), ("H", "HOURS"), ("d", "DAYS"), ("M", "MONTHS")):
        if letter in bare:
            return unit
    return "YEARS"


def _range(settings: Mapping[str, str], key: str) -> tuple[str, str]:
    low, comma, high = _setting(settings, key, "range").partition(",")
    if not comma:
        raise _invalid(f"projection.{key}.range must be two values with a comma between them")
    return low.strip(), high.strip()


def _setting(settings: Mapping[str, str], key: str, name: str) -> str:
    if name not in settings:
        raise _invalid(f"Table is configured for partition projection, but projection.{key}.{name} is missing")
    return settings[name]


def _invalid(message: str) -> QueryFailed:
    return failed("INVALID_TABLE_PROPERTY", message)
