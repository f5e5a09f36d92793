"""JSON between bytes and values, also where it is more than orjson takes."""

import json
from typing import Any

import orjson

_MOST_LEVELS = (
    200  # orjson writes 254; the standard library's writer calls itself for each level, as often as it may
)


def value_of(data: bytes) -> Any:
    """The value of some JSON. What only the standard library accepts is JSON too: a lone surrogate, 1e400.

    Raises orjson.JSONDecodeError if it is not JSON.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as strict:
        try:
            value = json.loads(data, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise strict from None
    return value


def written_value(value: Any) -> bytes | None:
    """A value as JSON in one line, or None if it is nested too deeply to be written."""
    try:
        return orjson.dumps(value)
    except TypeError:  # too deep, or a lone surrogate
        return None if _is_deeper(value, _MOST_LEVELS) else json.dumps(value, separators=(",", ":")).encode()


def _is_deeper(value: object, levels: int) -> bool:
    inside = [value]
    for _ in range(levels):
        inside = [item for outer in inside for item in _items(outer)]
        if not inside:
            return False
    return True


def _items(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
