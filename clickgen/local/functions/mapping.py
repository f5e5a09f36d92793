"""An event source mapping: its settings as kept and described, and its function as a target of batches."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from clickgen.local.functions.failures import Failures
from clickgen.local.functions.functions import PAUSE_SECONDS, EmbeddedFunctions
from clickgen.local.functions.limits import MAX_PAYLOAD_BYTES
from clickgen.local.functions.settings import name_of
from clickgen.local.platform.batch_targets import Handed, Taken, first_failure
from clickgen.local.platform.consumer import NO_RESULT, ConsumerSettings
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.patterns import Filters

_FRAME_BYTES = len(b'{"Records":[]}')
_UNTRIED = frozenset({"TooManyRequestsException", "ServiceException", "ResourceConflictException"})
"""Errors of a call that did not reach the handler, and is made again without counting."""


class MappingSettings(BaseModel):
    """A mapping as it is kept when no server runs."""

    id: str = Field(default_factory=lambda: str(uuid.uuid4()))
    source: str
    """The ARN of the stream."""
    function: str
    """Its name."""
    region: str
    start: Literal["TRIM_HORIZON", "LATEST"]
    enabled: bool = True
    batch_size: int = 100
    window: int = 0
    retries: int = -1
    max_age: int = -1
    bisect: bool = False
    partial: bool = False
    """Whether the function reports which records failed (ReportBatchItemFailures)."""
    on_failure: str | None = None
    patterns: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    modified: float = Field(default_factory=time.time)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:event-source-mapping:{self.id}"

    def consumer(self) -> ConsumerSettings:
        """How the stream is read."""
        return ConsumerSettings(
            arn=self.source,
            consumer=f"mapping:{self.function}",
            batch_size=self.batch_size,
            start=self.start,
            window=self.window,
            retries=self.retries,
            max_age=self.max_age,
            bisect=self.bisect,
            max_bytes=MAX_PAYLOAD_BYTES - _FRAME_BYTES,
            filters=Filters(self.patterns),
        )

    def describe(self, state: str, last_result: str = NO_RESULT) -> dict[str, Any]:
        """`EventSourceMappingConfiguration`."""
        function = f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.function}"
        described: dict[str, Any] = {
            "UUID": self.id,
            "EventSourceMappingArn": self.arn,
            "EventSourceArn": self.source,
            "FunctionArn": function,
            "State": state,
            "StateTransitionReason": "User action",
            "LastModified": self.modified,
            "LastProcessingResult": last_result,
            "StartingPosition": self.start,
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.window,
            "ParallelizationFactor": 1,
            "MaximumRecordAgeInSeconds": self.max_age,
            "MaximumRetryAttempts": self.retries,
            "BisectBatchOnFunctionError": self.bisect,
            "TumblingWindowInSeconds": 0,
            "FunctionResponseTypes": ["ReportBatchItemFailures"] if self.partial else [],
            "DestinationConfig": {"OnFailure": {"Destination": self.on_failure} if self.on_failure else {}},
        }
        if self.patterns:
            described["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in self.patterns]}
        return described


class FunctionTarget:
    """Hands batches to the function of a mapping."""

    def __init__(
        self,
        settings: MappingSettings,
        functions: EmbeddedFunctions,
        failures: Failures,
        faults: ServiceFaults,
    ) -> None:
        """faults: those of mappings, of which a pause is heeded."""
        self._faults = faults
        self._settings = settings
        self._functions = functions
        self._failures = failures

    async def hand(self, batch: Sequence[Taken]) -> Handed:
        """Invoke the function with a batch, once the mapping is not paused."""
        while self._faults.of(self._settings.function).settings.pause:
            await asyncio.sleep(PAUSE_SECONDS)
        try:
            outcome = await self._functions.invoke(self._settings.function, _event(batch))
        except ServiceError as error:
            lost = error.code == "ResourceNotFoundException"
            return Handed(0, error.message, counts=not lost and error.code not in _UNTRIED)
        if outcome.error is not None:
            return Handed(0, "Function call failed")
        if not self._settings.partial:
            return Handed(len(batch))
        done = first_failure(outcome.payload, [taken.record.sequence_number for taken in batch])
        return Handed(done, None if done == len(batch) else "Function reported items that failed")

    async def give_up(self, shard: str, batch: Sequence[Taken], condition: str, tries: int) -> None:
        """Keep a record of the batch in the bucket for failures, if the mapping names one."""
        settings = self._settings
        if settings.on_failure is None:
            return
        kind = "KinesisBatchInfo" if ":kinesis:" in settings.source else "DDBStreamBatchInfo"
        first, last = batch[0].record, batch[-1].record
        about = {
            "shardId": shard,
            "startSequenceNumber": first.sequence_number,
            "endSequenceNumber": last.sequence_number,
            "approximateArrivalOfFirstRecord": _iso(first.arrived),
            "approximateArrivalOfLastRecord": _iso(last.arrived),
            "batchSize": len(batch),
            "streamArn": settings.source,
        }
        self._failures.keep_batch(
            settings.on_failure,
            f"arn:aws:lambda:{settings.region}:{ACCOUNT}:function:{name_of(settings.function)}",
            settings.id,
            shard,
            {kind: about},
            _event(batch),
            attempts=tries,
            condition=condition,
        )


def _event(batch: Sequence[Taken]) -> bytes:
    return b'{"Records":[' + b",".join(taken.json for taken in batch) + b"]}"


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}Z"
