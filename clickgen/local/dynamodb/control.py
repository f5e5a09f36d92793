"""The actions that create, describe, change and delete tables."""

import asyncio
from bisect import bisect_right
from datetime import UTC, datetime
from typing import Any

from clickgen.local.dynamodb.indexes import add_index, index_described, indexes_of, key_pair, units_of
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.schema import StreamState, TableState
from clickgen.local.dynamodb.shapes import CreateRequest, ListRequest, OfTable, StreamShape, UpdateRequest
from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import Shape, parse

_REPORTED = ("SSESpecification", "TableClass", "OnDemandThroughput", "WarmThroughput")


class TableControl:
    """The control plane of one lake's tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def create(self, call: Call) -> Answer:
        """CreateTable."""
        request = parse(CreateRequest, call.body)
        _refuse_others(request)
        if request.BillingMode == "PROVISIONED" and request.ProvisionedThroughput is None:
            raise refused("No provisioned throughput specified for the table")
        if request.BillingMode == "PAY_PER_REQUEST" and request.ProvisionedThroughput is not None:
            raise refused(
                "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can"
                " be specified when BillingMode is PAY_PER_REQUEST"
            )
        types = {one.AttributeName: one.AttributeType for one in request.AttributeDefinitions}
        state = TableState(
            name=request.TableName,
            region=call.region,
            id="",
            number=0,
            created=self._tables.now(),
            key=key_pair(request.KeySchema, types),
            types=types,
            billing=request.BillingMode,
            throughput=units_of(request.ProvisionedThroughput),
            tags={tag.Key: tag.Value for tag in request.Tags},
            protected=request.DeletionProtectionEnabled,
            settings=_reported(call.body),
        )
        state.indexes = indexes_of(request, state)
        _check_definitions(state)
        self._set_stream(state, request.StreamSpecification)
        table = self._tables.create(state)
        return {"TableDescription": await self._described(table)}

    async def describe(self, call: Call) -> Answer:
        """DescribeTable; the items are counted on each request, in a thread."""
        table = self._tables.find(parse(OfTable, call.body).TableName)
        return {"Table": await self._described(table)}

    async def delete(self, call: Call) -> Answer:
        """DeleteTable."""
        table = self._tables.changeable(parse(OfTable, call.body).TableName)
        if table.state.protected:
            raise refused(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion"
                " protection first."
            )
        description = await self._described(table)
        self._tables.delete(table)
        return {"TableDescription": description | {"TableStatus": "DELETING"}}

    def list(self, call: Call) -> Answer:
        """ListTables: names in alphabetical order, a page at a time."""
        request = parse(ListRequest, call.body)
        names = self._tables.names
        after = request.ExclusiveStartTableName
        begin = bisect_right(names, after) if after is not None else 0
        page = names[begin : begin + request.Limit]
        more = begin + len(page) < len(names)
        return {"TableNames": page} | ({"LastEvaluatedTableName": page[-1]} if more else {})

    async def update(self, call: Call) -> Answer:
        """UpdateTable: the stream, indexes, and what is only reported."""
        request = parse(UpdateRequest, call.body)
        _refuse_others(request)
        table = self._tables.changeable(request.TableName)
        state = table.state.model_copy(deep=True)
        if request.StreamSpecification is not None:
            self._change_stream(state, request.StreamSpecification)
        if request.BillingMode is not None:
            state.billing = request.BillingMode
        if request.ProvisionedThroughput is not None:
            state.throughput = units_of(request.ProvisionedThroughput)
        if request.DeletionProtectionEnabled is not None:
            state.protected = request.DeletionProtectionEnabled
        state.settings |= _reported(call.body)
        state.types |= {one.AttributeName: one.AttributeType for one in request.AttributeDefinitions}
        added = []
        for change in request.GlobalSecondaryIndexUpdates:
            if change.Create is not None:
                added.append(add_index(state, change.Create, local=False))
            if change.Delete is not None:
                state.indexes.remove(state.index(change.Delete.IndexName))
        used = {attribute.name for key in _keys(state) for attribute in key.attributes}
        state.types = {name: kind for name, kind in state.types.items() if name in used}
        table.state = state
        self._tables.updating(table)
        for index in added:
            with self._tables.store.transaction():
                self._tables.store.enter_all(state, index)
        return {"TableDescription": await self._described(table)}

    def _change_stream(self, state: TableState, wanted: StreamShape) -> None:
        if wanted.StreamEnabled == (state.stream is not None):
            raise refused(
                f"Table already has an enabled stream: TableName: {state.name}"
                if wanted.StreamEnabled
                else "Table has no stream to disable: TableName: " + state.name
            )
        if state.stream is not None:
            state.stream.closed = self._tables.now()
        self._set_stream(state, wanted)

    def _set_stream(self, state: TableState, wanted: StreamShape | None) -> None:
        if wanted is None or not wanted.StreamEnabled:
            if wanted is not None and wanted.StreamViewType is not None:
                raise refused("One or more parameter values were invalid: StreamViewType without StreamEnabled")
            return
        if wanted.StreamViewType is None:
            raise refused(
                "One or more parameter values were invalid: StreamViewType is required for a stream that is"
                " enabled"
            )
        now = self._tables.now()
        label = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        number = state.next_number()
        state.streams.append(StreamState(number=number, label=label, view=wanted.StreamViewType, created=now))

    async def _described(self, table: Table) -> dict[str, Any]:
        items, size = 0, 0
        if table.state.status != "CREATING":
            items, size = await asyncio.to_thread(self._tables.store.measure, table.state)
        return described(table.state, items, size)


def described(state: TableState, items: int, size: int) -> dict[str, Any]:
    """`TableDescription`, as the service words it."""
    throughput = state.throughput or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    answer: dict[str, Any] = {
        "TableName": state.name,
        "TableArn": state.arn,
        "TableId": state.id,
        "TableStatus": state.status,
        "CreationDateTime": state.created,
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in sorted(state.types.items())
        ],
        "KeySchema": state.key.described(),
        "ItemCount": items,
        "TableSizeBytes": size,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **throughput},
        "DeletionProtectionEnabled": state.protected,
    }
    if state.billing == "PAY_PER_REQUEST":
        answer["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        indexes = [index_described(state, index) for index in state.indexes if index.local == local]
        if indexes:
            answer[member] = indexes
    if state.stream is not None:
        answer["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": state.stream.view}
    if state.streams:
        answer["LatestStreamArn"] = state.stream_arn(state.streams[-1])
        answer["LatestStreamLabel"] = state.streams[-1].label
    if (encryption := state.settings.get("SSESpecification", {})).get("Enabled"):
        answer["SSEDescription"] = {"Status": "ENABLED", "SSEType": encryption.get("SSEType", "KMS")}
    if (table_class := state.settings.get("TableClass")) is not None:
        answer["TableClassSummary"] = {"TableClass": table_class}
    return answer


def _keys(state: TableState) -> list[Any]:
    return [state.key, *(index.key for index in state.indexes)]


def _check_definitions(state: TableState) -> None:
    used = {attribute.name for key in _keys(state) for attribute in key.attributes}
    if used != state.types.keys():
        raise refused(
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match"
            " number of attributes defined in AttributeDefinitions"
        )


def _reported(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in _REPORTED if name in body}


def _refuse_others(request: Shape) -> None:
    """ValidationException if the request has members that would be ignored."""
    others = sorted(request.model_extra or {})
    if others:
        raise refused(f"The embedded pipeline does not do {', '.join(others)}.")
