"""An HTTP endpoint as the destination: each spool is one request, sent again until it is acknowledged or given up.

What the endpoint does not take goes to the error output in S3; with `AllData`, everything goes to S3 as well.
"""

import asyncio
import gzip
import ssl
import time
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import orjson
import pybase64

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.destination import HttpDelivery
from clickgen.local.firehose.drafts import Draft, Step
from clickgen.local.firehose.failures import HTTP_ENDPOINT_FAILED, Failure, error_line
from clickgen.local.firehose.journal import Put, SpoolPlace
from clickgen.local.firehose.spool import Contents, Spool, data_of
from clickgen.local.platform.web import aiohttp

_ANSWER_SECONDS = 180.0
"""How long the service waits for an answer [developer guide, HTTP endpoint delivery]."""

_MAX_ANSWER_BYTES = 1024 * 1024
"""The longest answer that is read [developer guide, HTTP endpoint delivery specification]."""

_RETRY_SECONDS = 1.0
_MAX_RETRY_SECONDS = 60.0
_GZIP_LEVEL = 4
_TOO_LARGE = 413  # is not tried again, since the same would be too large again

Problem = tuple[str, str]
"""The code and the message of a failure."""


class HttpSender:
    """Posts the spools of one stream."""

    def __init__(self, context: StreamContext, settings: HttpDelivery) -> None:
        self._settings = settings
        self._clock = context.surroundings.clock
        self._patience = context.patience
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
            "X-Amz-Firehose-Protocol-Version": "1.0",
            "X-Amz-Firehose-Source-Arn": context.stream.arn,
        }
        if settings.gzip:
            self._headers["Content-Encoding"] = "gzip"
        if settings.access_key is not None:
            self._headers["X-Amz-Firehose-Access-Key"] = settings.access_key
        if settings.attributes:
            attributes = {"commonAttributes": dict(settings.attributes)}
            self._headers["X-Amz-Firehose-Common-Attributes"] = orjson.dumps(attributes).decode()

    async def send(self, spool: Spool, contents: Contents, place: SpoolPlace) -> Failure | None:
        """Post the records of a spool; None if they were acknowledged, else why they were given up.

        The id of the request follows from the spool, so that an endpoint recognises what a killed server sends
        again. OSError if the stream closes before it is known.
        """
        request_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{place.bucket}/{place.key}"))
        body = await asyncio.to_thread(self._body, spool, contents.puts, request_id)
        deadline = time.monotonic() + self._clock.shortened(self._settings.retry_seconds)
        wait, attempts = _RETRY_SECONDS, 0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS)) as session:
            while True:
                attempts += 1
                status, problem = await self._post(session, body, request_id)
                if problem is None:
                    return None
                if status == _TOO_LARGE or time.monotonic() >= deadline:
                    return Failure(HTTP_ENDPOINT_FAILED, *problem, attempts=attempts)
                if await self._patience.closes_within(wait):
                    raise OSError(f"{self._settings.url}: {problem[1]}")
                wait = min(2 * wait, _MAX_RETRY_SECONDS)

    def _body(self, spool: Spool, puts: Sequence[Put], request_id: str) -> bytes:
        records = b",".join(
            b'{"data":"%s"}' % pybase64.b64encode(record)
            for put, payload in data_of(spool.data, puts)
            for record in put.split(payload)
        )
        now = time.time_ns() // 1_000_000
        body = b'{"requestId":"%s","timestamp":%d,"records":[%s]}' % (request_id.encode(), now, records)
        return gzip.compress(body, _GZIP_LEVEL, mtime=0) if self._settings.gzip else body

    async def _post(
        self, session: aiohttp.ClientSession, body: bytes, request_id: str
    ) -> tuple[int | None, Problem | None]:
        headers = {**self._headers, "X-Amz-Firehose-Request-Id": request_id}
        try:
            async with session.post(
                self._settings.url,
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=_certificates() if self._settings.url.startswith("https:") else True,
            ) as response:
                answer = await response.content.read(_MAX_ANSWER_BYTES)
        except TimeoutError:
            return None, ("HttpEndpoint.RequestTimeout", "The endpoint did not answer in time.")
        except aiohttp.ClientError as error:
            return None, ("HttpEndpoint.ConnectionFailed", f"The endpoint cannot be reached: {error}.")
        return response.status, _judged(response.status, answer, request_id)


@cache
def _certificates() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def failed_records(failure: Failure, aside: Path, *, keep: bool) -> Step:
    """The step that makes lines for the error output of all records, and keeps the records if `keep`."""

    def fail(draft: Draft) -> list[Draft]:
        target = aside / uuid.uuid4().hex
        with target.open("xb") as file:
            for put, payload in data_of(draft.file, draft.puts):
                file.writelines(error_line(record, put.arrived, failure) for record in put.split(payload))
            size = file.tell()
        lines = Draft(draft.bucket, draft.failed_key or draft.key, target, size, finished=True)
        return [lines, draft] if keep else [lines]

    return fail


def _judged(status: int, answer: bytes, request_id: str) -> Problem | None:
    """None if the answer acknowledges the request."""
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        said = None
    message = said.get("errorMessage") if isinstance(said, dict) else None
    if status != 200:
        words = f"status {status}" + (f": {message}" if message else "")
        return "HttpEndpoint.DestinationException", f"The endpoint answered with {words}."
    if not isinstance(said, dict) or said.get("requestId") != request_id:
        return (
            "HttpEndpoint.InvalidResponseFromDestination",
            "The response received from the specified endpoint is invalid: it must be JSON with the requestId.",
        )
    return None
