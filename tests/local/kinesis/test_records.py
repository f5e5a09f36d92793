"""Records of Kinesis streams: put, routed, limited, read from every kind of iterator, and kept over kill -9."""

import hashlib
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.kinesis.conftest import wait_active
from tests.local.kinesis.test_streams import StreamOf, code_of, ranges_of, shards_of
from tests.support.local_server import report_of, service_client, serving, set_faults

SHARD = "shardId-000000000000"


def entries(count: int, size: int = 20, first: int = 0) -> list[Any]:
    return [
        {"Data": f"{number:0{size}d}".encode(), "PartitionKey": f"key-{number % 17}"}
        for number in range(first, first + count)
    ]


def iterator(kinesis: Any, name: str, kind: Any, shard: str = SHARD, **start: Any) -> str:
    answer = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType=kind, **start)[
        "ShardIterator"
    ]
    return str(answer)


def repeat(times: int, call: Callable[[], Any]) -> None:
    for _ in range(times):
        call()


def read_all(kinesis: Any, name: str, shard: str = SHARD) -> list[Any]:
    """Every record of a shard up to its tip; waits where the shard's limits require it."""
    found: list[Any] = []
    place: str | None = iterator(kinesis, name, "TRIM_HORIZON", shard)
    while place is not None:
        try:
            page: Any = kinesis.get_records(ShardIterator=place)
        except kinesis.exceptions.ProvisionedThroughputExceededException:
            time.sleep(0.05)
            continue
        found += page["Records"]
        place = page.get("NextShardIterator") if page["Records"] else None
    return found


def test_records_come_back_in_order_from_the_shard_of_their_key(kinesis: Any, stream_of: StreamOf) -> None:
    name = stream_of(3)
    sent = entries(500)
    answer = kinesis.put_records(StreamName=name, Records=sent)
    assert answer["FailedRecordCount"] == 0
    ranges = {shard["ShardId"]: ranges_of([shard])[0] for shard in shards_of(kinesis, name)}
    for entry, outcome in zip(sent, answer["Records"], strict=True):
        low, high = ranges[outcome["ShardId"]]
        assert (
            low <= int(hashlib.md5(entry["PartitionKey"].encode(), usedforsecurity=False).hexdigest(), 16) <= high
        )
    for shard in ranges:
        mine = [
            (outcome["SequenceNumber"], entry["Data"])
            for entry, outcome in zip(sent, answer["Records"], strict=True)
            if outcome["ShardId"] == shard
        ]
        found = read_all(kinesis, name, shard)
        assert [(record["SequenceNumber"], record["Data"]) for record in found] == mine
        assert all(len(first) == 56 and int(first) < int(second) for (first, _), (second, _) in pairwise(mine))


def test_an_explicit_hash_key_chooses_the_shard(kinesis: Any, stream_of: StreamOf) -> None:
    name = stream_of(2)
    highest: Any = {"Data": b"x", "PartitionKey": "a", "ExplicitHashKey": str(2**128 - 1)}
    answer = kinesis.put_records(StreamName=name, Records=[highest, {**highest, "ExplicitHashKey": "0"}])
    assert [outcome["ShardId"][-1] for outcome in answer["Records"]] == ["1", "0"]
    with pytest.raises(ClientError, match="Invalid ExplicitHashKey"):
        kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a", ExplicitHashKey=str(2**128))


def test_every_kind_of_iterator_starts_where_it_should(kinesis: Any, stream_of: StreamOf) -> None:
    name = stream_of(1)
    early = kinesis.put_records(StreamName=name, Records=entries(5))["Records"]
    time.sleep(0.01)
    middle = time.time()
    time.sleep(0.01)
    latest = iterator(kinesis, name, "LATEST")
    kinesis.put_records(StreamName=name, Records=entries(3, first=5))
    third = {"StartingSequenceNumber": early[2]["SequenceNumber"]}

    def numbers(place: str, **options: int) -> list[int]:
        time.sleep(0.2)  # five reads a second
        return [int(record["Data"]) for record in kinesis.get_records(ShardIterator=place, **options)["Records"]]

    assert numbers(latest) == [5, 6, 7]
    assert numbers(iterator(kinesis, name, "TRIM_HORIZON"), Limit=2) == [0, 1]
    assert numbers(iterator(kinesis, name, "AT_SEQUENCE_NUMBER", **third)) == list(range(2, 8))
    assert numbers(iterator(kinesis, name, "AFTER_SEQUENCE_NUMBER", **third)) == list(range(3, 8))
    assert numbers(iterator(kinesis, name, "AT_TIMESTAMP", Timestamp=middle)) == [5, 6, 7]
    assert numbers(iterator(kinesis, name, "AT_TIMESTAMP", Timestamp=0)) == list(range(8))
    with pytest.raises(ClientError, match="StartingSequenceNumber 17 used"):
        iterator(kinesis, name, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="17")
    with pytest.raises(ClientError, match="Invalid ShardIterator"):
        kinesis.get_records(ShardIterator="nonsense")


def test_records_over_the_limits_of_a_shard_are_refused_one_by_one(kinesis: Any, stream_of: StreamOf) -> None:
    many, large = stream_of(1), stream_of(1)
    refused: list[Any] = []
    begin = time.monotonic()
    for _ in range(8):
        answer = kinesis.put_records(StreamName=many, Records=entries(500))
        failed = [outcome for outcome in answer["Records"] if "ErrorCode" in outcome]
        assert answer["FailedRecordCount"] == len(failed)
        refused += failed
    assert 1000 <= 4000 - len(refused) <= 1000 * (1.1 + time.monotonic() - begin)
    assert {outcome["ErrorCode"] for outcome in refused} == {"ProvisionedThroughputExceededException"}
    assert refused[0]["ErrorMessage"] == (
        f"Rate exceeded for shard {SHARD} in stream {many} under account 000000000000."
    )
    answer = kinesis.put_records(StreamName=large, Records=entries(9, size=900_000))
    assert ["ErrorCode" in outcome for outcome in answer["Records"]] == [False] + [True] * 8
    one = {"StreamName": large, "Data": bytes(900_000), "PartitionKey": "a"}
    with pytest.raises(ClientError) as too_fast:
        repeat(9, lambda: kinesis.put_record(**one))
    assert code_of(too_fast) == "ProvisionedThroughputExceededException"


def test_a_shard_gives_no_more_than_its_reads(kinesis: Any, stream_of: StreamOf) -> None:
    name = stream_of(1)
    kinesis.put_records(StreamName=name, Records=entries(2, size=500_000))
    place = iterator(kinesis, name, "TRIM_HORIZON")
    with pytest.raises(ClientError) as too_fast:
        repeat(20, lambda: kinesis.get_records(ShardIterator=place))
    assert code_of(too_fast) == "ProvisionedThroughputExceededException"


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (entries(501), "less than or equal to 500"),
        ([{"Data": b"x", "PartitionKey": "k" * 257}], "records.1.member.partitionKey"),
        ([{"Data": bytes(1024 * 1024), "PartitionKey": "k"}], "must not exceed 1048576 bytes"),
        ([{"Data": bytes(1024 * 1024 - 1), "PartitionKey": "k"}] * 11, "exceeds 10485760 bytes"),
    ],
)
def test_a_call_over_its_limits_is_refused_whole(
    kinesis: Any, stream_of: StreamOf, records: list[Any], says: str
) -> None:
    name = stream_of(1)
    with pytest.raises(ClientError, match=says):
        kinesis.put_records(StreamName=name, Records=records)
    assert read_all(kinesis, name) == []


def test_a_closed_shard_ends_and_names_its_children(kinesis: Any, stream_of: StreamOf) -> None:
    name = stream_of(1)
    kinesis.put_records(StreamName=name, Records=entries(3))
    kinesis.split_shard(StreamName=name, ShardToSplit=SHARD, NewStartingHashKey=str(2**127))
    page = kinesis.get_records(ShardIterator=iterator(kinesis, name, "TRIM_HORIZON"), Limit=2)
    last = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert [int(record["Data"]) for record in last["Records"]] == [2]
    assert "NextShardIterator" not in last
    assert [child["ShardId"][-1] for child in last["ChildShards"]] == ["1", "2"]
    assert last["ChildShards"][0]["ParentShards"] == [SHARD]
    after = kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a")
    assert int(after["SequenceNumber"]) > int(last["Records"][-1]["SequenceNumber"])


def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    acknowledged: list[tuple[str, bytes]] = []
    for life in range(2):
        with serving(lake) as server:
            kinesis = service_client("kinesis", server.endpoint)
            if life == 0:
                kinesis.create_stream(StreamName="kept", ShardCount=1)
            wait_active(kinesis, "kept")
            sent = entries(300, first=life * 300)
            answer = kinesis.put_records(StreamName="kept", Records=sent)["Records"]
            acknowledged += [(o["SequenceNumber"], e["Data"]) for e, o in zip(sent, answer, strict=True)]
            server.kill()
    with serving(lake) as server:
        kinesis = service_client("kinesis", server.endpoint)
        found = [(record["SequenceNumber"], record["Data"]) for record in read_all(kinesis, "kept")]
    assert found == acknowledged


def test_planted_faults_fail_records_and_calls_in_the_words_of_the_service(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--fail-records", "0.2", "--throttle", "300") as server:
        kinesis = service_client("kinesis", server.endpoint)
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        wait_active(kinesis, "clicks")
        outcomes = kinesis.put_records(StreamName="clicks", Records=entries(400))["Records"]
        kept = [outcome["SequenceNumber"] for outcome in outcomes if "ErrorCode" not in outcome]
        assert kept == [record["SequenceNumber"] for record in read_all(kinesis, "clicks")]
    codes = [outcome.get("ErrorCode") for outcome in outcomes]
    assert 30 < codes[:300].count("InternalFailure") < 100
    assert set(codes[300:]) == {"ProvisionedThroughputExceededException"}


@pytest.mark.parametrize("where", ["embedded", "moto"])
def test_the_same_calls_answer_alike_here_and_at_moto(
    where: str, request: pytest.FixtureRequest, stream_of: StreamOf
) -> None:
    kinesis: Any
    if where == "moto":
        kinesis = service_client("kinesis", request.getfixturevalue("moto"))
        kinesis.create_stream(StreamName="clicks", ShardCount=2)
        name = "clicks"
    else:
        kinesis = request.getfixturevalue("kinesis")
        name = stream_of(2)
    sent = entries(60)
    answer = kinesis.put_records(StreamName=name, Records=sent)
    assert answer["FailedRecordCount"] == 0
    shards = {outcome["ShardId"] for outcome in answer["Records"]}
    # keys go to the same shards by MD5
    assert [outcome["ShardId"][-1] for outcome in answer["Records"][:17]] == list("10101110110101110")
    found = [record["Data"] for shard in sorted(shards) for record in read_all(kinesis, name, shard)]
    assert sorted(found) == [entry["Data"] for entry in sent]
    with pytest.raises(ClientError) as refused:
        kinesis.put_records(StreamName="nowhere", Records=sent)
    assert code_of(refused) == "ResourceNotFoundException"
    with pytest.raises(ClientError):
        kinesis.put_records(StreamName=name, Records=entries(501))


def test_the_server_reports_what_a_stream_took_and_what_waits(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        kinesis = service_client("kinesis", server.endpoint)
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        wait_active(kinesis, "clicks")
        kinesis.put_records(StreamName="clicks", Records=entries(50))
        before = report_of(server, "kinesis:clicks")
        assert (before["arrived"], before["left"], before["waiting"], before["state"]) == (50, 0, 50, "ACTIVE")
        assert before["lag_s"] >= 0
        kinesis.get_records(ShardIterator=iterator(kinesis, "clicks", "TRIM_HORIZON"), Limit=20)
        after = report_of(server, "kinesis:clicks")
        assert (after["left"], after["waiting"]) == (20, 30)
        set_faults(server, "kinesis:clicks", pause=True)
        assert kinesis.get_records(ShardIterator=iterator(kinesis, "clicks", "TRIM_HORIZON"))["Records"] == []
