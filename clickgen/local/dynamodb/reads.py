"""GetItem, Query and Scan."""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from clickgen.local.dynamodb.expressions.conditions import Test, parse_condition
from clickgen.local.dynamodb.expressions.lexer import Path
from clickgen.local.dynamodb.expressions.projections import parse_projection
from clickgen.local.dynamodb.expressions.scope import Scope, projected
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, checked_item
from clickgen.local.dynamodb.key_conditions import span_of
from clickgen.local.dynamodb.limits import MAX_PAGE_BYTES
from clickgen.local.dynamodb.schema import SLOTS, IndexState, TableState
from clickgen.local.dynamodb.store import Row, Span
from clickgen.local.dynamodb.tables import Tables
from clickgen.local.dynamodb.writes import consumed, refuse_legacy
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.service import Answer, Call

_LEGACY = ("AttributesToGet", "KeyConditions", "QueryFilter", "ScanFilter", "ConditionalOperator")


@dataclass(frozen=True)
class _Reading:
    """What a Query or Scan looks at and gives."""

    table: TableState
    index: IndexState | None
    scope: Scope
    filter: Test | None
    paths: list[Path] | None  # of the projection; None gives everything
    counts_only: bool
    limit: int | None  # of the items that are looked at


class Reads:
    """The actions that read items."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, call: Call) -> Answer:
        """GetItem; an answer without Item if there is none."""
        body = call.body
        refuse_legacy(body, _LEGACY)
        table = self._tables.active(body.get("TableName"))
        scope = Scope(body)
        paths = _projection(body, scope)
        scope.check_all_used()
        kept = self._tables.store.get(table.state, table.state.key_of(body.get("Key")))
        answer = consumed(body, table.state.name, lambda: _read_units(len(kept or b""), body))
        if kept is None:
            return answer
        if paths is None:
            return answer | {"Item": orjson.Fragment(kept)}
        return answer | {"Item": projected(paths, orjson.loads(kept))}

    def query(self, call: Call) -> Answer:
        """Query: the items of one partition key, in the order of the sort key."""
        body = call.body
        reading = self._reading(body)
        key = reading.table.key if reading.index is None else reading.index.key
        text = body.get("KeyConditionExpression")
        if not isinstance(text, str):
            raise refused(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
            )
        span = span_of(text, key, reading.scope)
        reading.scope.check_all_used()
        span = replace(span, forward=body.get("ScanIndexForward", True) is not False)
        return self._page(reading, span, body)

    def scan(self, call: Call) -> Answer:
        """Scan: all items, or those of one of several segments."""
        body = call.body
        reading = self._reading(body)
        reading.scope.check_all_used()
        total, segment = body.get("TotalSegments"), body.get("Segment")
        span = Span()
        if total is not None or segment is not None:
            if not isinstance(total, int) or not isinstance(segment, int):
                raise refused("The TotalSegments and Segment parameters must be given together.")
            if not 0 <= segment < total <= 1_000_000:
                raise refused(
                    "The Segment parameter is zero-based and must be less than parameter TotalSegments:"
                    f" Segment: {segment} is not less than TotalSegments: {total}"
                )
            span = Span(slots=(SLOTS * segment // total, SLOTS * (segment + 1) // total))
        return self._page(reading, span, body)

    def _reading(self, body: dict[str, Any]) -> _Reading:
        refuse_legacy(body, _LEGACY)
        table = self._tables.active(body.get("TableName")).state
        name, limit = body.get("IndexName"), body.get("Limit")
        index = None if name is None else table.index(name)
        if index is not None and not index.local and body.get("ConsistentRead"):
            raise refused("Consistent reads are not supported on global secondary indexes")
        if limit is not None and (not isinstance(limit, int) or limit < 1):
            raise refused(
                f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member"
                " must have value greater than or equal to 1"
            )
        scope = Scope(body)
        test = None
        if (text := body.get("FilterExpression")) is not None:
            test, placeholders = parse_condition(text, "FilterExpression")
            scope.use(placeholders)
        counts_only = body.get("Select") == "COUNT"
        return _Reading(table, index, scope, test, _projection(body, scope), counts_only, limit)

    def _page(self, reading: _Reading, span: Span, body: dict[str, Any]) -> Answer:
        start = body.get("ExclusiveStartKey")
        if start is not None:
            span = replace(span, after=_place(reading, start))
        items: list[Any] = []
        matched = scanned = size = 0
        last: Row | None = None
        for row in self._tables.store.rows(reading.table, reading.index, span):
            scanned += 1
            size += row.size
            last = row
            found = _given(reading, row)
            if found is not None:
                matched += 1
                if not reading.counts_only:
                    items.append(found)
            if scanned == reading.limit or size >= MAX_PAGE_BYTES:
                break
        else:
            last = None
        answer: dict[str, Any] = {"Count": matched, "ScannedCount": scanned}
        if not reading.counts_only:
            answer["Items"] = items
        if last is not None:
            answer["LastEvaluatedKey"] = _key_part(reading, orjson.loads(last.body))
        return answer | consumed(body, reading.table.name, lambda: _read_units(size, body))


def _projection(body: dict[str, Any], scope: Scope) -> list[Path] | None:
    text = body.get("ProjectionExpression")
    if text is None:
        return None
    paths, placeholders = parse_projection(text)
    scope.use(placeholders)
    return [scope.path(path) for path in paths]


def _given(reading: _Reading, row: Row) -> Any:
    """What is given of an item; None if the filter does not let it through."""
    whole = reading.index is None or reading.index.projection == "ALL"
    if reading.filter is None and reading.paths is None and whole:
        return orjson.Fragment(row.body)
    item: Item = orjson.loads(row.body)
    if reading.index is not None and not whole:
        item = _of_index(reading.table, reading.index, item)
    if reading.filter is not None and not reading.filter.holds(reading.scope, item):
        return None
    return item if reading.paths is None else projected(reading.paths, item)


def _of_index(table: TableState, index: IndexState, item: Item) -> Item:
    """The attributes of an item that an index has."""
    names = {attribute.name for key in (table.key, index.key) for attribute in key.attributes}
    names.update(index.included)
    return {name: value for name, value in item.items() if name in names}


def _key_part(reading: _Reading, item: Item) -> Item:
    """What a page's last item is known by."""
    part = reading.table.key.part(item)
    return part if reading.index is None else reading.index.key.part(item) | part


def _place(reading: _Reading, start: Any) -> tuple[int | bytes, ...]:
    """Where an ExclusiveStartKey is; ServiceError if it is not one of the table or index."""
    wrong = refused("The provided starting key is invalid: The provided key element does not match the schema")
    if not isinstance(start, dict):
        raise wrong
    checked_item(start)
    own = {attribute.name for attribute in reading.table.key.attributes}
    try:
        key = reading.table.key_of({name: value for name, value in start.items() if name in own})
    except ServiceError:
        raise wrong from None
    if reading.index is None:
        if start.keys() != own:
            raise wrong
        return key
    entry = reading.index.key.of(start)
    if entry is None:
        raise wrong
    return (*entry, *key)


def _read_units(size: int, body: dict[str, Any]) -> float:
    units = 1 + (max(size, 1) - 1) // 4096
    return float(units) if body.get("ConsistentRead") else units / 2
