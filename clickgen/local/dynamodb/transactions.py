"""TransactWriteItems and TransactGetItems: all of it, or nothing."""

from typing import Any

import orjson

from clickgen.local.dynamodb.expressions.projections import parse_projection
from clickgen.local.dynamodb.expressions.scope import Scope, check_members, projected
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import checked_item
from clickgen.local.dynamodb.limits import (
    MAX_TRANSACTION_BYTES,
    MAX_TRANSACTION_ITEMS,
    TRANSACTION_TOKEN_SECONDS,
)
from clickgen.local.dynamodb.schema import Key
from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.dynamodb.writes import Writes
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import Answer, Call

_KINDS = {"Put": "put", "Update": "update", "Delete": "delete", "ConditionCheck": "check"}
_REASONS = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
}


class Transactions:
    """The actions on several items of which none takes effect without the others."""

    def __init__(self, tables: Tables, writes: Writes, faults: ServiceFaults) -> None:
        self._tables = tables
        self._writes = writes
        self._faults = faults
        self._done: dict[str, tuple[float, Any]] = {}

    def write(self, call: Call) -> Answer:
        """TransactWriteItems; TransactionCanceledException with a reason for each item."""
        parts = self._parts(call.body.get("TransactItems"))
        if self._is_done(call.body):
            return {}
        with self._tables.store.transaction():
            _check([self._reason(table, kind, body) for table, kind, body, _ in parts])
        for table, kind, _, _ in parts:
            table.written += kind != "check"
        token = call.body.get("ClientRequestToken")
        if token is not None:
            self._done[token] = (self._tables.now(), call.body["TransactItems"])
        return {}

    def read(self, call: Call) -> Answer:
        """TransactGetItems."""
        gets = call.body.get("TransactItems")
        if not isinstance(gets, list) or not 1 <= len(gets) <= MAX_TRANSACTION_ITEMS:
            raise refused(f"TransactItems must have from 1 to {MAX_TRANSACTION_ITEMS} elements.")
        return {"Responses": [self._get(one.get("Get") if isinstance(one, dict) else None) for one in gets]}

    def _get(self, get: Any) -> dict[str, Any]:
        check_members(get)
        table = self._tables.active(get.get("TableName"))
        body = self._tables.store.get(table.state, table.state.key_of(get.get("Key")))
        if body is None:
            return {}
        item = orjson.loads(body)
        text = get.get("ProjectionExpression")
        if text is None:
            return {"Item": item}
        scope = Scope(get)
        paths, placeholders = parse_projection(text)
        scope.use(placeholders)
        return {"Item": projected([scope.path(path) for path in paths], item)}

    def _parts(self, items: Any) -> list[tuple[Table, str, dict[str, Any], Key]]:
        if not isinstance(items, list) or not 1 <= len(items) <= MAX_TRANSACTION_ITEMS:
            raise refused(f"TransactItems must have from 1 to {MAX_TRANSACTION_ITEMS} elements.")
        parts = []
        for item in items:
            if not isinstance(item, dict) or len(item) != 1 or not item.keys() <= _KINDS.keys():
                raise refused(
                    "TransactItems can only contain one of Check, Put, Update or Delete in each element."
                )
            [(name, body)] = item.items()
            check_members(body)
            table = self._tables.active(body.get("TableName"))
            state = table.state
            if name == "Put":
                checked_item(body.get("Item"))
            key = state.key_of_item(body["Item"]) if name == "Put" else state.key_of(body.get("Key"))
            parts.append((table, _KINDS[name], body, key))
        if len({(table.state.name, key) for table, _, _, key in parts}) != len(parts):
            raise refused("Transaction request cannot include multiple operations on one item")
        if len(orjson.dumps(items)) > 2 * MAX_TRANSACTION_BYTES:
            raise refused("Transaction request size exceeds 4 MB")
        return parts

    def _reason(self, table: Table, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Carry one part out; why it cannot be."""
        try:
            for failure in self._faults.of(table.state.name).failing(1).values():
                raise failure
            self._writes.change(table, kind, body)
        except ServiceError as error:
            if error.code not in _REASONS:
                raise
            return {"Code": _REASONS[error.code], "Message": error.message, **error.members}
        return {"Code": "None"}

    def _is_done(self, body: dict[str, Any]) -> bool:
        """Whether the same transaction was carried out a short time ago."""
        since = self._tables.now() - TRANSACTION_TOKEN_SECONDS
        self._done = {token: done for token, done in self._done.items() if done[0] > since}
        done = self._done.get(str(body.get("ClientRequestToken")))
        if done is not None and done[1] != body["TransactItems"]:
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "The request with this ClientRequestToken had other items",
            )
        return done is not None


def _check(reasons: list[dict[str, Any]]) -> None:
    """TransactionCanceledException, with a reason for each item, if one could not be written."""
    codes = [reason["Code"] for reason in reasons]
    if set(codes) != {"None"}:
        raise ServiceError(
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]",
            members={"CancellationReasons": reasons},
        )
