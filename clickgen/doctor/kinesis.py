"""A Kinesis stream: its state, and its shards against the wished rate."""

from collections.abc import Iterator
from math import ceil

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.permissions import probe_writing
from clickgen.doctor.visit import Answer, Refused, Visit
from clickgen.model.amounts import counted, size, wanted
from clickgen.pipeline.description import flow

SHARD_RECORDS = 1000
SHARD_BYTES = 1 << 20
SHARD_BYTES_OUT = 2 << 20
"""What a shard takes and gives in a second; readers without fan-out share the latter [Kinesis guide]."""

ON_DEMAND_BYTES = 4 << 20
"""What a new on-demand stream takes in a second; it grows to twice its busiest of 30 days [Kinesis guide]."""

_READABLE = ("ACTIVE", "UPDATING")


def examine_kinesis(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    answer = visit.ask("kinesis", "describe_stream_summary", StreamName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"Kinesis stream {name}", "kinesis:DescribeStreamSummary")
        return
    stream = answer["StreamDescriptionSummary"]
    if stream["StreamStatus"] not in _READABLE:
        yield problem(
            station, f"it is {stream['StreamStatus']}, not ACTIVE", "wait until it is, or create it again"
        )
        return
    on_demand = stream.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND"
    mode = "on demand" if on_demand else counted(stream["OpenShardCount"], "shard")
    yield fine(station, f"active, {mode}, keeps records {stream['RetentionPeriodHours']} h")
    yield from _capacity(visit, station, stream, on_demand=on_demand)
    if visit.description.entry == station:
        yield probe_writing(visit, station, "kinesis", "put_records", StreamName=name, Records=[])


def _capacity(visit: Visit, station: str, stream: Answer, *, on_demand: bool) -> Iterator[Finding]:
    rate, volume = visit.wishes.rate, visit.wishes.bytes_a_second
    if rate is None or volume is None:
        return
    wish = f"{wanted(rate)}/s of {visit.wishes.event_bytes} B"
    if on_demand:
        if volume > ON_DEMAND_BYTES:
            what = f"{wish} are {size(int(volume))}/s; a new stream on demand takes {size(ON_DEMAND_BYTES)}/s"
            yield warning(station, what, "raise the rate slowly, or provision shards for the first hours")
        return
    shards = int(stream["OpenShardCount"])
    needed = max(1, ceil(max(rate / SHARD_RECORDS, volume / SHARD_BYTES)))
    readers = len(flow(visit.description.resources).get(station, ()))
    out = ceil(volume * readers / SHARD_BYTES_OUT)
    if needed > shards:
        what = f"{wish} need {counted(needed, 'shard')}, and it has {shards}: it will throttle"
        yield problem(
            station, what, f"aws kinesis update-shard-count --target-shard-count {needed} (in steps of twice)"
        )
    elif out > shards:
        what = f"{readers} readers of {wish} need {counted(out, 'shard')}, and it has {shards}: they fall behind"
        yield problem(station, what, "add shards, or register a reader for enhanced fan-out")
    else:
        yield fine(station, f"{wish} need {counted(needed, 'shard')}, and it has {shards}")
