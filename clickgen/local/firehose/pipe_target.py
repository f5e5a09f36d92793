"""Firehose for pipes: records put into delivery streams without a request."""

from collections.abc import Sequence

from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.puts import Puts
from clickgen.local.platform.links import OutgoingRecord, RecordTargets

_ARN = "arn:aws:firehose:"
_STREAM = ":deliverystream/"


class FirehoseTargets(RecordTargets):
    """The delivery streams of a lake, within the limits of a call and with the faults of their stations."""

    def __init__(self, pipeline: EmbeddedPipeline, puts: Puts) -> None:
        self._pipeline = pipeline
        self._puts = puts

    def owns(self, arn: str) -> bool:
        """Whether `arn` is a delivery stream that is there."""
        return arn.startswith(_ARN) and arn.rpartition(_STREAM)[2] in self._pipeline.names

    def put(self, arn: str, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """Keep records; for each None or the code of its refusal."""
        name = arn.rpartition(_STREAM)[2]
        return self._puts.put_for_pipe(name, [record.data for record in records]) if records else []
