"""Transforming records with a Lambda: invocations as Firehose makes them, and their failures."""

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence

import orjson
import pybase64

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.destination import LambdaTransform
from clickgen.local.firehose.failures import PROCESSING_FAILED, Failure
from clickgen.local.firehose.flow import Flow, Record
from clickgen.local.firehose.lambda_answers import Problem, judge
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import MEBIBYTE

_MAX_REQUEST_BYTES = 6 * MEBIBYTE
"""Of a synchronous invocation, base64 included [Lambda quotas]."""

_MAX_SECONDS = 300.0
"""How long Firehose waits for a function [developer guide, data transformation]."""

_RETRY_SECONDS = 1.0
"""Between attempts; the service does not say how long it waits."""

_HEAD_BYTES = 1024  # of an event beside its records, at most
_RECORD_BYTES = 128  # of a record in the event beside its data
_SOURCE_BYTES = 640  # of what Kinesis says of it, with the longest partition key
_FUNCTION_ERROR: Problem = (
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
)
_TIMED_OUT: Problem = (
    "Lambda.FunctionTimedOut",
    "The Lambda function invocation timed out. Increase the Timeout setting in the Lambda function.",
)
_REFUSALS = {"ResourceNotFoundException": "ResourceNotFound", "TooManyRequestsException": "InvokeLimitExceeded"}


class Transform:
    """The Lambda of one stream.

    about: what every event says beside its records: the stream, its region and its source.
    """

    def __init__(self, settings: LambdaTransform, about: dict[str, str], context: StreamContext) -> None:
        self._settings = settings
        self._about = orjson.dumps(about)[1:-1]
        self._functions = context.surroundings.functions
        self._patience = context.patience
        self._counts = context.counts

    async def run(self, flow: Flow) -> Flow:
        """The records as the function returned them; those that it dropped are gone."""
        passed: list[Record] = []
        failed = list(flow.failed)
        for batch in _batches(flow.records, self._settings.buffer_mb * MEBIBYTE):
            base = f"{uuid.uuid4().int:039d}"
            ids = [f"{base}{index:016d}" for index in range(len(batch))]
            answer, problem, attempts = await self._invoke(await asyncio.to_thread(self._event, batch, ids))
            if answer is None:
                refused = [(record, problem) for record in batch]
            else:
                returned, refused = await asyncio.to_thread(judge, batch, ids, answer)
                passed += returned
            arn = self._settings.function_arn
            failed += [
                (record, Failure(PROCESSING_FAILED, *why, attempts=attempts, function=arn))
                for record, why in refused
            ]
        return Flow(passed, failed)

    def _event(self, records: Sequence[Record], ids: Sequence[str]) -> bytes:
        entries = [
            b'{"recordId":"%s","approximateArrivalTimestamp":%d,"data":"%s"%s}'
            % (
                record_id.encode(),
                record.arrived,
                pybase64.b64encode(record.data),
                b"" if record.source is None else b',"kinesisRecordMetadata":' + orjson.dumps(record.source),
            )
            for record, record_id in zip(records, ids, strict=True)
        ]
        invocation = str(uuid.uuid4()).encode()
        return b'{"invocationId":"%s",%s,"records":[%s]}' % (invocation, self._about, b",".join(entries))

    async def _invoke(self, payload: bytes) -> tuple[bytes | None, Problem, int]:
        """What the function returned, or None and why it failed each time; and the number of attempts.

        OSError if the stream closes before that is known.
        """
        problem = _FUNCTION_ERROR
        attempts = 0
        while True:
            attempts += 1
            begun = time.monotonic()
            answer, problem = await self._attempt(payload)
            self._counts.sample("ExecuteProcessing.Duration", (time.monotonic() - begun) * 1000, "Milliseconds")
            self._counts.sample("ExecuteProcessing.Success", answer is not None)
            if answer is not None or attempts > self._settings.retries:
                return answer, problem, attempts
            if await self._patience.closes_within(_RETRY_SECONDS):
                raise OSError(f"{self._settings.function_arn}: {problem[1]}")  # the next server tries again

    async def _attempt(self, payload: bytes) -> tuple[bytes | None, Problem]:
        if self._functions is None:
            raise OSError("there is no Lambda service to transform its records")
        try:
            async with asyncio.timeout(_MAX_SECONDS):
                invocation = await self._functions.invoke(self._settings.function_arn, payload)
        except TimeoutError:
            return None, _TIMED_OUT
        except ServiceError as refusal:
            return None, (f"Lambda.{_REFUSALS.get(refusal.code, refusal.code)}", refusal.message)
        if invocation.error is None:
            return invocation.payload, _FUNCTION_ERROR
        return None, _TIMED_OUT if b"Task timed out" in invocation.payload else _FUNCTION_ERROR


def _batches(records: Sequence[Record], buffer: float) -> Iterator[list[Record]]:
    """As many records together as the buffer and a request take, and at least one."""
    batch: list[Record] = []
    size, data = _HEAD_BYTES, 0
    for record in records:
        adds = len(record.data) * 4 // 3 + _RECORD_BYTES + (_SOURCE_BYTES if record.source else 0)
        if batch and (size + adds > _MAX_REQUEST_BYTES or data + len(record.data) > buffer):
            yield batch
            batch, size, data = [], _HEAD_BYTES, 0
        batch.append(record)
        size += adds
        data += len(record.data)
    if batch:
        yield batch
