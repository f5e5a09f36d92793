"""The targets of pipes: streams that take records, and functions.

A target hands over a batch in its order. Records that a stream throttles are put again until it takes them, before
any later record of the batch is.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from clickgen.local.pipes.paths import MISSING, compile_path, refused
from clickgen.local.pipes.pipe import PipeState
from clickgen.local.pipes.template import Template
from clickgen.local.platform.batch_targets import Handed, Taken, first_failure
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.links import (
    EventFunctions,
    Functions,
    OutgoingRecord,
    RecordStreams,
    RecordTargets,
    StreamRecord,
)

_MAX_RECORDS, _MAX_BYTES = 500, 4 * MEBIBYTE
"""Of one put: what both Kinesis and Firehose take."""
_THROTTLED = frozenset({"ProvisionedThroughputExceededException", "ServiceUnavailableException"})
_THROTTLED_SECONDS = 0.2
"""Before throttled records are put again. A shard's second is one of the wall clock, whatever --speedup is."""
_HELD_BACK_SECONDS = 0.1
"""Between two looks whether a pause has ended, or a throttle lets the next batch through."""


@dataclass(frozen=True)
class Neighbours:
    """The services that pipes lead from and to."""

    sources: Sequence[RecordStreams]
    targets: Sequence[RecordTargets]
    functions: Functions
    queue: EventFunctions


def check_target(state: PipeState) -> None:
    """ValidationException if no target of its kind could be opened: a wrong template, path or parameter."""
    _template_of(state)
    given = state.target_parameters
    kind = _kind_of(state.target)
    if kind == "kinesis":
        if not given.get("KinesisStreamParameters"):
            raise refused(
                "TargetParameters.KinesisStreamParameters.PartitionKey is required for a Kinesis target."
            )
        _key_finder(given["KinesisStreamParameters"]["PartitionKey"])
    for member, of in (("KinesisStreamParameters", "kinesis"), ("LambdaFunctionParameters", "lambda")):
        if given.get(member) and of != kind:
            raise refused(f"TargetParameters.{member} does not fit the target {state.target}.")


def open_target(state: PipeState, faults: ServiceFaults, neighbours: Neighbours) -> "PipeTarget":
    """The target of a pipe; ValidationException if it is not there."""
    if _kind_of(state.target) == "lambda":
        if not neighbours.functions.has(state.target):
            raise refused(f"The target {state.target} does not exist.")
        parameters = state.target_parameters.get("LambdaFunctionParameters") or {}
        waits = parameters.get("InvocationType", "REQUEST_RESPONSE") == "REQUEST_RESPONSE"
        return FunctionTarget(state, faults, neighbours.functions, None if waits else neighbours.queue)
    for targets in neighbours.targets:
        if targets.owns(state.target):
            return StreamTarget(state, faults, targets)
    raise refused(f"The target {state.target} does not exist.")


def _kind_of(arn: str) -> str:
    """The service of a target's ARN; ValidationException for one that pipes here do not lead to."""
    kind = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if kind not in {"kinesis", "firehose", "lambda"}:
        raise refused(
            f"The target {arn} is not supported: pipes of the embedded pipeline lead to Kinesis, Firehose and"
            " Lambda."
        )
    return kind


def _template_of(state: PipeState) -> Template | None:
    text = state.target_parameters.get("InputTemplate")
    about = {
        "aws.pipes.pipe-arn": state.arn,
        "aws.pipes.pipe-name": state.name,
        "aws.pipes.source-arn": state.source,
        "aws.pipes.target-arn": state.target,
    }
    return Template(text, about) if text else None


def event_of(record: StreamRecord) -> dict[str, Any]:
    """A record as pipes word it: of a Kinesis record the fields are beside those of the event."""
    if record.data is None:
        return record.event
    event = {name: value for name, value in record.event.items() if name != "kinesis"}
    return {**record.event["kinesis"], **event}


class PipeTarget:
    """What both kinds of targets share: faults, the template, and what is given up."""

    def __init__(self, state: PipeState, faults: ServiceFaults) -> None:
        """ValidationException if the template or a path is not valid."""
        self._name = state.name
        self._faults = faults
        self._template = _template_of(state)

    async def hand(self, batch: Sequence[Taken]) -> Handed:
        """Deal with a batch, once no fault keeps the pipe from it."""
        while (faults := self._faults.of(self._name)).holds_back(len(batch)):
            await asyncio.sleep(_HELD_BACK_SECONDS)
        if faults.settings.latency:
            await asyncio.sleep(faults.settings.latency)
        try:
            faults.refuse_call()
            return await self.pass_on(batch)
        except ServiceError as error:
            return Handed(0, f"{error.code}: {error.message}")

    async def give_up(self, shard: str, batch: Sequence[Taken], condition: str, tries: int) -> None:
        """Without a dead-letter queue nothing is kept of them; the consumer counts them."""

    async def pass_on(self, batch: Sequence[Taken]) -> Handed:
        """Hand over a batch; ServiceError if nothing of it was."""
        raise NotImplementedError

    def body(self, taken: Taken, event: dict[str, Any]) -> bytes:
        """What the target gets of a record."""
        if self._template is not None:
            return self._template.fill(event)
        return taken.json if taken.record.data is None else orjson.dumps(event)

    def is_poisoned(self, taken: Taken) -> bool:
        """Whether a planted fault damages this record on its way."""
        return self._faults.of(self._name).poisons(taken.record.sequence_number)

    def note_damage(self, batch: Sequence[Taken]) -> None:
        """Count those of a batch that were damaged, now that they have been handed over."""
        faults = self._faults.of(self._name)
        if faults.settings.poison:
            faults.note_damage(sum(map(self.is_poisoned, batch)))


class StreamTarget(PipeTarget):
    """A Kinesis or Firehose stream."""

    def __init__(self, state: PipeState, faults: ServiceFaults, targets: RecordTargets) -> None:
        """ValidationException if the template or the partition key is not valid."""
        super().__init__(state, faults)
        self._arn = state.target
        self._targets = targets
        parameters = state.target_parameters.get("KinesisStreamParameters") or {}
        self._key = _key_finder(parameters.get("PartitionKey", ""))
        self._kept: set[str] = set()
        """Sequence numbers of records that were kept although one before them was not."""

    async def pass_on(self, batch: Sequence[Taken]) -> Handed:
        """Put the records, at most 500 or 4 MB at once."""
        waiting = [taken for taken in batch if taken.record.sequence_number not in self._kept]
        error: str | None = None
        while waiting and error is None:
            chunk = self._chunk(waiting)
            answers = self._targets.put(self._arn, [outgoing for _, outgoing in chunk])
            codes = {taken.record.sequence_number: code for (taken, _), code in zip(chunk, answers, strict=True)}
            self._kept.update(number for number, code in codes.items() if code is None)
            waiting = [taken for taken in waiting if taken.record.sequence_number not in self._kept]
            error = next((code for code in codes.values() if code and code not in _THROTTLED), None)
            # a long batch does not hold up the event loop, nor a throttled stream the processor
            await asyncio.sleep(_THROTTLED_SECONDS if any(codes.values()) else 0)
        numbers = [taken.record.sequence_number for taken in batch]
        done = next((index for index, number in enumerate(numbers) if number not in self._kept), len(numbers))
        self._kept.difference_update(numbers[:done])
        self.note_damage(batch[:done])
        return Handed(done, error and f"{error} from {self._arn}")

    def _chunk(self, waiting: Sequence[Taken]) -> list[tuple[Taken, OutgoingRecord]]:
        chunk: list[tuple[Taken, OutgoingRecord]] = []
        size = 0
        for taken in waiting[:_MAX_RECORDS]:
            event = event_of(taken.record)
            body = self.body(taken, event)
            record = OutgoingRecord(body[: len(body) // 2] if self.is_poisoned(taken) else body, self._key(event))
            size += len(record.data) + len(record.partition_key)
            if chunk and size > _MAX_BYTES:
                break
            chunk.append((taken, record))
        return chunk


class FunctionTarget(PipeTarget):
    """A Lambda function: it gets the records of a batch as a list."""

    def __init__(
        self,
        state: PipeState,
        faults: ServiceFaults,
        functions: Functions,
        queue: EventFunctions | None,
    ) -> None:
        """queue: calls the function if the pipe does not wait for it, or None if it waits. ValidationException."""
        super().__init__(state, faults)
        self._function = state.target
        self._functions = functions
        self._queue = queue

    async def pass_on(self, batch: Sequence[Taken]) -> Handed:
        """Call the function with the batch."""
        payload = b"[" + b",".join([self._entry(taken) for taken in batch]) + b"]"
        if self._queue is not None:
            self._queue.send(self._function, payload)
            self.note_damage(batch)
            return Handed(len(batch))
        outcome = await self._functions.invoke(self._function, payload)
        if outcome.error is not None:
            return Handed(0, f"{self._function} failed: {outcome.payload[:500].decode(errors='replace')}")
        done = first_failure(outcome.payload, [taken.record.sequence_number for taken in batch])
        self.note_damage(batch[:done])
        return Handed(done, None if done == len(batch) else f"{self._function} reported records that failed")

    def _entry(self, taken: Taken) -> bytes:
        """What the function gets of a record: of a poisoned one a text, the first half of the JSON."""
        body = self.body(taken, event_of(taken.record))
        if not self.is_poisoned(taken):
            return body
        return orjson.dumps(body[: len(body) // 2].decode(errors="ignore"))


def _key_finder(text: str) -> Callable[[dict[str, Any]], str]:
    if not text.startswith("$"):
        return lambda _event: text
    find = compile_path(text)

    def key(event: dict[str, Any]) -> str:
        value = find(event)
        if value is MISSING or value is None or value == "":
            raise ServiceError("ValidationException", f"The PartitionKey {text} leads to nothing in an event.")
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    return key
