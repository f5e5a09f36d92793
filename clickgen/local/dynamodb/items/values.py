"""Attribute values: which are valid, what they measure, how they compare, and how keys are ordered.

A value is a JSON object with one member that names its type: `{"S": "text"}`, `{"N": "12.5"}`. Sizes are those of
the developer guide, "Item sizes and formats".
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pybase64

from clickgen.local.dynamodb.items.limits import MAX_ITEM_BYTES, MAX_NESTING
from clickgen.local.dynamodb.items.numbers import normal_number, sortable_number
from clickgen.local.dynamodb.items.refusal import refused

Value = dict[str, Any]
Item = dict[str, Value]

_INVALID = "One or more parameter values were invalid:"


def checked_item(item: Any) -> int:
    """Check every value of an item, writing its numbers as the service does; its size. ServiceError."""
    if not isinstance(item, dict):
        raise refused("An item must be a map of attribute values.")
    size = 0
    for name, value in item.items():
        size += len(name) if name.isascii() else _length(name)
        # texts, of which most items consist, without a call: this is the hot path
        text = value.get("S") if value.__class__ is dict and len(value) == 1 else None
        if text.__class__ is str and text.isascii():
            size += len(text)
        else:
            size += checked_value(value)
    if size > MAX_ITEM_BYTES:
        raise refused("Item size has exceeded the maximum allowed size")
    return size


def checked_value(value: Any, depth: int = 0) -> int:
    """Check a value, writing its numbers as the service does; its size. ServiceError."""
    try:
        [(kind, content)] = value.items()
    except (AttributeError, ValueError):
        raise refused(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        ) from None
    if kind == "S" and content.__class__ is str:  # the most frequent two need no dispatch
        return len(content) if content.isascii() else _length(content)
    if kind == "N" and content.__class__ is str:
        value["N"] = number = normal_number(content)
        return len(number) // 2 + 2
    check = _CHECKS.get((kind, content.__class__))
    if check is None:
        raise refused(f"Supplied AttributeValue has the type {kind!r} with a content that it cannot have")
    return check(value, content, depth)


def _length(text: str) -> int:
    return len(text.encode())


def _binary(content: str) -> bytes:
    try:
        return pybase64.b64decode(content, validate=True)
    except ValueError:
        raise refused("A binary value is not base64.") from None


def _check_bool(_value: Value, _content: bool, _depth: int) -> int:
    return 1


def _check_null(_value: Value, content: bool, _depth: int) -> int:
    if not content:
        raise refused(f"{_INVALID} Null attribute value types must have the value of true")
    return 1


def _check_binary(_value: Value, content: str, _depth: int) -> int:
    return len(_binary(content))


def _check_list(_value: Value, content: list[Any], depth: int) -> int:
    _check_depth(depth)
    return 3 + sum([1 + checked_value(inner, depth + 1) for inner in content])


def _check_map(_value: Value, content: dict[str, Any], depth: int) -> int:
    _check_depth(depth)
    size = 3
    for name, inner in content.items():
        size += 1 + (len(name) if name.isascii() else _length(name)) + checked_value(inner, depth + 1)
    return size


def _check_depth(depth: int) -> None:
    if depth >= MAX_NESTING:
        raise refused("Nesting Levels have exceeded supported limits")


def _check_set(value: Value, content: list[Any], _depth: int) -> int:
    [kind] = value
    if not content:
        names = {"SS": "string", "NS": "number", "BS": "binary"}
        raise refused(f"{_INVALID} An {names[kind]} set  may not be empty")
    size = 0
    for index, element in enumerate(content):
        inner = {kind[0]: element}
        size += checked_value(inner)
        content[index] = inner[kind[0]]
    if len(set(content)) != len(content):
        raise refused(f"{_INVALID} Input collection {content} contains duplicates.")
    return size


_CHECKS: dict[tuple[str, type], Callable[[Value, Any, int], int]] = {
    ("BOOL", bool): _check_bool,
    ("NULL", bool): _check_null,
    ("B", str): _check_binary,
    ("L", list): _check_list,
    ("M", dict): _check_map,
    ("SS", list): _check_set,
    ("NS", list): _check_set,
    ("BS", list): _check_set,
}


def comparable(value: Value) -> Any:
    """What a value compares by, among values of its type."""
    [(kind, content)] = value.items()
    convert = _COMPARABLE.get(kind)
    return content if convert is None else convert(content)


_COMPARABLE: dict[str, Callable[[Any], Any]] = {
    "N": Decimal,
    "S": str.encode,
    "B": _binary,
    "SS": frozenset,
    "NS": lambda content: frozenset(map(Decimal, content)),
    "BS": lambda content: frozenset(map(_binary, content)),
    "L": lambda content: [(*inner, comparable(inner)) for inner in content],
    "M": lambda content: {name: (*inner, comparable(inner)) for name, inner in content.items()},
}


def are_equal(first: Value | None, second: Value | None) -> bool:
    """Whether two values are the same; nothing equals a value that is not there."""
    if first is None or second is None or first.keys() != second.keys():
        return False
    return first == second or bool(comparable(first) == comparable(second))


def sortable(value: Value) -> bytes:
    """A key's value as bytes that sort as the service sorts it."""
    [(kind, content)] = value.items()
    if kind == "N":
        return sortable_number(content)
    return _binary(content) if kind == "B" else str(content).encode()
