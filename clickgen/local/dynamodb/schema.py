"""A table as it is remembered: its keys, indexes and streams, and the key of each of its items."""

import zlib
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, Value, checked_item, sortable
from clickgen.local.dynamodb.limits import MAX_HASH_KEY_BYTES, MAX_RANGE_KEY_BYTES
from clickgen.local.platform.limits import ACCOUNT

ViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
ProjectionType = Literal["ALL", "KEYS_ONLY", "INCLUDE"]

Key = tuple[int, bytes, bytes]
"""Where an item is: the slot of its partition key, the partition key, the sort key (empty if there is none). Items
are in the order of slots, so that a scan, as at AWS, has them in no order that one could rely on."""

SLOTS = 16
"""Few, since each page of SQLite that a call touches is written: keys that rise touch one page in each slot."""


class KeyAttribute(BaseModel):
    """An attribute of a key."""

    name: str
    type: Literal["S", "N", "B"]


class KeyPair(BaseModel):
    """The key of a table or an index."""

    hash: KeyAttribute
    range: KeyAttribute | None = None

    @cached_property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        """One or two."""
        return (self.hash,) if self.range is None else (self.hash, self.range)

    def described(self) -> list[dict[str, str]]:
        """`KeySchema`."""
        kinds = zip(self.attributes, ("HASH", "RANGE"), strict=False)
        return [{"AttributeName": attribute.name, "KeyType": kind} for attribute, kind in kinds]

    def of(self, item: Item) -> Key | None:
        """The key of an item that has all its attributes in their types; None if it has not."""
        parts = []
        for attribute in self.attributes:
            value = item.get(attribute.name)
            if value is None or attribute.type not in value:
                return None
            parts.append(sortable(value))
        return slot_of(parts[0]), parts[0], parts[1] if len(parts) > 1 else b""

    def part(self, item: Item) -> Item:
        """The attributes of an item that are its key."""
        return {attribute.name: item[attribute.name] for attribute in self.attributes}


class IndexState(BaseModel):
    """A secondary index."""

    name: str
    number: int
    """Of its table in SQLite."""
    local: bool
    key: KeyPair
    projection: ProjectionType
    included: list[str] = []
    """The attributes of an INCLUDE projection beside the keys."""
    throughput: dict[str, int] | None = None


class StreamState(BaseModel):
    """The stream of a table, or one that it had before."""

    number: int
    """Of its table in SQLite."""
    label: str
    view: ViewType
    created: float
    closed: float | None = None
    """When it was disabled; None while changes go into it."""


class TableState(BaseModel):
    """What is remembered of a table."""

    name: str
    region: str
    id: str
    number: int
    """Of its table in SQLite."""
    created: float
    status: Literal["CREATING", "ACTIVE", "UPDATING", "DELETING"] = "CREATING"
    key: KeyPair
    types: dict[str, Literal["S", "N", "B"]]
    """AttributeDefinitions: those of all keys."""
    indexes: list[IndexState] = []
    streams: list[StreamState] = []
    """The newest last."""
    numbers: int = 0
    """How many indexes and streams it has had."""
    billing: Literal["PROVISIONED", "PAY_PER_REQUEST"] = "PROVISIONED"
    throughput: dict[str, int] | None = None
    tags: dict[str, str] = {}
    protected: bool = False
    """DeletionProtectionEnabled."""
    settings: dict[str, Any] = {}
    """What is accepted and reported without effect: TTL, encryption, table class, backups."""

    @property
    def arn(self) -> str:
        """The table's ARN, in the region it was created through."""
        return f"arn:aws:dynamodb:{self.region}:{ACCOUNT}:table/{self.name}"

    @property
    def stream(self) -> StreamState | None:
        """The stream that changes go into; None if there is none."""
        newest = self.streams[-1] if self.streams else None
        return newest if newest is not None and newest.closed is None else None

    def stream_arn(self, stream: StreamState) -> str:
        """The ARN of one of its streams."""
        return f"{self.arn}/stream/{stream.label}"

    def index(self, name: str) -> IndexState:
        """The index of that name; ServiceError without one."""
        for index in self.indexes:
            if index.name == name:
                return index
        raise refused(f"The table does not have the specified index: {name}")

    def next_number(self) -> int:
        """A number for an index or a stream that none of the table's has had."""
        self.numbers += 1
        return self.numbers

    def key_of_item(self, item: Item) -> Key:
        """The key of an item that is to be put; ServiceError if it cannot be."""
        for attribute in self.key.attributes:
            value = item.get(attribute.name)
            if value is None:
                raise refused(
                    f"One or more parameter values were invalid: Missing the key {attribute.name} in the item"
                )
            if attribute.type not in value:
                raise refused(
                    f"One or more parameter values were invalid: Type mismatch for key {attribute.name} expected:"
                    f" {attribute.type} actual: {next(iter(value))}"
                )
        for index in self.indexes:
            _check_index_key(index, item)
        return self._key(item)

    def key_of(self, given: Any) -> Key:
        """The key that a request gives; ServiceError if it is not exactly the table's."""
        names = {attribute.name for attribute in self.key.attributes}
        if (
            not isinstance(given, dict)
            or given.keys() != names
            or any(not isinstance(value, dict) for value in given.values())
            or any(attribute.type not in given[attribute.name] for attribute in self.key.attributes)
        ):
            raise refused("The provided key element does not match the schema")
        checked_item(given)
        return self._key(given)

    def _key(self, item: Item) -> Key:
        hashed = sortable(item[self.key.hash.name])
        _check_length(self.key.hash, hashed, MAX_HASH_KEY_BYTES, "hash")
        if self.key.range is None:
            return slot_of(hashed), hashed, b""
        ranged = sortable(item[self.key.range.name])
        _check_length(self.key.range, ranged, MAX_RANGE_KEY_BYTES, "range")
        return slot_of(hashed), hashed, ranged


def slot_of(hashed: bytes) -> int:
    """The slot of a partition key."""
    return zlib.crc32(hashed) % SLOTS


def _check_index_key(index: IndexState, item: Item) -> None:
    for attribute in index.key.attributes:
        value: Value | None = item.get(attribute.name)
        if value is not None and attribute.type not in value:
            raise refused(
                "One or more parameter values were invalid: Type mismatch for Index Key"
                f" {attribute.name} Expected: {attribute.type} Actual: {next(iter(value))} IndexName: {index.name}"
            )


def _check_length(attribute: KeyAttribute, encoded: bytes, most: int, kind: str) -> None:
    if not encoded:
        raise refused(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an"
            f" empty {'binary' if attribute.type == 'B' else 'string'} value. Key: {attribute.name}"
        )
    if len(encoded) > most:
        raise refused(
            f"One or more parameter values were invalid: Size of {kind}key has exceeded the maximum size limit of"
            f" {most} bytes"
        )
