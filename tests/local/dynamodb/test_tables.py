"""Tables: made, described, changed, deleted, and there again after kill -9; limits in the service's words."""

from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.dynamodb.items.numbers import normal_number, sortable_number
from tests.local.dynamodb.conftest import TableOf, code_of, keys_of, make_table, wait_active
from tests.support.local_server import report_of, service_client, serving, set_faults, until

ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}


def items(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"id": {"S": f"key-{number}"}, "n": {"N": str(number)}} for number in range(first, first + count)]


def puts(table: str, some: list[dict[str, Any]]) -> dict[str, Any]:
    return {table: [{"PutRequest": {"Item": item}} for item in some]}


def all_items(dynamodb: Any, table: str, **options: Any) -> list[Any]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **options)
    return [item for page in pages for item in page["Items"]]


def test_a_table_is_creating_then_active_then_deleting_then_gone(dynamodb: Any) -> None:
    definitions, schema = keys_of("user:S, at:N")
    made = dynamodb.create_table(
        TableName="life",
        AttributeDefinitions=definitions,
        KeySchema=schema,
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        Tags=[{"Key": "team", "Value": "web"}],
    )["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert made["TableArn"] == "arn:aws:dynamodb:eu-west-1:000000000000:table/life"
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(TableName="life", Item={"user": {"S": "u"}, "at": {"N": "1"}})
    assert code_of(refused) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as refused:
        dynamodb.create_table(TableName="life", AttributeDefinitions=definitions, KeySchema=schema, **ON_DEMAND)
    assert code_of(refused) == "ResourceInUseException"
    wait_active(dynamodb, "life")
    dynamodb.put_item(TableName=made["TableArn"], Item={"user": {"S": "u"}, "at": {"N": "1"}})
    found = dynamodb.describe_table(TableName="life")["Table"]
    assert (found["ItemCount"], found["TableSizeBytes"]) == (1, 9)
    assert found["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    assert dynamodb.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"] == [
        {"Key": "team", "Value": "web"}
    ]
    dynamodb.update_table(TableName="life", DeletionProtectionEnabled=True)
    wait_active(dynamodb, "life")
    with pytest.raises(ClientError, match="protected against deletion"):
        dynamodb.delete_table(TableName="life")
    dynamodb.update_table(TableName="life", DeletionProtectionEnabled=False)
    wait_active(dynamodb, "life")
    assert dynamodb.delete_table(TableName="life")["TableDescription"]["TableStatus"] == "DELETING"
    until(lambda: "life" not in dynamodb.list_tables()["TableNames"])


def test_names_are_listed_page_by_page(dynamodb: Any, table_of: TableOf) -> None:
    names = sorted(table_of() for _ in range(3))
    pages = dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1})
    found = [name for page in pages for name in page["TableNames"]]
    assert [name for name in found if name in names] == names


def test_time_to_live_tags_and_backups_are_accepted_and_reported(dynamodb: Any, table_of: TableOf) -> None:
    name = table_of()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    wanted = {"Enabled": True, "AttributeName": "ends"}
    assert (
        dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    )
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"] == "ends"
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    found = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"TableName": "ab", **ON_DEMAND}, "length greater than or equal to 3"),
        ({}, "No provisioned throughput"),
        ({"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}], **ON_DEMAND}, "not defined"),
        ({"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}], **ON_DEMAND}, "Invalid KeySchema"),
        (
            {
                "AttributeDefinitions": [*keys_of("id")[0], {"AttributeName": "x", "AttributeType": "S"}],
                **ON_DEMAND,
            },
            "does not exactly match",
        ),
        ({"StreamSpecification": {"StreamEnabled": True}, **ON_DEMAND}, "StreamViewType is required"),
        ({"ResourcePolicy": "{}", **ON_DEMAND}, "does not do ResourcePolicy"),
    ],
)
def test_a_table_that_cannot_be_is_refused(dynamodb: Any, options: dict[str, Any], says: str) -> None:
    definitions, schema = keys_of("id")
    given = {"TableName": "wrong", "AttributeDefinitions": definitions, "KeySchema": schema, **options}
    with pytest.raises(ClientError) as refused:
        dynamodb.create_table(**given)
    assert code_of(refused) == "ValidationException"
    assert says in str(refused.value)
    assert "wrong" not in dynamodb.list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"n": {"N": "1"}}, "Missing the key id"),
        ({"id": {"N": "1"}}, "Type mismatch for key id expected: S actual: N"),
        ({"id": {"S": ""}}, "empty string value. Key: id"),
        ({"id": {"S": "k" * 2049}}, "Size of hashkey has exceeded the maximum size limit of 2048 bytes"),
        ({"id": {"S": "a"}, "t": {"S": "x" * 409_600}}, "Item size has exceeded the maximum allowed size"),
        ({"id": {"S": "a"}, "n": {"N": "one"}}, "cannot be converted to a numeric value: one"),
        ({"id": {"S": "a"}, "n": {"N": "1" * 39}}, "38 significant digits"),
        ({"id": {"S": "a"}, "n": {"N": "1E126"}}, "Number overflow"),
        ({"id": {"S": "a"}, "n": {"N": "1E-131"}}, "Number underflow"),
        ({"id": {"S": "a"}, "s": {"SS": []}}, "may not be empty"),
        ({"id": {"S": "a"}, "s": {"NS": ["1", "1.0"]}}, "contains duplicates"),
    ],
)
def test_an_item_that_cannot_be_is_refused(
    dynamodb: Any, table_of: TableOf, item: dict[str, Any], says: str
) -> None:
    name = table_of()
    for call, request in (
        (dynamodb.put_item, {"TableName": name, "Item": item}),
        (dynamodb.batch_write_item, {"RequestItems": puts(name, [item])}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**request)
        assert code_of(refused) == "ValidationException"
        assert says in str(refused.value)
    assert all_items(dynamodb, name) == []


def test_a_batch_is_written_and_read_within_its_limits(dynamodb: Any, table_of: TableOf) -> None:
    name, other = table_of(), table_of()
    some = items(25)
    assert dynamodb.batch_write_item(RequestItems=puts(name, some))["UnprocessedItems"] == {}
    assert sorted(all_items(dynamodb, name), key=lambda item: int(item["n"]["N"])) == some
    gone = {name: [{"DeleteRequest": {"Key": {"id": item["id"]}}} for item in some[:5]]}
    dynamodb.batch_write_item(RequestItems=gone | puts(other, items(3)))
    keys = [{"id": item["id"]} for item in some]
    answer = dynamodb.batch_get_item(
        RequestItems={name: {"Keys": keys, "ProjectionExpression": "n"}, other: {"Keys": keys[:3]}}
    )
    assert sorted(int(item["n"]["N"]) for item in answer["Responses"][name]) == list(range(5, 25))
    assert len(answer["Responses"][other]) == 3
    for wrong, says in (
        (puts(name, items(26)), "less than or equal to 25"),
        (puts(name, items(20)) | puts(other, items(6)), "Too many items"),
        (puts(name, [some[0], some[0]]), "contains duplicates"),
        (puts("nowhere", some), "not found"),
    ):
        with pytest.raises(ClientError, match=says):
            dynamodb.batch_write_item(RequestItems=wrong)


def test_a_large_batch_read_leaves_keys_unprocessed(dynamodb: Any, table_of: TableOf) -> None:
    name = table_of()
    large = [{"id": {"S": str(number)}, "t": {"S": "x" * 390_000}} for number in range(50)]
    for start in range(0, 50, 25):
        dynamodb.batch_write_item(RequestItems=puts(name, large[start : start + 25]))
    request: Any = {name: {"Keys": [{"id": item["id"]} for item in large]}}
    found: list[Any] = []
    rounds = 0
    while request:
        answer = dynamodb.batch_get_item(RequestItems=request)
        found += answer["Responses"][name]
        request = answer["UnprocessedKeys"]
        rounds += 1
    assert rounds == 2
    assert {item["id"]["S"] for item in found} == {str(number) for number in range(50)}


def test_a_transaction_is_done_whole_or_not_at_all(dynamodb: Any, table_of: TableOf) -> None:
    name = table_of()
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}, "n": {"N": "1"}})
    add = {
        "Update": {
            "TableName": name,
            "Key": {"id": {"S": "a"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    put = {"Put": {"TableName": name, "Item": {"id": {"S": "b"}}}}
    check = {"TableName": name, "Key": {"id": {"S": "c"}}, "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[add, put, {"ConditionCheck": check}])
    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "None", "ConditionalCheckFailed"]
    assert all_items(dynamodb, name) == [{"id": {"S": "a"}, "n": {"N": "1"}}]
    for _ in range(2):  # the second one has the token of the first
        dynamodb.transact_write_items(TransactItems=[add, put], ClientRequestToken="once")
    gets = [{"Get": {"TableName": name, "Key": {"id": {"S": key}}}} for key in "abc"]
    found = dynamodb.transact_get_items(TransactItems=gets)["Responses"]
    assert found == [{"Item": {"id": {"S": "a"}, "n": {"N": "2"}}}, {"Item": {"id": {"S": "b"}}}, {}]
    with pytest.raises(ClientError, match="multiple operations on one item"):
        dynamodb.transact_write_items(TransactItems=[put, put])


def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake) as server:
        dynamodb = service_client("dynamodb", server.endpoint)
        make_table(dynamodb, "kept")
        make_table(dynamodb, "doomed")
        dynamodb.batch_write_item(RequestItems=puts("kept", items(25)))
        dynamodb.delete_table(TableName="doomed")
        server.kill()
    with serving(lake) as server:
        dynamodb = service_client("dynamodb", server.endpoint)
        found = all_items(dynamodb, "kept")
        assert sorted(found, key=lambda item: int(item["n"]["N"])) == items(25)
        until(lambda: dynamodb.list_tables()["TableNames"] == ["kept"])
        assert server.stop() == 0


def test_planted_faults_leave_items_unprocessed_and_are_counted(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        dynamodb = service_client("dynamodb", server.endpoint)
        make_table(dynamodb, "clicks")
        set_faults(server, "dynamodb:clicks", throttle=10)
        left = dynamodb.batch_write_item(RequestItems=puts("clicks", items(25)))["UnprocessedItems"]
        assert left == puts("clicks", items(25)[10:])
        with pytest.raises(ClientError) as refused:
            dynamodb.put_item(TableName="clicks", Item={"id": {"S": "x"}})
        assert code_of(refused) == "ProvisionedThroughputExceededException"
        set_faults(server, "dynamodb:clicks", fail_calls=1.0)
        with pytest.raises(ClientError) as refused:
            dynamodb.batch_write_item(RequestItems=puts("clicks", items(1)))
        assert code_of(refused) == "ProvisionedThroughputExceededException"
        with pytest.raises(ClientError) as refused:
            dynamodb.put_item(TableName="clicks", Item={"id": {"S": "x"}})
        assert code_of(refused) == "InternalServerError"
        report = report_of(server, "dynamodb:clicks")
        assert (report["arrived"], report["failed"]) == (10, 16)
        assert "provisioned throughput" in report["last_error"]


NUMBERS = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**38) + 1, 10**38 - 1) | st.integers(-999, 999),
    st.integers(-90, 80),
)


@given(first=NUMBERS, second=NUMBERS)
def test_numbers_sort_by_their_value(first: Decimal, second: Decimal) -> None:
    texts = [normal_number(str(first)), normal_number(str(second))]
    assert [Decimal(text) for text in texts] == [first, second]
    assert (sortable_number(texts[0]) < sortable_number(texts[1])) == (first < second)
    assert (sortable_number(texts[0]) == sortable_number(texts[1])) == (first == second)


@given(st.from_regex(r"\A[+-]?[0-9]{1,20}(\.[0-9]{0,17})?\Z"))
def test_a_number_has_one_text_however_it_is_written(text: str) -> None:
    number = Decimal(text).normalize(Context(prec=38))
    assert normal_number(text) == (format(number, "f") if number else "0")
