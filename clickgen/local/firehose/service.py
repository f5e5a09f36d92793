"""Firehose as a service of the endpoint."""

from urllib.parse import quote

from clickgen.local.firehose.control import StreamControl
from clickgen.local.firehose.pipe_target import FirehoseTargets
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.puts import Puts
from clickgen.local.firehose.tags import StreamTags
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import JsonService, StationReport

_LAKE_HEADER = "x-clickgen-lake"  # tells a verifier on this machine where the objects land


class Firehose(JsonService):
    """All streams of one lake behind the endpoint. `records` serves pipes."""

    def __init__(self, pipeline: EmbeddedPipeline, faults: ServiceFaults) -> None:
        self._pipeline = pipeline
        control, puts = StreamControl(pipeline), Puts(pipeline, faults)
        self.records = FirehoseTargets(pipeline, puts)
        super().__init__(
            "firehose",
            "Firehose_20150804",
            {
                **control.actions(),
                **StreamTags(pipeline).actions(),
                "PutRecord": puts.put_record,
                "PutRecordBatch": puts.put_record_batch,
            },
            faults=faults,
            faulty=dict.fromkeys(("PutRecord", "PutRecordBatch"), "DeliveryStreamName"),
            headers={_LAKE_HEADER: quote(str(pipeline.root))},
        )

    def reports(self) -> list[StationReport]:
        """Each stream."""
        return [self._pipeline.find(name).report() for name in self._pipeline.names]

    async def close(self) -> int:
        """Deliver every buffer, trying once."""
        return await self._pipeline.close()

    def too_large(self) -> ServiceError:
        """As the service words it."""
        return invalid_argument("Records size exceeds 4 MB limit")
