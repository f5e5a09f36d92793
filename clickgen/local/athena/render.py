"""Values as Athena writes them in its results: text, NULL as None."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from clickgen.local.platform.hive_types import HiveType

_PLAIN_FROM, _PLAIN_TO = 1e-3, 1e7  # between these Java writes a double without an exponent


def text(value: Any) -> str | None:
    """A value of a result."""
    if value is None or isinstance(value, str):
        return value
    return _RENDER.get(type(value), str)(value)


Renderer = Callable[[Any], str | None]


def renderer(kind: HiveType, *, zoned: bool = False) -> Renderer:
    """What writes the values of a column. zoned: whether it is a timestamp with a time zone."""
    inner = [renderer(part) for part in kind.parts]
    if kind.name == "array":
        return _null_or(lambda value: "[" + ", ".join(_within(inner[0], part) for part in value) + "]")
    if kind.name == "map":
        return _null_or(lambda value: _map(value, inner[1]))
    if kind.name == "struct":
        named = kind.fields != tuple(f"_{position}" for position in range(len(inner)))  # DuckDB's names for none
        labels = [f"{name}=" if named else "" for name in kind.fields]
        return _null_or(lambda value: _struct(labels, inner, value))
    if zoned:
        return _null_or(lambda value: f"{_timestamp(value.astimezone(UTC))} UTC")
    return text


def _null_or(render: Callable[[Any], str]) -> Renderer:
    return lambda value: None if value is None else render(value)


def _within(render: Renderer, value: Any) -> str:
    """A value within an array, a map or a row."""
    return "null" if value is None else str(render(value))


def _map(value: dict[Any, Any], render: Renderer) -> str:
    keys = sorted(value) if all(isinstance(key, str | int) for key in value) else list(value)
    return "{" + ", ".join(f"{text(key)}={_within(render, value[key])}" for key in keys) + "}"


def _struct(labels: list[str], inner: list[Renderer], value: dict[str, Any]) -> str:
    parts = zip(labels, inner, value.values(), strict=True)
    return "{" + ", ".join(f"{label}{_within(render, part)}" for label, render, part in parts) + "}"


def _double(value: float) -> str:
    """As Java writes a double."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # NaN is what differs from itself
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124  # the same
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_TO:
        plain = format(Decimal(repr(value)), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{rest}E{int(exponent) + len(digits) - 1}"


def _timestamp(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"


def _zoned_or_not(value: datetime) -> str:
    return _timestamp(value) if value.tzinfo is None else f"{_timestamp(value.astimezone(UTC))} UTC"


def _interval(value: timedelta) -> str:
    seconds, days = value.seconds, value.days
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{days} {clock}.{value.microseconds // 1000:03d}"


_RENDER: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _double,
    Decimal: lambda value: format(value, "f"),
    date: date.isoformat,
    datetime: _zoned_or_not,
    time: lambda value: f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}",
    timedelta: _interval,
    bytes: lambda value: value.hex(" "),
}
