"""Items of a DynamoDB table: scanned a segment at a time, and their values as JSON."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pybase64

from clickgen.verify.landings.aws_reads import AwsReads

Item = Mapping[str, Any]
"""An item as the service gives it: the value of each attribute with its type, {"N": "1.5"}."""

# a larger table is scanned in several segments at once, each of which is worth a thread
SEGMENTS = 8
_SEGMENT_BYTES = 32 << 20


class ItemPage(NamedTuple):
    """Some items."""

    items: Sequence[Item]
    bytes: int  # of the answer
    read_units: float  # what it cost, in read request units


class Segment:
    """One of the segments that a table is cut into, to be scanned side by side."""

    def __init__(self, service: AwsReads, arguments: Mapping[str, Any]) -> None:
        """arguments: the scan's, those of the segment included."""
        self.done = False
        self._service = service
        self._arguments = dict(arguments)

    def next_page(self) -> ItemPage:
        """The next items; up to 1 MB of them is read for a page."""
        answer = self._service.call("scan", self._arguments)
        following = answer.get("LastEvaluatedKey")
        self._arguments["ExclusiveStartKey"] = following
        self.done = not following
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        units = (answer.get("ConsumedCapacity") or {}).get("CapacityUnits", 0)
        return ItemPage(answer.get("Items", []), int(headers.get("content-length", 0)), float(units))


def segments_of(service: AwsReads, table: str, paths: Sequence[Sequence[str]], size: int) -> list[Segment]:
    """The segments of a table, to be read consistently.

    paths: the attributes to give, each by the names that lead to it; none gives whole items. size: the table's, in
    bytes, as far as it is known.
    """
    segments = min(SEGMENTS, 1 + size // _SEGMENT_BYTES)
    arguments: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "ReturnConsumedCapacity": "TOTAL",
        "TotalSegments": segments,
    }
    if paths:
        names = sorted({name for path in paths for name in path})
        stand_ins = {name: f"#n{position}" for position, name in enumerate(names)}  # a name may be a reserved word
        arguments["ExpressionAttributeNames"] = {stand_in: name for name, stand_in in stand_ins.items()}
        arguments["ProjectionExpression"] = ", ".join(
            ".".join(stand_ins[name] for name in path) for path in dict.fromkeys(map(tuple, paths))
        )
    return [Segment(service, {**arguments, "Segment": segment}) for segment in range(segments)]


def text_at(item: Item, path: Sequence[str]) -> str | None:
    """The text at this path of an item, or None if there is no text."""
    held: Any = {"M": item}
    for name in path:
        held = held.get("M", {}).get(name, {})
    text = held.get("S")
    return text if isinstance(text, str) else None


def as_json(item: Item) -> bytes:
    """The item as one JSON object; a set as an array, bytes in base64."""
    return json.dumps({name: _value(typed) for name, typed in item.items()}, default=_plain).encode()


def _value(typed: Mapping[str, Any]) -> object:
    """What a typed attribute holds; the usual types without boto3's own way, which takes several times as long."""
    ((kind, value),) = typed.items()
    if kind in {"S", "BOOL"}:
        return value
    if kind == "N" and value.lstrip("-").isdecimal():
        return int(value)
    if kind == "NULL":
        return None
    if kind == "M":
        return {name: _value(each) for name, each in value.items()}
    if kind == "L":
        return [_value(each) for each in value]
    from boto3.dynamodb.types import TypeDeserializer

    other: Any = typed
    return TypeDeserializer().deserialize(other)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set):
        return sorted(value)
    return pybase64.b64encode(bytes(value)).decode()  # type: ignore[call-overload]  # Binary: bytes of its own kind
