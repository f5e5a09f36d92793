"""BatchWriteItem and BatchGetItem."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from clickgen.local.dynamodb.expressions.projections import parse_projection
from clickgen.local.dynamodb.expressions.scope import Scope, check_members, projected
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, checked_item
from clickgen.local.dynamodb.limits import MAX_BATCH_READ_BYTES, MAX_BATCH_READS, MAX_BATCH_WRITES
from clickgen.local.dynamodb.schema import Key
from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.dynamodb.writes import Writes, refuse_legacy
from clickgen.local.platform.errors import ServiceError, serialization_error
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import Answer, Call


@dataclass(frozen=True)
class _Write:
    """One put or delete of a batch."""

    table: Table
    key: Key
    item: Item | None  # None: delete
    size: int
    request: dict[str, Any]  # as it came, for UnprocessedItems


class Batches:
    """The actions on several items at once."""

    def __init__(self, tables: Tables, single: Writes, faults: ServiceFaults) -> None:
        self._tables = tables
        self._single = single
        self._faults = faults

    def write(self, call: Call) -> Answer:
        """BatchWriteItem: what no fault fails is written in one transaction; the rest comes back."""
        requests = _of_tables(call.body)
        if sum(map(len, requests.values())) > MAX_BATCH_WRITES:
            raise refused("Too many items requested for the BatchWriteItem call")
        writes = [
            write for name, some in requests.items() for write in self._writes(self._tables.active(name), some)
        ]
        failing: dict[int, ServiceError] = {}
        first = 0
        for name, some in requests.items():
            drawn = self._faults.of(self._tables.active(name).state.name).failing(len(some))
            failing |= {first + index: error for index, error in drawn.items()}
            first += len(some)
        if failing:
            self._refuse(writes, failing)
        now, store = self._tables.now(), self._tables.store
        with store.transaction():
            for index, write in enumerate(writes):
                if index not in failing:
                    item, size = write.item, write.size
                    if item is not None:
                        item, size = self._single.as_it_arrives(write.table, item, size)
                    store.write(write.table.state, write.key, item, size, now)
                    write.table.written += 1
        unprocessed: dict[str, list[Any]] = {}
        for index in sorted(failing):
            unprocessed.setdefault(writes[index].table.state.name, []).append(writes[index].request)
        return {"UnprocessedItems": unprocessed} | _consumed_by(writes, call.body)

    def read(self, call: Call) -> Answer:
        """BatchGetItem: items in no promised order; keys behind the 16 MB come back."""
        requests = call.body.get("RequestItems")
        if not isinstance(requests, dict) or not requests:
            raise refused("RequestItems must name at least one table.")
        for request in requests.values():
            check_members(request)
            if not isinstance(request.get("Keys"), list):
                raise serialization_error("Keys must be a list.")
        if sum(len(request["Keys"]) for request in requests.values()) > MAX_BATCH_READS:
            raise refused("Too many items requested for the BatchGetItem call")
        found: dict[str, list[Item]] = {}
        left: dict[str, Any] = {}
        room = MAX_BATCH_READ_BYTES
        for name, request in requests.items():
            room = self._read_table(name, request, room, found, left)
        return {"Responses": found, "UnprocessedKeys": left}

    def _read_table(
        self, name: str, request: dict[str, Any], room: int, found: dict[str, list[Item]], left: dict[str, Any]
    ) -> int:
        """The items of one table, as long as there is room for them; the room that is left."""
        refuse_legacy(request, ("AttributesToGet",))
        table = self._tables.active(name)
        scope = Scope(request)
        text = request.get("ProjectionExpression")
        paths = None
        if text is not None:
            raw, placeholders = parse_projection(text)
            scope.use(placeholders)
            paths = [scope.path(path) for path in raw]
        scope.check_all_used()
        keys = [table.state.key_of(key) for key in request.get("Keys", ())]
        if len(set(keys)) != len(keys):
            raise refused("Provided list of item keys contains duplicates")
        items = found.setdefault(name, [])
        for index, key in enumerate(keys):
            if room <= 0:
                left[name] = request | {"Keys": request["Keys"][index:]}
                break
            body = self._tables.store.get(table.state, key)
            if body is not None:
                room -= len(body)
                item = orjson.loads(body)
                items.append(item if paths is None else projected(paths, item))
        return room

    def _writes(self, table: Table, requests: Sequence[Any]) -> list[_Write]:
        state = table.state
        writes = []
        for request in requests:
            match request:
                case {"PutRequest": {"Item": item}} if len(request) == 1:
                    size = checked_item(item)
                    writes.append(_Write(table, state.key_of_item(item), item, size, request))
                case {"DeleteRequest": {"Key": key}} if len(request) == 1:
                    writes.append(_Write(table, state.key_of(key), None, 0, request))
                case _:
                    raise refused(
                        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the"
                        " supported datatypes"
                        if isinstance(request, dict) and len(request) > 1
                        else "A request of the batch is neither a PutRequest nor a DeleteRequest."
                    )
        if len({write.key for write in writes}) != len(writes):
            raise refused("Provided list of item keys contains duplicates")
        return writes

    def _refuse(self, writes: Sequence[_Write], failing: dict[int, ServiceError]) -> None:
        """Count what is refused; raise its error if that is the whole call."""
        for index, error in failing.items():
            writes[index].table.refuse([error])
        if len(failing) == len(writes):
            raise failing[0]


def _of_tables(body: dict[str, Any]) -> dict[str, list[Any]]:
    """`RequestItems`; ServiceError if there are none, or too many for one table."""
    requests = body.get("RequestItems")
    if (
        not isinstance(requests, dict)
        or not requests
        or not all(isinstance(some, list) for some in requests.values())
    ):
        raise refused("RequestItems must name at least one table, each with a list of requests.")
    for some in requests.values():
        if not 1 <= len(some) <= MAX_BATCH_WRITES:
            raise refused(
                "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Map value must"
                f" satisfy constraint: [Member must have length less than or equal to {MAX_BATCH_WRITES}, Member"
                " must have length greater than or equal to 1]"
            )
    return requests


def _consumed_by(writes: Sequence[_Write], body: dict[str, Any]) -> dict[str, Any]:
    if body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        return {}
    units: dict[str, float] = {}
    for write in writes:
        name = write.table.state.name
        units[name] = units.get(name, 0.0) + 1 + (max(write.size, 1) - 1) // 1024
    return {"ConsumedCapacity": [{"TableName": name, "CapacityUnits": total} for name, total in units.items()]}
