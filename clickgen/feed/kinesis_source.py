"""A Kinesis stream as a source: all its shards from a moment on, up to what was there when reading began."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.model.errors import EnvironmentProblem
from clickgen.sink.aws import Access, make_client

if TYPE_CHECKING:
    from types_boto3_kinesis import KinesisClient

_PAUSE_S = 0.25  # a shard gives five answers a second (Kinesis quotas)
_ATTEMPTS = 8
_PASSING = ("ProvisionedThroughputExceededException", "LimitExceededException", "InternalFailure")


def read_stream(access: Access, stream: str, since_ms: float | None) -> Iterator[bytes]:
    """The records' data, each ended by a newline; shard by shard, a parent before its children.

    since_ms: Unix time of the first record, or None for the oldest that is kept. What arrives after reading began
    is not read, so that there is an end.
    """
    client: KinesisClient = make_client("kinesis", access)
    began = datetime.now(UTC)
    try:
        for shard in _shards(client, stream):
            yield from _records(client, stream, shard, since_ms, began)
    except (ClientError, BotoCoreError) as problem:
        raise EnvironmentProblem(
            f"kinesis:{stream} cannot be read: {problem}",
            "reading needs the permissions kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords; "
            "--from-region, --from-profile and --from-endpoint-url say where the stream is",
        ) from problem


def _shards(client: "KinesisClient", stream: str) -> list[str]:
    """The shards' ids; those that were split or merged come before what became of them."""
    shards, token = [], dict[str, Any](StreamName=stream)
    while True:
        page = _patiently(client.list_shards, token)
        shards += page["Shards"]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    parents = {shard["ShardId"]: shard.get("ParentShardId") for shard in shards}

    def depth(name: str) -> int:
        parent = parents.get(name)
        return 0 if parent not in parents or parent is None else 1 + depth(parent)

    return sorted(parents, key=lambda name: (depth(name), name))


def _records(
    client: "KinesisClient", stream: str, shard: str, since_ms: float | None, began: datetime
) -> Iterator[bytes]:
    start: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
    if since_ms is not None:
        moment = datetime.fromtimestamp(since_ms / 1000, UTC)
        start = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": moment}
    request = {"StreamName": stream, "ShardId": shard, **start}
    at = _patiently(client.get_shard_iterator, request)["ShardIterator"]
    while at:
        page = _patiently(client.get_records, {"ShardIterator": at})
        for record in page["Records"]:
            if record["ApproximateArrivalTimestamp"] > began:
                return
            yield record["Data"].rstrip(b"\n") + b"\n"
        if not page["Records"] and not page.get("MillisBehindLatest"):
            return
        at = page.get("NextShardIterator")


def _patiently(call: Any, request: dict[str, Any]) -> Any:
    """Ask again when the stream says that it was asked too often, or something passed."""
    for attempt in range(_ATTEMPTS):
        try:
            return call(**request)
        except ClientError as problem:
            code = problem.response["Error"].get("Code", "")
            passing = code in (
                "ProvisionedThroughputExceededException",
                "LimitExceededException",
                "InternalFailure",
            )
            if not passing or attempt == _ATTEMPTS - 1:
                raise
        time.sleep(_PAUSE_S * (attempt + 1))
    return None
