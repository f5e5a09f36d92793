"""The keys and secondary indexes of a table: from requests, and described."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.limits import MAX_GLOBAL_INDEXES, MAX_LOCAL_INDEXES
from clickgen.local.dynamodb.schema import IndexState, KeyAttribute, KeyPair, TableState
from clickgen.local.dynamodb.shapes import CreateRequest, Index, KeyElement, Throughput

_INVALID = "One or more parameter values were invalid:"


def key_pair(elements: Sequence[KeyElement], types: Mapping[str, Literal["S", "N", "B"]]) -> KeyPair:
    """The key of a KeySchema; ServiceError if it is not valid."""
    kinds = [element.KeyType for element in elements]
    if kinds not in (["HASH"], ["HASH", "RANGE"]):
        raise refused(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type, or the second no RANGE"
        )
    missing = [element.AttributeName for element in elements if element.AttributeName not in types]
    if missing:
        raise refused(
            f"{_INVALID} Some index key attributes are not defined in AttributeDefinitions. Keys:"
            f" [{', '.join(missing)}], AttributeDefinitions: [{', '.join(types)}]"
        )
    names = [element.AttributeName for element in elements]
    if len(set(names)) != len(names):
        raise refused("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    attributes = [KeyAttribute(name=name, type=types[name]) for name in names]
    return KeyPair(hash=attributes[0], range=attributes[1] if len(attributes) > 1 else None)


def indexes_of(request: CreateRequest, table: TableState) -> list[IndexState]:
    """The indexes of a new table; ServiceError if one is not valid."""
    if len(request.GlobalSecondaryIndexes) > MAX_GLOBAL_INDEXES:
        raise refused(f"{_INVALID} GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL_INDEXES}")
    if len(request.LocalSecondaryIndexes) > MAX_LOCAL_INDEXES:
        raise refused(f"{_INVALID} LocalSecondaryIndex count exceeds the per-table limit of {MAX_LOCAL_INDEXES}")
    for index in request.LocalSecondaryIndexes:
        add_index(table, index, local=True)
    for index in request.GlobalSecondaryIndexes:
        add_index(table, index, local=False)
    return table.indexes


def add_index(table: TableState, wanted: Index, *, local: bool) -> IndexState:
    """Give a table an index, still to be filled; ServiceError if it is not valid."""
    if any(index.name == wanted.IndexName for index in table.indexes):
        raise refused(f"{_INVALID} Duplicate index name: {wanted.IndexName}")
    key = key_pair(wanted.KeySchema, table.types)
    if local and (key.hash != table.key.hash or key.range is None or table.key.range is None):
        raise refused(
            f"{_INVALID} Index KeySchema of the local index {wanted.IndexName} must have the table's HASH key and"
            " a RANGE key, and the table a RANGE key"
        )
    included = wanted.Projection.NonKeyAttributes or []
    if bool(included) != (wanted.Projection.ProjectionType == "INCLUDE"):
        raise refused(
            f"{_INVALID} ProjectionType is {wanted.Projection.ProjectionType}, and NonKeyAttributes is"
            f" {'' if included else 'not '}specified"
        )
    index = IndexState(
        name=wanted.IndexName,
        number=table.next_number(),
        local=local,
        key=key,
        projection=wanted.Projection.ProjectionType,
        included=included,
        throughput=units_of(wanted.ProvisionedThroughput),
    )
    table.indexes.append(index)
    return index


def units_of(throughput: Throughput | None) -> dict[str, int] | None:
    """The capacity that a request gives, if it gives any."""
    return None if throughput is None else throughput.model_dump()


def index_described(table: TableState, index: IndexState) -> dict[str, Any]:
    """The description of an index; the sizes of indexes are not counted."""
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = index.included
    answer = {
        "IndexName": index.name,
        "IndexArn": f"{table.arn}/index/{index.name}",
        "KeySchema": index.key.described(),
        "Projection": projection,
        "IndexSizeBytes": 0,
        "ItemCount": 0,
    }
    if index.local:
        return answer
    throughput = index.throughput or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    return answer | {
        "IndexStatus": "ACTIVE" if table.status == "UPDATING" else table.status,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **throughput},
    }
