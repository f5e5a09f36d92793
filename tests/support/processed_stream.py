"""A stream that processes records, in this process: tests hold its time and look at what its Lambda is asked."""

import asyncio
import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import Invocation

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:enrich"
Answer = dict[str, Any]
Handler = Callable[[Answer], Any]


class InProcess:
    """Lambda for the tests: calls a handler here, so that they can hold time and look at events."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.events: list[Answer] = []

    def has(self, function: str) -> bool:
        return function == FUNCTION

    async def invoke(self, function: str, payload: bytes) -> Invocation:
        assert function == FUNCTION
        event = json.loads(payload)
        self.events.append(event)
        await asyncio.sleep(0)
        try:
            return Invocation(json.dumps(self.handler(event)).encode(), None)
        except RuntimeError as error:
            return Invocation(json.dumps({"errorMessage": str(error)}).encode(), "Unhandled")


def each(change: Callable[[bytes], Answer]) -> Handler:
    """A handler that gives for each record what `change` makes of its data."""

    def handler(event: Answer) -> Answer:
        records = event["records"]
        return {"records": [{"recordId": one["recordId"], **change(b64decode(one["data"]))} for one in records]}

    return handler


def ok(data: bytes, **members: Any) -> Answer:
    return {"result": "Ok", "data": b64encode(data).decode(), **members}


def loud(data: bytes) -> Answer:
    return ok(data.upper())


def processor(kind: str, **parameters: str) -> Answer:
    """A processor of that type."""
    given = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": kind, "Parameters": given}


def settings_of(
    *, processors: list[Answer] | None = None, retries: int = 3, transform: bool = True, **destination: Any
) -> Answer:
    """A destination with these processors, after a Lambda if there is to be one."""
    function = processor("Lambda", LambdaArn=FUNCTION, NumberOfRetries=str(retries), BufferIntervalInSeconds="1")
    steps = [*([function] if transform else []), *(processors or [])]
    return {
        "RoleARN": "arn:aws:iam::000000000000:role/r",
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": "out/",
        "ErrorOutputPrefix": "bad/!{firehose:error-output-type}/",
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": steps,
        },
    } | destination


async def run(
    lake: Lake, functions: InProcess, records: list[bytes], destination: Answer, acknowledged: list[bytes]
) -> None:
    """One life of a server that takes the records, a put of at most ten each, and delivers all of it."""
    pipeline = EmbeddedPipeline(lake, Surroundings(ServiceClock(1000), functions=functions))
    if not pipeline.names:
        body = {"DeliveryStreamName": "clicks", "ExtendedS3DestinationConfiguration": destination}
        pipeline.create(new_state(body, "us-east-1"), at_once=True)
    buffer = pipeline.active("clicks").buffer
    for start in range(0, len(records), 10):
        chunk = records[start : start + 10]
        buffer.put(b"".join(chunk), list(map(len, chunk)))
        acknowledged += chunk
        if start % 40 == 0:
            buffer.seal()
            await asyncio.sleep(0)
    await buffer.settle()
    assert await pipeline.close() == 0


def landed(lake: Lake, folder: str) -> bytes:
    files = sorted((lake.root / "lake" / folder).rglob("clicks-*"))
    return b"".join(
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in files
    )


def failures(lake: Lake, error_type: str = "processing-failed") -> list[Answer]:
    return [json.loads(line) for line in landed(lake, f"bad/{error_type}").splitlines()]


def deliver(lake: Lake, handler: Handler, records: list[bytes], **destination: Any) -> InProcess:
    functions = InProcess(handler)
    asyncio.run(run(lake, functions, records, settings_of(**destination), []))
    return functions
