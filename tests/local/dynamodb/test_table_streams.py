"""DynamoDB Streams: every change once, in order, in all four views, over kill -9."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clickgen.local.dynamodb.service import DynamoDb
from clickgen.local.dynamodb.shapes import IteratorRequest
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.service import Call
from tests.local.dynamodb.conftest import TableOf, code_of, make_table, wait_active
from tests.local.dynamodb.test_tables import items, puts
from tests.support.local_server import service_client, serving

WHOLE = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


def arn_of(dynamodb: Any, table: str) -> str:
    return str(dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"])


def shard_of(streams: Any, arn: str) -> str:
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return str(shard["ShardId"])


def iterator(streams: Any, arn: str, kind: str = "TRIM_HORIZON", **start: str) -> str:
    shard = shard_of(streams, arn)
    return str(
        streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **start)["ShardIterator"]
    )


def read_all(streams: Any, arn: str) -> list[Any]:
    found: list[Any] = []
    place: str | None = iterator(streams, arn)
    while place is not None:
        page = streams.get_records(ShardIterator=place)
        found += page["Records"]
        place = page.get("NextShardIterator") if page["Records"] else None
    return found


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_a_stream_has_what_its_view_says(
    dynamodb: Any, streams: Any, table_of: TableOf, view: str, images: set[str]
) -> None:
    name = table_of(StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    key = {"id": {"S": "a"}}
    first, second = {**key, "n": {"N": "1"}}, {**key, "n": {"N": "2"}}
    dynamodb.put_item(TableName=name, Item=first)
    dynamodb.put_item(TableName=name, Item=first)  # no change, no record
    dynamodb.update_item(
        TableName=name, Key=key, UpdateExpression="SET n = :v", ExpressionAttributeValues={":v": {"N": "2"}}
    )
    dynamodb.delete_item(TableName=name, Key=key)
    dynamodb.delete_item(TableName=name, Key=key)
    found = read_all(streams, arn_of(dynamodb, name))
    expected: list[tuple[str, dict[str, Any]]] = [
        ("INSERT", {"NewImage": first}),
        ("MODIFY", {"OldImage": first, "NewImage": second}),
        ("REMOVE", {"OldImage": second}),
    ]
    assert [record["eventName"] for record in found] == [kind for kind, _ in expected]
    for record, (_, every) in zip(found, expected, strict=True):
        change = record["dynamodb"]
        assert change["Keys"] == key
        assert {image: change[image] for image in images & change.keys()} == {
            image: content for image, content in every.items() if image in images
        }
        assert {"NewImage", "OldImage"} & change.keys() <= images
        assert change["StreamViewType"] == view
        assert change["SizeBytes"] == 3 + 6 * len(images & every.keys())
    assert len({record["eventID"] for record in found}) == 3
    assert found[0]["eventSource"] == "aws:dynamodb"
    assert found[0]["awsRegion"] == "eu-west-1"


def test_changes_of_many_writers_have_rising_numbers_and_none_is_lost(
    dynamodb: Any, streams: Any, table_of: TableOf
) -> None:
    name = table_of(StreamSpecification=WHOLE)

    def write(part: int) -> None:
        for start in range(0, 100, 25):
            dynamodb.batch_write_item(RequestItems=puts(name, items(25, 100 * part + start)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = read_all(streams, arn_of(dynamodb, name))
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
    assert numbers == sorted(set(numbers))
    assert sorted(int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in found) == list(range(400))


def test_every_kind_of_iterator_starts_where_it_should(dynamodb: Any, streams: Any, table_of: TableOf) -> None:
    name = table_of(StreamSpecification=WHOLE)
    arn = arn_of(dynamodb, name)
    dynamodb.batch_write_item(RequestItems=puts(name, items(5)))
    latest = iterator(streams, arn, "LATEST")
    numbers = [record["dynamodb"]["SequenceNumber"] for record in read_all(streams, arn)]
    dynamodb.put_item(TableName=name, Item=items(1, 5)[0])

    def read(place: str, **options: int) -> list[int]:
        page = streams.get_records(ShardIterator=place, **options)["Records"]
        return [int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in page]

    assert read(latest) == [5]
    assert read(iterator(streams, arn), Limit=2) == [0, 1]
    assert read(iterator(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=numbers[3])) == [3, 4, 5]
    assert read(iterator(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[3])) == [4, 5]
    with pytest.raises(ClientError):
        streams.get_records(ShardIterator="nonsense")


def test_a_disabled_stream_ends_and_a_new_one_has_another_arn(
    dynamodb: Any, streams: Any, table_of: TableOf
) -> None:
    name = table_of(StreamSpecification=WHOLE)
    old = arn_of(dynamodb, name)
    dynamodb.put_item(TableName=name, Item=items(1)[0])
    place = iterator(streams, old)
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    wait_active(dynamodb, name)
    dynamodb.put_item(TableName=name, Item=items(1, 1)[0])
    page = streams.get_records(ShardIterator=place)
    assert len(page["Records"]) == 1
    assert "NextShardIterator" not in page
    description = streams.describe_stream(StreamArn=old)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]
    dynamodb.update_table(TableName=name, StreamSpecification=WHOLE)
    wait_active(dynamodb, name)
    new = arn_of(dynamodb, name)
    assert new != old
    assert [one["StreamArn"] for one in streams.list_streams(TableName=name)["Streams"]] == [old, new]
    with pytest.raises(ClientError, match="already has an enabled stream"):
        dynamodb.update_table(TableName=name, StreamSpecification=WHOLE)


def test_changes_survive_kill_9_and_numbers_go_on(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for life in range(2):
        with serving(lake) as server:
            dynamodb = service_client("dynamodb", server.endpoint)
            if life == 0:
                make_table(dynamodb, "kept", StreamSpecification=WHOLE)
            dynamodb.batch_write_item(RequestItems=puts("kept", items(25, 25 * life)))
            server.kill()
    with serving(lake) as server:
        dynamodb = service_client("dynamodb", server.endpoint)
        found = read_all(service_client("dynamodbstreams", server.endpoint), arn_of(dynamodb, "kept"))
    assert [int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in found] == list(range(50))
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
    assert numbers == sorted(set(numbers))


def test_a_stream_keeps_its_changes_for_a_day_and_an_iterator_lives_a_quarter_of_an_hour(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    lake = Lake(tmp_path / "lake")
    lake.hold()

    async def life() -> None:
        service = DynamoDb(lake, ServiceClock(1e6), FaultBoard(), lambda: now[0])

        async def call(action: str, target: Any = service, **body: Any) -> Any:
            answer = target._actions[action](Call(action, body, "eu-west-1"))
            return await answer if asyncio.iscoroutine(answer) else answer

        await call(
            "CreateTable",
            TableName="clicks",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=WHOLE,
        )
        await asyncio.sleep(0.01)
        arn = (await call("DescribeTable", TableName="clicks"))["Table"]["LatestStreamArn"]
        shard = service.records.shards(arn)[0]
        for item in items(3):
            await call("PutItem", TableName="clicks", Item=item)
            now[0] += 10 * 3600
        page = service.records.read(arn, shard, "0", 10, "pipe:any")
        assert [record.event["dynamodb"]["NewImage"]["n"]["N"] for record in page.records] == ["1", "2"]
        assert page.records[0].event["eventSourceARN"] == arn
        assert page.position == "4"
        request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        assert IteratorRequest.model_validate(request)
        place = (await call("GetShardIterator", service.streams, **request))["ShardIterator"]
        now[0] += 901
        with pytest.raises(Exception, match="Iterator expired"):
            await call("GetRecords", service.streams, ShardIterator=place)
        first = {**request, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": str(10**20 + 1)}
        with pytest.raises(Exception, match="beyond the trim horizon"):
            await call("GetShardIterator", service.streams, **first)
        now[0] += 48 * 3600
        service._tables.trim()
        assert service.records.read(arn, shard, "0", 10, "pipe:any").records == []
        await call("PutItem", TableName="clicks", Item=items(1, 9)[0])
        [record] = service.records.read(arn, shard, "0", 10, "pipe:any").records
        assert record.sequence_number == str(10**20 + 4)
        assert await service.close() == 0

    asyncio.run(life())
    lake.release()


def test_a_stream_that_is_not_there_is_refused(streams: Any) -> None:
    with pytest.raises(ClientError) as refused:
        streams.describe_stream(
            StreamArn="arn:aws:dynamodb:eu-west-1:000000000000:table/no/stream/2026-01-01T00:00"
        )
    assert code_of(refused) == "ResourceNotFoundException"
