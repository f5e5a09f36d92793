"""Query and Scan: keys, order, pages, filters, segments, indexes."""

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local.dynamodb.conftest import TableOf, code_of, keys_of, make_table
from tests.local.dynamodb.test_tables import all_items, puts
from tests.support.local_server import LocalServer


@pytest.fixture(scope="module")
def visits(dynamodb: Any) -> str:
    """A table of 4 users with 10 visits each, at 0, 1, 2 … and with a text beside."""
    name = make_table(dynamodb, "visits", "user:S, at:N")
    rows = [
        {"user": {"S": f"u{user}"}, "at": {"N": str(at - 3)}, "page": {"S": f"p{at % 3}"}, "n": {"N": str(at)}}
        for user in range(4)
        for at in range(10)
    ]
    for start in range(0, 40, 20):
        dynamodb.batch_write_item(RequestItems=puts(name, rows[start : start + 20]))
    return name


def times(answer: dict[str, Any]) -> list[int]:
    return [int(item["at"]["N"]) for item in answer["Items"]]


def query(dynamodb: Any, table: str, condition: str, values: dict[str, Any], **options: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "ExpressionAttributeValues": {":u": {"S": "u1"}, **values},
        "ExpressionAttributeNames": {"#u": "user", "#at": "at"} if "#at" in condition else {"#u": "user"},
    }
    return dict(
        dynamodb.query(TableName=table, KeyConditionExpression=condition, **(given | options)),
    )


@pytest.mark.parametrize(
    ("condition", "bounds", "expected"),
    [
        ("#u = :u", [], range(-3, 7)),
        ("#u = :u AND #at = :a", ["2"], [2]),
        ("#u = :u AND #at < :a", ["0"], [-3, -2, -1]),
        ("#u = :u AND #at <= :a", ["0"], [-3, -2, -1, 0]),
        (":a < #at AND #u = :u", ["4"], [5, 6]),
        ("#u = :u AND #at >= :a", ["4.5"], [5, 6]),
        ("(#u = :u) AND (#at BETWEEN :a AND :b)", ["-1", "1"], [-1, 0, 1]),
    ],
)
def test_a_query_reads_a_partition_in_order(
    dynamodb: Any, visits: str, condition: str, bounds: list[str], expected: Any
) -> None:
    values = {name: {"N": bound} for name, bound in zip((":a", ":b"), bounds, strict=False)}
    answer = query(dynamodb, visits, condition, values)
    assert times(answer) == list(expected)
    assert answer["Count"] == answer["ScannedCount"] == len(expected)
    assert "LastEvaluatedKey" not in answer
    assert times(query(dynamodb, visits, condition, values, ScanIndexForward=False)) == list(expected)[::-1]


def test_pages_go_on_where_the_last_one_ended(dynamodb: Any, visits: str) -> None:
    for forward in (True, False):
        found: list[int] = []
        start: dict[str, Any] = {}
        while True:
            answer = query(dynamodb, visits, "#u = :u", {}, Limit=3, ScanIndexForward=forward, **start)
            found += times(answer)
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        assert found == list(range(-3, 7))[:: 1 if forward else -1]
    assert len(all_items(dynamodb, visits, PaginationConfig={"PageSize": 7})) == 40


def test_a_filter_counts_what_it_looked_at(dynamodb: Any, visits: str) -> None:
    names = {"#u": "user", "#p": "page"}
    filtered = {"FilterExpression": "#p = :p", "ExpressionAttributeNames": names}
    answer = query(dynamodb, visits, "#u = :u", {":p": {"S": "p0"}}, **filtered)
    assert (answer["Count"], answer["ScannedCount"]) == (4, 10)
    answer = query(dynamodb, visits, "#u = :u", {":p": {"S": "p0"}}, Limit=2, **filtered)
    assert (answer["Count"], answer["ScannedCount"]) == (1, 2)
    counted = dynamodb.scan(TableName=visits, Select="COUNT")
    assert (counted["Count"], "Items" in counted) == (40, False)
    projected = dynamodb.scan(TableName=visits, ProjectionExpression="n", Limit=1)["Items"]
    assert list(projected[0]) == ["n"]


def test_segments_divide_a_scan(dynamodb: Any, visits: str) -> None:
    whole = all_items(dynamodb, visits)
    parts = [all_items(dynamodb, visits, TotalSegments=3, Segment=segment) for segment in range(3)]
    assert [item for part in parts for item in part] == whole
    with pytest.raises(ClientError, match="zero-based"):
        dynamodb.scan(TableName=visits, TotalSegments=3, Segment=3)


def test_a_page_ends_with_a_megabyte(dynamodb: Any, table_of: TableOf) -> None:
    name = table_of("user:S, at:N")
    for at in range(5):
        item = {"user": {"S": "u1"}, "at": {"N": str(at)}, "t": {"S": "x" * 300_000}}
        dynamodb.put_item(TableName=name, Item=item)
    answer = query(dynamodb, name, "#u = :u", {})
    assert times(answer) == [0, 1, 2, 3]
    rest = query(dynamodb, name, "#u = :u", {}, ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert times(rest) == [4]


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("#at = :a", "missed key schema element: user"),
        ("#u > :u AND #at = :a", "missed key schema element: user"),
        ("#u = :u OR #at = :a", "Invalid operator"),
        ("#u = :u AND #at <> :a", "Invalid operator"),
        ("#u = :u AND #at = :u", "does not match schema type"),
        ("#u = :u AND begins_with(#at, :a)", "Invalid operator"),
    ],
)
def test_a_key_condition_that_cannot_be_is_refused(dynamodb: Any, visits: str, condition: str, says: str) -> None:
    values = {":u": {"S": "u1"}, ":a": {"N": "1"}}
    names = {"#u": "user", "#at": "at"}
    used: dict[str, Any] = {
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition}
    }
    used["ExpressionAttributeNames"] = {name: value for name, value in names.items() if name in condition}
    with pytest.raises(ClientError) as refused:
        dynamodb.query(TableName=visits, KeyConditionExpression=condition, **used)
    assert code_of(refused) == "ValidationException"
    assert says in str(refused.value)


def index(name: str, keys: list[dict[str, str]], **projection: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL", **projection}}


def test_indexes_follow_their_items(dynamodb: Any, table_of: TableOf) -> None:
    by_page = index(
        "by-page",
        keys_of("page, n")[1],
        ProjectionType="INCLUDE",
        NonKeyAttributes=["kept"],
    )
    by_n = index(
        "by-n", [{"AttributeName": "user", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
    )
    types = {"user": "S", "at": "N", "page": "S", "n": "N"}
    name = table_of(
        "user:S, at:N",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in types.items()],
        GlobalSecondaryIndexes=[by_page],
        LocalSecondaryIndexes=[by_n],
    )

    def put(user: str, at: int, **more: Any) -> None:
        dynamodb.put_item(TableName=name, Item={"user": {"S": user}, "at": {"N": str(at)}, **more})

    def of_page(page: str, **options: Any) -> dict[str, Any]:
        return dict(
            dynamodb.query(
                TableName=name,
                IndexName="by-page",
                KeyConditionExpression="page = :p",
                ExpressionAttributeValues={":p": {"S": page}},
                **options,
            )
        )

    put("a", 1, page={"S": "x"}, n={"N": "2"}, kept={"S": "k"}, other={"S": "o"})
    put("b", 1, page={"S": "x"}, n={"N": "1"})
    put("b", 2, page={"S": "x"}, n={"N": "1"})
    put("c", 1, n={"N": "1"})
    found = of_page("x")["Items"]
    assert [(item["user"]["S"], item["at"]["N"]) for item in found] == [("b", "1"), ("b", "2"), ("a", "1")]
    assert set(found[2]) == {"user", "at", "page", "n", "kept"}
    first = of_page("x", Limit=1)
    assert set(first["LastEvaluatedKey"]) == {"user", "at", "page", "n"}
    assert len(of_page("x", ExclusiveStartKey=first["LastEvaluatedKey"])["Items"]) == 2
    put("b", 1, page={"S": "y"}, n={"N": "1"})
    dynamodb.delete_item(TableName=name, Key={"user": {"S": "b"}, "at": {"N": "2"}})
    assert len(of_page("x")["Items"]) == len(of_page("y")["Items"]) == 1
    assert dynamodb.scan(TableName=name, IndexName="by-page")["Count"] == 2
    with pytest.raises(ClientError, match="Type mismatch for Index Key page"):
        put("d", 1, page={"N": "1"}, n={"N": "1"})
    with pytest.raises(ClientError, match="Consistent reads are not supported"):
        of_page("x", ConsistentRead=True)
    late = index("late", keys_of("n")[1], ProjectionType="KEYS_ONLY")
    dynamodb.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Create": late}])
    found = dynamodb.scan(TableName=name, IndexName="late")["Items"]
    assert len(found) == 3
    assert set(found[0]) == {"user", "at", "n"}


@pytest.fixture(scope="module")
def texts(dynamodb: Any) -> str:
    return make_table(dynamodb, "texts", "user, at")


@settings(max_examples=20)
@given(endings=st.lists(st.text(alphabet="ab\x7f\uffff", max_size=3), min_size=1, max_size=8, unique=True))
def test_begins_with_finds_the_keys_that_begin_so(dynamodb: Any, texts: str, endings: list[str]) -> None:
    keys = [f"k{text}" for text in endings]
    user = {"S": repr(sorted(keys))}  # a partition of its own for each example
    dynamodb.batch_write_item(RequestItems=puts(texts, [{"user": user, "at": {"S": key}} for key in keys]))
    for key in keys:
        values = {":u": user, ":a": {"S": key}}
        condition = "#u = :u AND begins_with(#at, :a)"
        answer = query(dynamodb, texts, condition, {}, ExpressionAttributeValues=values)
        wanted = sorted((one for one in keys if one.startswith(key)), key=str.encode)
        assert [item["at"]["S"] for item in answer["Items"]] == wanted


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("Scan", {"FilterExpression": 5}),
        ("Query", {"ExpressionAttributeNames": {"#a": 5}, "KeyConditionExpression": "#a = :a"}),
        ("GetItem", {"Key": [1]}),
        ("PutItem", {"Item": "x", "ReturnValues": ["NONE"]}),
        ("UpdateItem", {"ExpressionAttributeValues": [1]}),
        ("BatchGetItem", {"RequestItems": {"visits": 5}}),
        ("BatchWriteItem", {"RequestItems": {"visits": [5]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": 5}]}),
        ("TransactGetItems", {"TransactItems": [5]}),
    ],
)
def test_a_body_that_no_sdk_would_send_is_refused_in_words(
    server: LocalServer, visits: str, operation: str, body: dict[str, Any]
) -> None:
    answer = requests.post(
        server.endpoint,
        json={"TableName": visits, **body},
        headers={"X-Amz-Target": f"DynamoDB_20120810.{operation}"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.json()["__type"] in {"SerializationException", "ValidationException"}
    assert answer.json()["message"]
