"""What a stream counts: for its report, and for CloudWatch under the names that Firehose publishes."""

import asyncio
import time
from collections import defaultdict

from clickgen.local.firehose.objects import Delivered
from clickgen.local.firehose.outgoing import Waiting
from clickgen.local.platform.links import Metrics

_NAMESPACE = "AWS/Firehose"
_PUBLISH_SECONDS = (
    1.0  # sums are gathered for so long: calls come far more often, and statistics are by the minute
)


class StreamCounts:
    """The counts of one stream since the server started. Belongs to the running event loop."""

    def __init__(self, stream: str, metrics: Metrics | None) -> None:
        self.arrived = 0  # records acknowledged
        self.left = 0  # records delivered
        self.refused = 0  # records not acknowledged
        self.failed = 0  # records that went to the error output
        self.last_failure: str | None = None  # why a record went there
        self.stream = stream
        self._dimensions = {"DeliveryStreamName": stream}
        self._metrics = metrics
        self._sums: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._planned: asyncio.TimerHandle | None = None

    def put(self, operation: str, records: int, size: int, refused: int) -> None:
        """A call of PutRecord or PutRecordBatch kept so many records and bytes, and refused others."""
        self.refused += refused
        if self._metrics is None:
            return
        self.add("IncomingPutRequests", 1)
        self.add(f"{operation}.Requests", 1)
        if operation == "PutRecordBatch":
            self.add("PutRecordBatch.Records", records + refused)
        self.add(f"{operation}.Bytes", size, "Bytes")
        if refused:
            self.add("ThrottledRecords", refused)

    def kept(self, records: int, size: int) -> None:
        """So many records and bytes were acknowledged, whatever their source."""
        self.arrived += records
        if self._metrics is not None:
            self.add("IncomingRecords", records)
            self.add("IncomingBytes", size, "Bytes")

    def processed(self, records: int, failed: int, last_failure: str | None) -> None:
        """So many records were processed, and others failed, the last one for that reason."""
        self.failed += failed
        self.last_failure = last_failure or self.last_failure
        self.add("SucceedProcessing.Records", records)

    def delivered(self, waiting: Waiting, delivered: Delivered) -> None:
        """What waited was delivered, or went to the error output."""
        if waiting.content == "records":
            self.left += delivered.records - delivered.failed
            self.failed += delivered.failed
        if waiting.content != "errors" and delivered.objects:
            size = sum(one.size for one in delivered.landed)
            name = "DeliveryToS3" if waiting.content == "records" else "BackupToS3"
            self.add(f"{name}.ObjectCount", delivered.objects)
            self.arrived_at(name, delivered.records, size, waiting.arrived)

    def given_up(self, records: int) -> None:
        """Records that were delivered to S3 could not be taken further."""
        self.left -= records
        self.failed += records

    def arrived_at(self, destination: str, records: int, size: int, oldest: int) -> None:
        """Records reached a destination; `oldest`: when the first of them arrived (epoch milliseconds), or 0."""
        self.add(f"{destination}.Records", records)
        self.add(f"{destination}.Bytes", size, "Bytes")
        self.sample(f"{destination}.Success", 1)
        if oldest:
            self.sample(f"{destination}.DataFreshness", max(0.0, time.time() - oldest / 1000), "Seconds")

    def add(self, name: str, value: float, unit: str = "Count") -> None:
        """Add to what is published as one value a second."""
        if self._metrics is None:
            return
        self._sums[name, unit] += value
        if self._planned is None:
            self._planned = asyncio.get_running_loop().call_later(_PUBLISH_SECONDS, self.publish)

    def sample(self, name: str, value: float, unit: str = "Count") -> None:
        """Publish one value, of which the average counts."""
        if self._metrics is not None:
            self._metrics.add(_NAMESPACE, name, self._dimensions, value, unit)

    def publish(self) -> None:
        """Publish what was added."""
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None
        for (name, unit), value in self._sums.items():
            self.sample(name, value, unit)
        self._sums.clear()
