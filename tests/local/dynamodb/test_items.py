"""Items: put, got, updated, deleted, with conditions and expressions; alike here and at moto."""

from collections.abc import Iterator
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from tests.local.dynamodb.conftest import TableOf, code_of, make_table
from tests.support.local_server import service_client

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def typed(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in plain.items()}


def plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


class Place:
    """A table somewhere, spoken to in plain values."""

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.table = table

    def put(self, item: dict[str, Any], **options: Any) -> dict[str, Any]:
        return dict(self.client.put_item(TableName=self.table, Item=typed(item), **_values(options)))

    def get(self, **options: Any) -> dict[str, Any] | None:
        answer = self.client.get_item(TableName=self.table, Key={"id": {"S": "a"}}, **options)
        return plain(answer["Item"]) if "Item" in answer else None

    def update(self, expression: str, **options: Any) -> dict[str, Any]:
        return dict(
            self.client.update_item(
                TableName=self.table, Key={"id": {"S": "a"}}, UpdateExpression=expression, **_values(options)
            )
        )

    def delete(self, **options: Any) -> dict[str, Any]:
        return dict(self.client.delete_item(TableName=self.table, Key={"id": {"S": "a"}}, **_values(options)))


def _values(options: dict[str, Any]) -> dict[str, Any]:
    """Plain values become typed; names and values go by their first sign."""
    given = dict(options)
    names = given.pop("names", None)
    values = given.pop("values", None)
    if names is not None:
        given["ExpressionAttributeNames"] = names
    if values is not None:
        given["ExpressionAttributeValues"] = typed(values)
    return given


@pytest.fixture(params=["embedded", "moto"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A table here, and one at moto."""
    if request.param == "embedded":
        yield Place(request.getfixturevalue("dynamodb"), request.getfixturevalue("table_of")())
    else:
        client = service_client("dynamodb", request.getfixturevalue("moto"))
        yield Place(client, make_table(client, "clicks"))
        client.close()


@pytest.fixture
def here(dynamodb: Any, table_of: TableOf) -> Place:
    """A table here alone, where moto differs from the service."""
    return Place(dynamodb, table_of())


EVERYTHING = {
    "id": "a",
    "text": "Grüße",
    "number": 12,
    "bytes": b"\x00\xff",
    "yes": True,
    "nothing": None,
    "list": [1, "two", {"three": 3}],
    "map": {"deep": {"deeper": [1]}},
    "texts": {"x", "y"},
    "numbers": {1, 2},
}


def test_an_item_comes_back_as_it_was_put(place: Place) -> None:
    assert place.get() is None
    place.put(EVERYTHING)
    assert place.get() == EVERYTHING
    assert place.put({"id": "a"}, ReturnValues="ALL_OLD")["Attributes"] == typed(EVERYTHING)
    assert place.get() == {"id": "a"}
    assert plain(place.delete(ReturnValues="ALL_OLD")["Attributes"]) == {"id": "a"}
    assert "Attributes" not in place.delete(ReturnValues="ALL_OLD")


def test_a_projection_gives_parts_of_an_item(here: Place) -> None:
    here.put(EVERYTHING)
    names = {"#n": "number", "#l": "list", "#m": "map"}
    options = {"ProjectionExpression": "#n, #l[2].three, #m.deep", "ExpressionAttributeNames": names}
    assert here.get(**options) == {"number": 12, "list": [{"three": 3}], "map": {"deep": {"deeper": [1]}}}


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("SET n = :v", {":v": 5}, {"n": 5}),
        ("SET n = n + :v, t = :t", {":v": 5, ":t": "x"}, {"n": 15, "t": "x"}),
        ("SET n = :v - n", {":v": 5}, {"n": -5}),
        ("SET m.x = :v, m.y = if_not_exists(m.y, :v)", {":v": 7}, {"m": {"x": 7, "y": 2}}),
        ("SET z = if_not_exists(z, :zero) + :one", {":zero": 0, ":one": 1}, {"z": 1}),
        ("SET l = list_append(l, :v)", {":v": [9]}, {"l": [1, 2, 3, 9]}),
        ("SET l[1] = :v", {":v": 9}, {"l": [1, 9, 3]}),
        ("SET l[50] = :v", {":v": 9}, {"l": [1, 2, 3, 9]}),
        ("REMOVE n, l[0], m.y", None, {"n": None, "l": [2, 3], "m": {"x": 1}}),
        ("ADD n :v, fresh :v", {":v": 2}, {"n": 12, "fresh": 2}),
        ("ADD s :v", {":v": {"b", "c"}}, {"s": {"a", "b", "c"}}),
        ("DELETE s :v", {":v": {"a"}}, {"s": {"b"}}),
        ("DELETE s :v", {":v": {"a", "b"}}, {"s": None}),
        ("SET a = n, n = :v REMOVE t", {":v": 1}, {"a": 10, "n": 1, "t": None}),
    ],
)
def test_an_update_changes_what_it_says(
    place: Place, expression: str, values: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    before = {"id": "a", "n": 10, "t": "text", "l": [1, 2, 3], "m": {"x": 1, "y": 2}, "s": {"a", "b"}}
    place.put(before)
    options = {"values": values} if values else {}
    place.update(expression, **options)
    after = {name: value for name, value in (before | expected).items() if value is not None}
    assert place.get() == after


def test_an_update_makes_an_item_and_returns_what_is_wanted(here: Place) -> None:
    answer = here.update("SET n = :v", values={":v": 1}, ReturnValues="ALL_NEW")
    assert plain(answer["Attributes"]) == {"id": "a", "n": 1}
    here.put({"id": "a", "n": 1, "m": {"x": 1, "y": 2}})
    for wanted, expected in {
        "UPDATED_OLD": {"n": 1, "m": {"x": 1}},
        "UPDATED_NEW": {"n": 5, "m": {"x": 5}},
        "ALL_OLD": {"id": "a", "n": 5, "m": {"x": 5, "y": 2}},
    }.items():
        answer = here.update("SET n = :v, m.x = :v", values={":v": 5}, ReturnValues=wanted)
        assert plain(answer["Attributes"]) == expected
    assert "Attributes" not in here.update("SET n = :v", values={":v": 6}, ReturnValues="NONE")


CONDITIONED = {"id": "a", "n": 10, "t": "text", "l": [1, "x"], "s": {"p"}, "m": {"k": "v"}, "no": None}


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("attribute_exists(n)", None, True),
        ("attribute_not_exists(n)", None, False),
        ("attribute_exists(m.k) AND NOT attribute_exists(m.gone)", None, True),
        ("n = :v", {":v": 10}, True),
        ("n <> :v", {":v": 10}, False),
        ("n > :v OR t = :t", {":v": 11, ":t": "text"}, True),
        ("n > :v AND t = :t OR n = :w", {":v": 11, ":t": "text", ":w": 10}, True),
        ("n > :v AND (t = :t OR n = :w)", {":v": 11, ":t": "text", ":w": 10}, False),
        ("n BETWEEN :a AND :b", {":a": 10, ":b": 20}, True),
        ("n IN (:a, :b)", {":a": 1, ":b": 10}, True),
        ("t = :v", {":v": 10}, False),
        ("begins_with(t, :v)", {":v": "te"}, True),
        ("contains(t, :v)", {":v": "ex"}, True),
        ("contains(l, :v)", {":v": "x"}, True),
        ("contains(s, :v)", {":v": "q"}, False),
        ("size(t) = :v", {":v": 4}, True),
        ("size(l) < :v", {":v": 2}, False),
        ("attribute_type(m, :v)", {":v": "M"}, True),
        ("gone <> :v", {":v": 1}, True),
    ],
)
def test_a_condition_decides_whether_an_item_is_written(
    place: Place, condition: str, values: dict[str, Any] | None, holds: bool
) -> None:
    place.put(CONDITIONED)
    options = {"ConditionExpression": condition} | ({"values": values} if values else {})
    if holds:
        place.put({"id": "a", "new": 1}, **options)
        assert place.get() == {"id": "a", "new": 1}
    else:
        with pytest.raises(ClientError) as refused:
            place.put({"id": "a", "new": 1}, **options)
        assert code_of(refused) == "ConditionalCheckFailedException"
        assert place.get() == CONDITIONED


def test_a_failed_condition_can_return_the_item(place: Place) -> None:
    place.put({"id": "a", "n": 1})
    with pytest.raises(ClientError) as refused:
        place.delete(ConditionExpression="n = :v", values={":v": 2}, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    response: Any = refused.value.response
    assert plain(response["Item"]) == {"id": "a", "n": 1}


@pytest.mark.parametrize(
    ("expression", "options", "says"),
    [
        ("SET", {}, "Syntax error"),
        ("SET a = :v", {}, "attribute value: :v"),
        ("SET a = :v", {"values": {":v": 1, ":w": 2}}, "unused in expressions"),
        ("SET a = b", {}, "does not exist in the item"),
        ("SET a = t + :v", {"values": {":v": 1}}, "operand"),
        ("SET name = :v", {"values": {":v": 1}}, "reserved keyword"),
        ("SET a = :v, a.b = :v", {"values": {":v": 1}}, "overlap"),
        ("SET m.x.y = :v", {"values": {":v": 1}}, "invalid for update"),
        ("SET id = :v", {"values": {":v": "b"}}, "part of the key"),
    ],
)
def test_an_update_that_cannot_be_is_refused(
    place: Place, expression: str, options: dict[str, Any], says: str
) -> None:
    place.put({"id": "a", "t": "text", "m": {"n": 1}})
    with pytest.raises(ClientError) as refused:
        place.update(expression, **options)
    assert code_of(refused) == "ValidationException"
    assert says in str(refused.value)
    assert place.get() == {"id": "a", "t": "text", "m": {"n": 1}}


def test_a_name_that_stands_for_nothing_is_refused(here: Place) -> None:
    with pytest.raises(ClientError, match="not defined; attribute name: #a"):
        here.update("SET #a = :v", values={":v": 1})
    with pytest.raises(ClientError, match=r"unused in expressions: keys: \{#b\}"):
        here.update("SET a = :v", values={":v": 1}, names={"#b": "b"})
    with pytest.raises(ClientError, match="legacy parameters Expected"):
        here.put({"id": "a"}, Expected={"id": {"Exists": False}})
