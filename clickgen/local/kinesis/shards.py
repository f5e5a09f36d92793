"""The actions on the shards of a stream: listing, splitting, merging, changing their number."""

from collections.abc import Callable, Iterable
from typing import Any

from clickgen.local.kinesis.limits import MAX_STREAM_SHARDS
from clickgen.local.kinesis.shapes import Filter as ShardFilter
from clickgen.local.kinesis.shapes import (
    ListShardsRequest,
    MergeRequest,
    ShardCountRequest,
    SplitRequest,
)
from clickgen.local.kinesis.shard import Shard, shard_id
from clickgen.local.kinesis.stream import Stream
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import parse


class ShardControl:
    """ListShards and what changes the shards of a stream."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def list(self, call: Call) -> Answer:
        """ListShards: a page of shards, filtered. The token holds the stream's name and the last shard."""
        request = parse(ListShardsRequest, call.body)
        name, _, after = (request.NextToken or "").rpartition(":")
        if request.NextToken and (request.StreamName or request.StreamARN):
            raise invalid_argument("NextToken and StreamName cannot be provided together.")
        stream = self._streams.named({"StreamName": name} if request.NextToken else call.body)
        chosen = sorted(_chosen(stream, request.ShardFilter), key=lambda shard: shard.state.number)
        after = after or request.ExclusiveStartShardId or ""
        rest = [shard for shard in described_shards(chosen) if shard["ShardId"] > after]
        page = rest[: request.MaxResults]
        answer: dict[str, Any] = {"Shards": page}
        if len(page) < len(rest):
            answer["NextToken"] = f"{stream.state.name}:{page[-1]['ShardId']}"
        return answer

    def split(self, call: Call) -> Answer:
        """SplitShard."""
        request = parse(SplitRequest, call.body)
        stream = self._streams.active(call.body)
        shard = _open_shard(stream, request.ShardToSplit)
        at = int(request.NewStartingHashKey)
        if not shard.state.start < at <= shard.state.end:
            raise invalid_argument(
                f"NewStartingHashKey {at} used in SplitShard() on shard {shard.id} in stream {stream.state.name}"
                f" under account {ACCOUNT} is not both greater than one plus the shard's StartingHashKey"
                f" {shard.state.start} and less than the shard's EndingHashKey {shard.state.end}."
            )
        check_shard_count(len(stream.open_shards) + 1)
        self._change(stream, lambda: stream.split(shard, at))
        return {}

    def merge(self, call: Call) -> Answer:
        """MergeShards."""
        request = parse(MergeRequest, call.body)
        stream = self._streams.active(call.body)
        first = _open_shard(stream, request.ShardToMerge)
        second = _open_shard(stream, request.AdjacentShardToMerge)
        if first.state.end + 1 != second.state.start and second.state.end + 1 != first.state.start:
            raise invalid_argument(
                f"Shards {first.id} and {second.id} in stream {stream.state.name} under account {ACCOUNT} are not"
                " an adjacent pair of shards eligible for merging"
            )
        self._change(stream, lambda: stream.merge(first, second))
        return {}

    def set_count(self, call: Call) -> Answer:
        """UpdateShardCount: by splits and merges, as the service does it."""
        request = parse(ShardCountRequest, call.body)
        stream = self._streams.active(call.body)
        current, target = len(stream.open_shards), request.TargetShardCount
        if target > 2 * current or 2 * target < current:
            raise ServiceError(
                "LimitExceededException",
                f"UpdateShardCount cannot scale {stream.state.name} from {current} to {target} shards: at most to"
                " double the open shards, at least to half of them.",
            )
        check_shard_count(target)
        self._change(stream, lambda: stream.rescale(target))
        return {
            "StreamName": stream.state.name,
            "StreamARN": stream.state.arn,
            "CurrentShardCount": current,
            "TargetShardCount": target,
        }

    def _change(self, stream: Stream, change: Callable[[], None]) -> None:
        if stream.state.mode == "ON_DEMAND":
            raise ServiceError("ValidationException", "The shards of an on-demand stream cannot be changed.")
        change()
        self._streams.updating(stream)


def check_shard_count(count: int) -> None:
    """LimitExceededException if a stream cannot have so many shards."""
    if count > MAX_STREAM_SHARDS:
        raise ServiceError(
            "LimitExceededException",
            f"This request would exceed the shard limit of {MAX_STREAM_SHARDS} shards for the account.",
        )


def described_shards(shards: Iterable[Shard]) -> list[dict[str, Any]]:
    """`Shards`, as the service words them."""
    return [_described(shard) for shard in shards]


def _described(shard: Shard) -> dict[str, Any]:
    state = shard.state
    sequence = {"StartingSequenceNumber": str(shard.sequence(0, state.created * 1000))}
    if state.ending is not None:
        sequence["EndingSequenceNumber"] = state.ending
    answer: dict[str, Any] = {
        "ShardId": shard.id,
        "HashKeyRange": {"StartingHashKey": str(state.start), "EndingHashKey": str(state.end)},
        "SequenceNumberRange": sequence,
    }
    if state.parent is not None:
        answer["ParentShardId"] = shard_id(state.parent)
    if state.adjacent_parent is not None:
        answer["AdjacentParentShardId"] = shard_id(state.adjacent_parent)
    return answer


def _chosen(stream: Stream, by: ShardFilter | None) -> list[Shard]:
    """The shards that a filter lets through; without one all that hold records within the retention."""
    shards = list(stream.shards.values())
    if by is None or by.Type == "FROM_TRIM_HORIZON":
        return shards
    if by.Type == "AFTER_SHARD_ID":
        if by.ShardId is None:
            raise invalid_argument("ShardFilter of type AFTER_SHARD_ID needs a ShardId.")
        return [shard for shard in shards if shard.id > by.ShardId]
    if by.Type == "AT_LATEST":
        return list(stream.open_shards)
    at: float | None = stream.state.created + 1 if by.Type == "AT_TRIM_HORIZON" else by.Timestamp
    if at is None:
        raise invalid_argument(f"ShardFilter of type {by.Type} needs a Timestamp.")
    at = max(at, stream.now() - 3600 * stream.state.retention_hours)
    ended_later = [shard for shard in shards if shard.state.closed is None or shard.state.closed > at]
    if by.Type == "FROM_TIMESTAMP":
        return ended_later
    return [shard for shard in ended_later if shard.state.created <= at]


def _open_shard(stream: Stream, name: str) -> Shard:
    shard = find_shard(stream, name)
    if shard.state.closed is not None:
        raise invalid_argument(
            f"Shard {shard.id} in stream {stream.state.name} under account {ACCOUNT} has already been split or"
            " merged."
        )
    return shard


def find_shard(stream: Stream, name: str) -> Shard:
    """The shard of that id; ResourceNotFoundException without one."""
    for shard in stream.shards.values():
        if shard.id == name:
            return shard
    raise ServiceError(
        "ResourceNotFoundException",
        f"Could not find shard {name} in stream {stream.state.name} under account {ACCOUNT}.",
    )
