"""Partition projection: the values of a partition's key that Athena computes, and so looks for.

Athena's guide, "Partition projection": types enum, integer, date and injected, set in the table's parameters.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

_JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_NOW = re.compile(
    r"NOW\s*(?:(?P<sign>[+-])\s*(?P<count>\d+)\s*(?P<unit>YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?\Z"
)
_DAYS = {
    "YEAR": 366.0,
    "MONTH": 31.0,
    "WEEK": 7.0,
    "DAY": 1.0,
    "HOUR": 1 / 24,
    "MINUTE": 1 / 1440,
    "SECOND": 1 / 86400,
}


def outside(parameters: Mapping[str, str], key: str, value: str, now: datetime) -> str:
    """Why projection leaves out a value of a partition's key, in words; empty if it does not.

    parameters: of the table. now: what NOW in a range means; months and years count with their longest length.
    """
    kind = parameters.get(f"projection.{key}.type", "").lower()
    given = parameters.get(f"projection.{key}.range", "")
    if kind == "enum":
        values = [known.strip() for known in parameters.get(f"projection.{key}.values", "").split(",")]
        return "" if value in values else f"it is not one of the values {', '.join(values)}"
    if kind == "integer":
        return _outside_integers(value, given, parameters.get(f"projection.{key}.digits"))
    if kind == "date":
        return _outside_dates(value, given, parameters.get(f"projection.{key}.format", ""), now)
    return "" if kind == "injected" else f"projection.{key}.type is not set"


def values_of(template: str, location: str, keys: list[str]) -> dict[str, str] | None:
    """The keys' values in a file's location, by `storage.location.template`, or None if it does not fit."""
    pattern = re.escape(template)
    for key in keys:
        pattern = pattern.replace(re.escape("${" + key + "}"), f"(?P<{re.sub('[^a-z0-9_]', '_', key)}>.+?)", 1)
    if not template.endswith("/"):
        pattern += "/"
    found = re.match(pattern + "[^/]*$", location)
    return None if found is None else found.groupdict()


def _outside_integers(value: str, given: str, digits: str | None) -> str:
    low, _, high = given.partition(",")
    if not value.lstrip("-").isdigit():
        return "it is not an integer"
    if digits and len(value) != int(digits):
        return f"it does not have {digits} digits"
    return "" if int(low) <= int(value) <= int(high) else f"it is not in the range {given}"


def _outside_dates(value: str, given: str, form: str, now: datetime) -> str:
    pattern = form.replace("'", "")
    for java, python in _JAVA.items():
        pattern = pattern.replace(java, python)
    found = _date(value, pattern)
    if found is None:
        return f"it is not of the form {form}"
    low, _, high = given.partition(",")
    ends = [_end(text.strip(), pattern, now) for text in (low, high)]
    if ends[0] is None or ends[1] is None:
        return f"the range {given!r} cannot be read"
    return "" if ends[0] <= found <= ends[1] else f"it is not in the range {given}"


def _end(text: str, pattern: str, now: datetime) -> datetime | None:
    relative = _NOW.match(text)
    if relative is None:
        return _date(text, pattern)
    if relative["count"] is None:
        return now
    span = timedelta(days=_DAYS[relative["unit"]] * int(relative["count"]))
    return now + span if relative["sign"] == "+" else now - span


def _date(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
