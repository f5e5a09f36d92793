"""What a Kinesis stream has to say of itself."""

from clickgen.local.kinesis.stream import Stream
from clickgen.local.platform.service import StationReport


def report_of(stream: Stream) -> StationReport:
    """Counts of a stream since the server started. What no reader has had by now waits."""
    waiting = 0
    arrivals: list[int] = []
    for shard in stream.shards.values():
        start = shard.started_at if shard.read_up_to is None else shard.read_up_to
        if start < shard.log.next:
            waiting += shard.log.next - start
            arrivals += [record.arrived_ms for record in shard.log.read(start, 1, 1)]
    return StationReport(
        station=f"kinesis:{stream.state.name}",
        state=stream.state.status,
        arrived=stream.taken,
        left=sum(shard.given for shard in stream.shards.values()),
        waiting=waiting,
        failed=stream.refused,
        lag_s=max(0.0, stream.now() - min(arrivals) / 1000) if arrivals else None,
        last_error=stream.last_refusal,
    )
