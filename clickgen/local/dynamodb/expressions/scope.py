"""What the placeholders of one request's expressions stand for, and the paths they lead to."""

from collections.abc import Iterable
from typing import Any

from clickgen.local.dynamodb.expressions.lexer import Path
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, Value, checked_value
from clickgen.local.platform.errors import serialization_error

_TEXTS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
    "IndexName",
    "ReturnValues",
    "Select",
)
_MAPS = ("ExpressionAttributeNames", "ExpressionAttributeValues")


def check_members(body: Any) -> None:
    """SerializationException if a request, or a part of one, has members of other types than the API model."""
    if not isinstance(body, dict):
        raise serialization_error("Start of structure or map found where not expected.")
    for member in _TEXTS:
        if not isinstance(body.get(member, ""), str):
            raise serialization_error(f"{member} must be a text.")
    for member in _MAPS:
        if not isinstance(body.get(member, {}), dict):
            raise serialization_error(f"{member} must be a map.")
    if not all(isinstance(name, str) for name in body.get("ExpressionAttributeNames", {}).values()):
        raise serialization_error("The values of ExpressionAttributeNames must be texts.")


class Scope:
    """ExpressionAttributeNames and ExpressionAttributeValues of one request."""

    def __init__(self, body: dict[str, Any]) -> None:
        """ServiceError if a value is not valid."""
        check_members(body)
        self._names: dict[str, str] = body.get("ExpressionAttributeNames") or {}
        self._values: dict[str, Value] = body.get("ExpressionAttributeValues") or {}
        for name, value in self._values.items():
            if not name.startswith(":"):
                raise refused(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{name}"')
            checked_value(value)
        self._used: set[str] = set()

    def use(self, placeholders: Iterable[str]) -> None:
        """Note the placeholders of an expression; ServiceError if one of them is not defined."""
        for one in placeholders:
            if one.startswith("#") and one not in self._names:
                raise refused(
                    f"An expression attribute name used in the document path is not defined; attribute name: {one}"
                )
            if one.startswith(":") and one not in self._values:
                raise refused(
                    f"An expression attribute value used in expression is not defined; attribute value: {one}"
                )
            self._used.add(one)

    def check_all_used(self) -> None:
        """ServiceError if the request has placeholders that none of its expressions used."""
        for member, given in (("Names", self._names), ("Values", self._values)):
            unused = sorted(given.keys() - self._used)
            if unused:
                raise refused(
                    f"Value provided in ExpressionAttribute{member} unused in expressions: keys:"
                    f" {{{', '.join(unused)}}}"
                )

    def value(self, placeholder: str) -> Value:
        """The value of `:name`."""
        return self._values[placeholder]

    def path(self, path: Path) -> Path:
        """A path with the names that its aliases stand for."""
        return tuple(
            self._names[step] if isinstance(step, str) and step.startswith("#") else step for step in path
        )

    def find(self, path: Path, item: Item) -> Value | None:
        """The value at a path as written; None if there is none."""
        return value_at(self.path(path), item)


def value_at(path: Path, item: Item) -> Value | None:
    """The value at a path of names and indexes; None if there is none."""
    found: Value | None = item.get(str(path[0]))
    for step in path[1:]:
        if found is None:
            return None
        if isinstance(step, str):
            found = found.get("M", {}).get(step)
        else:
            inner = found.get("L", ())
            found = inner[step] if step < len(inner) else None
    return found


def projected(paths: Iterable[Path], item: Item) -> Item:
    """The parts of an item at these paths; elements of lists close up."""
    tree: dict[Any, Any] = {}
    for path in paths:
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    found = _pruned(tree, {"M": item})
    return found["M"] if found else {}


def _pruned(tree: dict[Any, Any], value: Value) -> Value | None:
    """What a tree of steps leaves of a value; None if nothing."""
    if not tree:
        return value
    if "M" in value:
        inner = {
            name: part
            for name, below in tree.items()
            if isinstance(name, str) and name in value["M"]
            if (part := _pruned(below, value["M"][name])) is not None
        }
        return {"M": inner} if inner else None
    if "L" in value:
        steps = sorted(step for step in tree if isinstance(step, int) and step < len(value["L"]))
        elements = [part for step in steps if (part := _pruned(tree[step], value["L"][step])) is not None]
        return {"L": elements} if elements else None
    return None
