"""A DynamoDB table on loopback that scans as the service does: by segments, in pages, with trouble."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import wire

Answer = tuple[int, bytes]


@dataclass
class StandIn:
    """A table. keys: its key attributes with their types. size: what it says of its bytes.

    trouble: codes that the next scans are answered with, before they are answered well. scans: what was asked.
    """

    items: list[dict[str, Any]]
    keys: Mapping[str, str] = field(default_factory=lambda: {"event_id": "S"})
    page: int = 4
    size: int = 0
    trouble: list[str] = field(default_factory=list)
    scans: list[dict[str, Any]] = field(default_factory=list)

    def respond(self, body: bytes) -> Answer:
        asked = json.loads(body)
        if asked["TableName"] != "clicks":
            return _refused("ResourceNotFoundException", "Requested resource not found")
        if "Segment" not in asked:
            return self._described()
        self.scans.append(asked)
        return _refused(self.trouble.pop(0), "not now") if self.trouble else self._scanned(asked)

    def _described(self) -> Answer:
        kinds = ("HASH", "RANGE")
        table = {
            "TableStatus": "ACTIVE",
            "TableSizeBytes": self.size,
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in self.keys.items()
            ],
            "KeySchema": [
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(self.keys, kinds, strict=False)
            ],
        }
        return 200, json.dumps({"Table": table}).encode()

    def _scanned(self, asked: dict[str, Any]) -> Answer:
        mine = self.items[asked["Segment"] :: asked["TotalSegments"]]
        begin = int((asked.get("ExclusiveStartKey") or {"at": {"N": "0"}})["at"]["N"])
        end = begin + self.page
        answer: dict[str, Any] = {
            "Items": [_projected(item, asked) for item in mine[begin:end]],
            "ConsumedCapacity": {"CapacityUnits": 0.5},
        }
        if end < len(mine):
            answer["LastEvaluatedKey"] = {"at": {"N": str(end)}}
        return 200, json.dumps(answer).encode()


@contextmanager
def serving(table: StandIn) -> Iterator[str]:
    """Serve the table for as long as the block lasts; its endpoint."""
    with wire(table.respond) as server:
        yield server.url


def _projected(item: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    if "ProjectionExpression" not in asked:
        return item
    kept: dict[str, Any] = {}
    for path in asked["ProjectionExpression"].split(", "):
        names = [asked["ExpressionAttributeNames"][part] for part in path.split(".")]
        _copy(item, kept, names)
    return kept


def _copy(item: Mapping[str, Any], kept: dict[str, Any], names: Sequence[str]) -> None:
    if names[0] not in item:
        return
    if len(names) == 1:
        kept[names[0]] = item[names[0]]
    elif "M" in item[names[0]]:
        _copy(item[names[0]]["M"], kept.setdefault(names[0], {"M": {}})["M"], names[1:])


def _refused(code: str, message: str) -> Answer:
    return 400, json.dumps({"__type": code, "message": message}).encode()
