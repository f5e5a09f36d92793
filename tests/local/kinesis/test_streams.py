"""Kinesis streams: made, described, changed, split, merged, deleted, and there again after a restart."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.kinesis.conftest import summary_of, wait_active
from tests.support.local_server import service_client, serving, until

if TYPE_CHECKING:
    from types_boto3_kinesis import KinesisClient

StreamOf = Callable[[int], str]


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return refused.value.response["Error"]["Code"]


def shards_of(kinesis: "KinesisClient", name: str, **options: Any) -> list[Any]:
    return kinesis.list_shards(StreamName=name, **options)["Shards"]


def ranges_of(shards: list[Any]) -> list[tuple[int, int]]:
    pairs = [shard["HashKeyRange"] for shard in shards]
    return sorted((int(pair["StartingHashKey"]), int(pair["EndingHashKey"])) for pair in pairs)


def cover_everything(ranges: list[tuple[int, int]]) -> bool:
    ends = [-1, *(end for _, end in ranges)]
    return [start for start, _ in ranges] == [end + 1 for end in ends[:-1]] and ends[-1] == 2**128 - 1


def test_a_stream_is_creating_then_active_then_deleting_then_gone(kinesis: "KinesisClient") -> None:
    kinesis.create_stream(StreamName="life", ShardCount=3, Tags={"team": "web"})
    described = kinesis.describe_stream(StreamName="life")["StreamDescription"]
    assert described["StreamStatus"] == "CREATING"
    with pytest.raises(ClientError) as refused:
        kinesis.put_record(StreamName="life", Data=b"early", PartitionKey="a")
    assert code_of(refused) == "ResourceNotFoundException"
    wait_active(kinesis, "life")
    assert described["StreamARN"] == "arn:aws:kinesis:eu-west-1:000000000000:stream/life"
    assert described["RetentionPeriodHours"] == 24
    assert [shard["ShardId"] for shard in described["Shards"]] == [f"shardId-{n:012d}" for n in range(3)]
    assert cover_everything(ranges_of(described["Shards"]))
    with pytest.raises(ClientError) as refused:
        kinesis.create_stream(StreamName="life", ShardCount=1)
    assert code_of(refused) == "ResourceInUseException"
    kinesis.delete_stream(StreamARN=described["StreamARN"])
    summary = summary_of(kinesis, "life")
    assert summary["StreamStatus"] == "DELETING"
    until(lambda: "life" not in kinesis.list_streams()["StreamNames"])
    with pytest.raises(ClientError) as refused:
        kinesis.describe_stream(StreamName="life")
    assert code_of(refused) == "ResourceNotFoundException"


def test_on_demand_streams_start_with_four_shards(kinesis: "KinesisClient") -> None:
    kinesis.create_stream(StreamName="free", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = summary_of(kinesis, "free")
    assert (summary["OpenShardCount"], summary["StreamModeDetails"]["StreamMode"]) == (4, "ON_DEMAND")
    wait_active(kinesis, "free")
    with pytest.raises(ClientError) as refused:
        kinesis.update_shard_count(StreamName="free", TargetShardCount=8, ScalingType="UNIFORM_SCALING")
    assert code_of(refused) == "ValidationException"
    kinesis.update_stream_mode(StreamARN=summary["StreamARN"], StreamModeDetails={"StreamMode": "PROVISIONED"})
    wait_active(kinesis, "free")
    kinesis.update_shard_count(StreamName="free", TargetShardCount=8, ScalingType="UNIFORM_SCALING")


def test_names_and_shards_are_listed_page_by_page(kinesis: "KinesisClient", stream_of: StreamOf) -> None:
    names = sorted([stream_of(1), stream_of(1), stream_of(5)])
    found: list[str] = []
    token: dict[str, Any] = {}
    while True:
        page: Any = kinesis.list_streams(Limit=1, **token)
        found += page["StreamNames"]
        if not page["HasMoreStreams"]:
            break
        token = {"NextToken": page["NextToken"]}
    assert [name for name in found if name in names] == names
    first = kinesis.list_shards(StreamName=names[-1], MaxResults=2)
    second = kinesis.list_shards(NextToken=first["NextToken"], MaxResults=3)
    assert "NextToken" not in second
    assert [shard["ShardId"][-1] for shard in first["Shards"] + second["Shards"]] == list("01234")
    part = kinesis.describe_stream(StreamName=names[-1], Limit=2, ExclusiveStartShardId="shardId-000000000001")
    assert part["StreamDescription"]["HasMoreShards"] is True
    assert [shard["ShardId"][-1] for shard in part["StreamDescription"]["Shards"]] == ["2", "3"]


def test_retention_encryption_tags_and_record_size_change(kinesis: "KinesisClient", stream_of: StreamOf) -> None:
    name = stream_of(1)
    arn = summary_of(kinesis, name)["StreamARN"]
    kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=48)
    with pytest.raises(ClientError) as refused:
        kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    assert code_of(refused) == "ResourceInUseException"
    wait_active(kinesis, name)
    with pytest.raises(ClientError, match="must be longer"):
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=30)
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    wait_active(kinesis, name)
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
    wait_active(kinesis, name)
    summary = summary_of(kinesis, name)
    assert summary["RetentionPeriodHours"] == 48
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert summary["MaxRecordSizeInKiB"] == 2048
    kinesis.put_record(StreamName=name, Data=bytes(2_000_000), PartitionKey="a")
    kinesis.add_tags_to_stream(StreamName=name, Tags={"a": "1", "b": "2"})
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["a"])
    kinesis.tag_resource(ResourceARN=arn, Tags={"c": "3"})
    assert kinesis.list_tags_for_stream(StreamName=name, Limit=1)["HasMoreTags"] is True
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "b", "Value": "2"},
        {"Key": "c", "Value": "3"},
    ]


def test_a_split_shard_has_children_and_a_merge_has_both_parents(
    kinesis: "KinesisClient", stream_of: StreamOf
) -> None:
    name = stream_of(2)
    [first, second] = shards_of(kinesis, name)
    with pytest.raises(ClientError, match="is not both greater"):
        kinesis.split_shard(StreamName=name, ShardToSplit=first["ShardId"], NewStartingHashKey="0")
    kinesis.split_shard(StreamName=name, ShardToSplit=first["ShardId"], NewStartingHashKey="1000")
    wait_active(kinesis, name)
    shards = shards_of(kinesis, name)
    assert "EndingSequenceNumber" in shards[0]["SequenceNumberRange"]
    assert [shard.get("ParentShardId") for shard in shards] == [None, None, first["ShardId"], first["ShardId"]]
    opened = shards_of(kinesis, name, ShardFilter={"Type": "AT_LATEST"})
    assert ranges_of(opened)[:2] == [(0, 999), (1000, int(first["HashKeyRange"]["EndingHashKey"]))]
    assert cover_everything(ranges_of(opened))
    with pytest.raises(ClientError, match="not an adjacent pair"):
        kinesis.merge_shards(
            StreamName=name, ShardToMerge=shards[2]["ShardId"], AdjacentShardToMerge=second["ShardId"]
        )
    kinesis.merge_shards(
        StreamName=name, ShardToMerge=shards[3]["ShardId"], AdjacentShardToMerge=second["ShardId"]
    )
    merged = shards_of(kinesis, name)[-1]
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (shards[3]["ShardId"], second["ShardId"])
    wait_active(kinesis, name)
    with pytest.raises(ClientError, match="already been split or merged"):
        kinesis.split_shard(StreamName=name, ShardToSplit=first["ShardId"], NewStartingHashKey="500")


@pytest.mark.parametrize("target", [3, 4, 5, 7, 10])
def test_scaling_ends_with_equal_ranges(kinesis: "KinesisClient", stream_of: StreamOf, target: int) -> None:
    name = stream_of(5)
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (5, target)
    ranges = ranges_of(shards_of(kinesis, name, ShardFilter={"Type": "AT_LATEST"}))
    assert len(ranges) == target
    assert cover_everything(ranges)
    assert {(end - start) * target // 2**128 for start, end in ranges} <= {0, 1}


@pytest.mark.parametrize(
    ("request_of", "code"),
    [
        (lambda k, _: k.create_stream(StreamName="bad name", ShardCount=1), "ValidationException"),
        (lambda k, _: k.create_stream(StreamName="fresh"), "ValidationException"),
        (lambda k, _: k.create_stream(StreamName="fresh", ShardCount=501), "LimitExceededException"),
        (
            lambda k, _: k.create_stream(StreamName="fresh", ShardCount=1, WarmThroughputMiBps=10),
            "InvalidArgumentException",
        ),
        (lambda k, _: k.describe_stream(StreamName="nowhere"), "ResourceNotFoundException"),
        (lambda k, _: k.list_shards(), "InvalidArgumentException"),
        (
            lambda k, name: k.update_shard_count(
                StreamName=name, TargetShardCount=3, ScalingType="UNIFORM_SCALING"
            ),
            "LimitExceededException",
        ),
        (
            lambda k, name: k.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=9000),
            "InvalidArgumentException",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    kinesis: "KinesisClient", stream_of: StreamOf, request_of: Callable[[Any, str], Any], code: str
) -> None:
    name = stream_of(1)
    with pytest.raises(ClientError) as refused:
        request_of(kinesis, name)
    assert code_of(refused) == code


def test_streams_are_there_again_after_a_restart(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake) as server:
        kinesis = service_client("kinesis", server.endpoint)
        kinesis.create_stream(StreamName="kept", ShardCount=2)
        wait_active(kinesis, "kept")
        kinesis.split_shard(StreamName="kept", ShardToSplit="shardId-000000000000", NewStartingHashKey="77")
        kinesis.create_stream(StreamName="doomed", ShardCount=1)
        before = shards_of(kinesis, "kept")
        kinesis.delete_stream(StreamName="doomed")
        server.kill()
    with serving(lake) as server:
        kinesis = service_client("kinesis", server.endpoint)
        assert shards_of(kinesis, "kept") == before
        wait_active(kinesis, "kept")
        until(lambda: kinesis.list_streams()["StreamNames"] == ["kept"])
        assert server.stop() == 0
    assert len([path for path in (lake / ".firehose" / "kinesis").iterdir() if path.is_dir()]) == 1
