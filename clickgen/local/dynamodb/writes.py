"""PutItem, UpdateItem and DeleteItem, each with its condition; the same changes inside transactions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from clickgen.local.dynamodb.expressions.conditions import Test, parse_condition
from clickgen.local.dynamodb.expressions.lexer import Path
from clickgen.local.dynamodb.expressions.scope import Scope, check_members, projected
from clickgen.local.dynamodb.expressions.updates import apply_update, parse_update
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, checked_item
from clickgen.local.dynamodb.schema import Key
from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults, half_of_item
from clickgen.local.platform.service import Answer, Call

_LEGACY = ("Expected", "AttributeUpdates", "ConditionalOperator")


@dataclass(frozen=True)
class Change:
    """What a write did to an item: as it was and is, None if it was or is not there.

    touched: the paths that an update names.
    """

    old: Item | None
    new: Item | None
    touched: list[Path]

    @property
    def units(self) -> float:
        """What it consumes: a unit for each KiB of the larger item."""
        sizes = [checked_item(item) for item in (self.old, self.new) if item is not None]
        return float(1 + (max(sizes, default=1) - 1) // 1024)


class Writes:
    """The actions that write one item."""

    def __init__(self, tables: Tables, faults: ServiceFaults) -> None:
        self._tables = tables
        self._faults = faults

    def put(self, call: Call) -> Answer:
        """PutItem."""
        return self._perform(call, "put", {"NONE", "ALL_OLD"})

    def delete(self, call: Call) -> Answer:
        """DeleteItem."""
        return self._perform(call, "delete", {"NONE", "ALL_OLD"})

    def update(self, call: Call) -> Answer:
        """UpdateItem."""
        return self._perform(call, "update", {"NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"})

    def change(self, table: Table, kind: str, body: dict[str, Any]) -> Change:
        """Carry out a put, a delete, an update or the check of a condition, inside a transaction. ServiceError."""
        scope = Scope(body)
        text = body.get("ConditionExpression")
        condition = None if text is None else _condition(text, scope)
        if kind == "put":
            item = body.get("Item")
            size = checked_item(item)
            key = table.state.key_of_item(item or {})
            scope.check_all_used()
            return self._put(table, key, item or {}, size, condition, scope, body)
        key = table.state.key_of(body.get("Key"))
        if kind == "update":
            return self._update(table, key, condition, scope, body)
        scope.check_all_used()
        old = self._checked(table, key, condition, scope, body)
        if kind == "delete":
            self._tables.store.write(table.state, key, None, 0, self._tables.now())
        return Change(old, None if kind == "delete" else old, [])

    def _perform(self, call: Call, kind: str, returnable: set[str]) -> Answer:
        body = call.body
        refuse_legacy(body, _LEGACY)
        table = self._tables.active(body.get("TableName"))
        wanted = body.get("ReturnValues", "NONE")
        if wanted not in returnable:
            raise refused(f"Return values set to invalid value: {wanted}")
        for failure in self._faults.of(table.state.name).failing(1).values():
            table.refuse([failure])
            raise failure
        with self._tables.store.transaction():
            change = self.change(table, kind, body)
        table.written += 1
        answer: dict[str, Any] = {}
        attributes = _returned(change, wanted)
        if attributes:
            answer["Attributes"] = attributes
        return answer | consumed(body, table.state.name, lambda: change.units)

    def _put(
        self,
        table: Table,
        key: Key,
        item: Item,
        size: int,
        condition: Test | None,
        scope: Scope,
        body: dict[str, Any],
    ) -> Change:
        old = None
        if condition is not None or body.get("ReturnValues", "NONE") != "NONE":
            old = self._checked(table, key, condition, scope, body)
        self._tables.store.write(table.state, key, *self.as_it_arrives(table, item, size), self._tables.now())
        return Change(old, item, [])

    def _update(
        self, table: Table, key: Key, condition: Test | None, scope: Scope, body: dict[str, Any]
    ) -> Change:
        text = body.get("UpdateExpression")
        actions, placeholders = ((), frozenset[str]()) if text is None else parse_update(text)
        scope.use(placeholders)
        scope.check_all_used()
        old = self._checked(table, key, condition, scope, body)
        names = [attribute.name for attribute in table.state.key.attributes]
        new, touched = apply_update(actions, scope, dict(body["Key"]) if old is None else old, names)
        size = checked_item(new)
        table.state.key_of_item(new)
        self._tables.store.write(table.state, key, *self.as_it_arrives(table, new, size), self._tables.now())
        return Change(old, new, touched)

    def as_it_arrives(self, table: Table, item: Item, size: int) -> tuple[Item, int]:
        """An item and its size as they are kept: a planted fault may have damaged it on its way in."""
        if not self._faults.of(table.state.name).poisons_next():
            return item, size
        keys = frozenset(attribute.name for attribute in table.state.key.attributes)
        damaged = half_of_item(item, keys)
        return damaged, checked_item(damaged)

    def _checked(
        self, table: Table, key: Key, condition: Test | None, scope: Scope, body: dict[str, Any]
    ) -> Item | None:
        """The item as it is; ConditionalCheckFailedException if it does not meet the condition."""
        kept = self._tables.store.get(table.state, key)
        old: Item | None = None if kept is None else orjson.loads(kept)
        if condition is not None and not condition.holds(scope, old or {}):
            wanted = body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old is not None
            raise ServiceError(
                "ConditionalCheckFailedException",
                "The conditional request failed",
                members={"Item": old} if wanted else None,
            )
        return old


def _condition(text: str, scope: Scope) -> Test:
    condition, placeholders = parse_condition(text, "ConditionExpression")
    scope.use(placeholders)
    return condition


def _returned(change: Change, wanted: str) -> Item | None:
    match wanted:
        case "ALL_OLD":
            return change.old
        case "ALL_NEW":
            return change.new
        case "UPDATED_OLD":
            return projected(change.touched, change.old or {})
        case "UPDATED_NEW":
            return projected(change.touched, change.new or {})
    return None


def refuse_legacy(body: dict[str, Any], members: tuple[str, ...]) -> None:
    """ValidationException if a request has a member from before expressions, or one that is not valid at all."""
    check_members(body)
    given = [member for member in members if member in body]
    if given:
        raise refused(
            f"The embedded pipeline does not take the legacy parameters {', '.join(given)}; use expressions."
        )


def consumed(body: dict[str, Any], table: str, units: Callable[[], float]) -> dict[str, Any]:
    """`ConsumedCapacity` if the request wants it."""
    if body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        return {}
    return {"ConsumedCapacity": {"TableName": table, "CapacityUnits": units()}}
