"""What a Kinesis stream has to say of itself."""

from clickgen.local.kinesis.stream import Stream
from clickgen.local.platform.consumption import counted, handed_on
from clickgen.local.platform.service import StationReport


def report_of(stream: Stream) -> StationReport:
    """Counts of a stream since the server started. What waits are those that a consumer has not had."""
    left, consumers = handed_on(shard.consumption for shard in stream.shards.values())
    waiting = 0
    arrivals: list[int] = []
    for shard in stream.shards.values():
        start = shard.consumption.first_waiting(counted(set(consumers)))
        if start < shard.log.next:
            waiting += shard.log.next - start
            arrivals += [record.arrived_ms for record in shard.log.read(start, 1, 1)]
    return StationReport(
        station=f"kinesis:{stream.state.name}",
        state=stream.state.status,
        arrived=stream.taken,
        left=left,
        waiting=waiting,
        failed=stream.refused,
        lag_s=max(0.0, stream.now() - min(arrivals) / 1000) if arrivals else None,
        last_error=stream.last_refusal,
        consumers=consumers,
    )
