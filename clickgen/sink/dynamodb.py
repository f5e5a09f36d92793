"""DynamoDB: BatchWriteItem through boto3, one attempt a call; an event is an item.

Limits: API reference of BatchWriteItem and the Developer Guide, "Quotas" and "Item sizes and formats": 25 puts
or 16 MB a call, no key twice in a call, 400 KB an item, 2,048 bytes a partition key, 1,024 a sort key; numbers
have at most 38 digits. Writing is billed in units of 1 KB an item.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal, DecimalException
from functools import cache
from typing import TYPE_CHECKING, Any

from clickgen.model.batch import Answer, Batch, CallResult, NoAnswer, Refusal, RefusedRecord, SinkLimits
from clickgen.model.destination import DynamoDbDestination
from clickgen.sink.answers import attempt
from clickgen.sink.aws import access_to, make_client
from clickgen.sink.interface import Gate, Leave, at_once
from clickgen.sink.kind import Opening, SinkKind, name_reader

if TYPE_CHECKING:
    from clickgen.sink.checked_answers import Members

ITEM_BYTES = 400 * 1024
PARTITION_KEY_BYTES, SORT_KEY_BYTES = 2048, 1024
# an event's text is about as long as its item; what the item really measures is looked at before the call
LIMITS = SinkLimits(records=25, record_bytes=ITEM_BYTES, call_bytes=16_000_000, bill_unit=1024)
KEY_TYPES = {"S": "text", "N": "a number"}  # of those that a key can have, what JSON can hold
_HINTS = {
    "ResourceNotFoundException": "check the table's name, the region and the account",
    "AccessDeniedException": "sending needs the permission dynamodb:BatchWriteItem on the table",
    "ItemCollectionSizeLimitExceededException": "a partition with a local index holds 10 GB at most",
}


class _UnfitError(Exception):
    """The event cannot be an item of the table: code and words."""


class DynamoDbSink:
    """One table. `client` must have botocore's own retries off, so that every attempt is in the ledger.

    keys: the names of the key fields with their type, S or N, the partition key first. Of the events in a call
    that have the same key only the last is put; the others share its fate, and count as overwritten if it is
    accepted. Which of two calls writes last is not known.
    """

    limits = LIMITS

    def __init__(self, client: Any, table: str, keys: Mapping[str, str]) -> None:
        # Any: the stubs of dynamodb are an extra of their own
        self._client = client
        self._gate = Gate(client)
        self._table = table
        self._keys = dict(keys)

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        """One BatchWriteItem call, or none if no event can be an item."""
        positions = range(len(batch)) if records is None else records
        unfit: list[RefusedRecord] = []
        same_key: dict[Hashable, list[int]] = {}
        items: dict[Hashable, dict[str, Any]] = {}
        for position in positions:
            try:
                item = self._item(batch.record(position))
            except _UnfitError as problem:
                code, message = problem.args
                unfit.append(RefusedRecord(position, Refusal.FINAL, code, message))
                continue
            key = self._key_of(item)
            same_key.setdefault(key, []).append(position)
            items[key] = item
        if not items:
            return Answer(tuple(unfit))
        with self._gate.held(leave):
            return attempt(lambda: self._read(self._call(list(items.values())), same_key, unfit), _HINTS)

    def _call(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        puts = [{"PutRequest": {"Item": item}} for item in items]
        return dict(self._client.batch_write_item(RequestItems={self._table: puts}))

    def _read(
        self, answer: dict[str, Any], same_key: dict[Hashable, list[int]], unfit: list[RefusedRecord]
    ) -> CallResult:
        if "UnprocessedItems" not in answer:
            return NoAnswer("the answer does not say what was left unprocessed")
        left = [put for puts in answer["UnprocessedItems"].values() for put in puts]
        unprocessed = {self._key_of(put["PutRequest"]["Item"]) for put in left}
        if not unprocessed <= same_key.keys():
            return NoAnswer("the answer speaks of items that the call did not have")
        waiting = [position for key in unprocessed for position in same_key[key]]
        words = "UnprocessedItems", "the table had no room for it"
        refused = [RefusedRecord(position, Refusal.THROTTLED, *words) for position in sorted(waiting)]
        overwritten = sum(len(found) - 1 for key, found in same_key.items() if key not in unprocessed)
        return Answer((*unfit, *refused), overwritten)

    def _item(self, event: bytes) -> dict[str, Any]:
        """The event with DynamoDB's types; _UnfitError if it cannot be an item of this table."""
        try:
            fields: dict[str, Any] = json.loads(event, parse_int=_number, parse_float=_number)
            for index, (field, kind) in enumerate(self._keys.items()):
                _check_key(fields, field, kind, SORT_KEY_BYTES if index else PARTITION_KEY_BYTES)
            serialize = _types().TypeSerializer().serialize
            item = {name: serialize(value) for name, value in fields.items()}
            size = sum(len(name.encode()) + item_size(value) for name, value in item.items())
        except DecimalException as problem:
            raise _UnfitError("NumberOutOfRange", "it has a number that DynamoDB cannot hold exactly") from problem
        except (ValueError, TypeError, RecursionError) as problem:
            raise _UnfitError("NoItem", f"it cannot be an item: {problem}") from problem
        if size > ITEM_BYTES:
            raise _UnfitError("ItemTooLarge", f"as an item it has {size:,} bytes, the limit is {ITEM_BYTES:,}")
        return item

    def _key_of(self, item: Mapping[str, Any]) -> Hashable:
        """The same for items that are one to DynamoDB: 1 and 1.0 are the same number."""
        return tuple(_types().TypeDeserializer().deserialize(item[field]) for field in self._keys)


def table_keys(facts: "Members") -> dict[str, str]:
    """The key attributes with their types, the partition key first, as DescribeTable gives them.

    Raises UnusableAnswer.
    """
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in facts["AttributeDefinitions"]}
    schema = sorted(facts["KeySchema"], key=lambda entry: bool(entry["KeyType"] != "HASH"))
    names = [entry["AttributeName"] for entry in schema]
    if not names or any(name not in types for name in names):
        facts.place.refuse("with a KeySchema that AttributeDefinitions does not explain")
    return {name: types[name] for name in names}


def item_size(value: Mapping[str, Any]) -> int:
    """Bytes that DynamoDB counts for a typed value, at most (Developer Guide, "Item sizes and formats")."""
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return len(held) // 2 + 2
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + item_size(inner) for name, inner in held.items())
    if kind == "L":
        return 3 + sum(1 + item_size(inner) for inner in held)
    return 1  # null, true or false


@cache
def _types() -> Any:
    """boto3's types of DynamoDB, imported when an item is made: every command that names a destination is here."""
    from boto3.dynamodb import types

    return types


def _number(text: str) -> Decimal:
    number: Decimal = _types().DYNAMODB_CONTEXT.create_decimal(text)
    return number


def _check_key(fields: Mapping[str, Any], field: str, kind: str, most: int) -> None:
    if field not in fields:
        raise _UnfitError("MissingKey", f"the event has no field {field!r}, a key of the table")
    value = fields[field]
    if not isinstance(value, str if kind == "S" else Decimal):
        raise _UnfitError("WrongKeyType", f"field {field!r}, a key of the table, must be {KEY_TYPES[kind]}")
    if isinstance(value, str) and not 0 < len(value.encode()) <= most:
        raise _UnfitError("WrongKeyLength", f"field {field!r}, a key of the table, must have 1 to {most:,} bytes")


def _open(to: DynamoDbDestination, opening: Opening) -> DynamoDbSink:
    client = make_client("dynamodb", access_to(to), connections=opening.connections)
    return DynamoDbSink(client, to.stream, to.keys)


KIND = SinkKind(
    prefix="dynamodb:",
    form="dynamodb:TABLE",
    # API reference of CreateTable
    read_name=name_reader(r"[a-zA-Z0-9_.-]{3,255}", "3 to 255 letters, digits, _ . or -"),
    on_network=True,
    limits=lambda _: LIMITS,
    open=_open,
    paid_for="writing",
    never_packed_because="an item is one event",
    verified_as="dynamodb",
)
