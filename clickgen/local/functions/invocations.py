"""The Invoke action: wait for an answer, queue an event, or only see whether it would be possible."""

import base64
import binascii

import orjson

from clickgen.local.functions.functions import EmbeddedFunctions, wanted
from clickgen.local.functions.limits import MAX_ASYNC_PAYLOAD_BYTES
from clickgen.local.functions.queue import EventQueue
from clickgen.local.functions.settings import VERSION
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.rest import RestAnswer, RestCall


class Invocations:
    """Calls of functions that arrive over HTTP."""

    def __init__(self, functions: EmbeddedFunctions, queue: EventQueue) -> None:
        self._functions = functions
        self._queue = queue

    async def invoke(self, call: RestCall) -> RestAnswer:
        """Invoke."""
        function = self._functions.find(wanted(call), call.region)
        payload = call.raw or b"{}"
        try:
            orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise ServiceError(
                "InvalidRequestContentException", f"Could not parse request body into json: {error}"
            ) from None
        kind = call.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return RestAnswer(status=204)
        if function.pending and kind != "Event":
            raise ServiceError(
                "ResourceConflictException",
                "The operation cannot be performed at this time. The function is currently in the following state:"
                " Pending",
                409,
            )
        if kind == "Event":
            if len(payload) > MAX_ASYNC_PAYLOAD_BYTES:
                raise ServiceError(
                    "RequestTooLargeException",
                    f"{len(payload)} byte payload is too large for the Event invocation type"
                    f" (limit {MAX_ASYNC_PAYLOAD_BYTES} bytes)",
                    413,
                )
            self._queue.send(function.settings.name, payload)
            return RestAnswer(b"", 202)
        if kind != "RequestResponse":
            raise ServiceError("InvalidParameterValueException", f"There is no invocation type {kind!r}.")
        outcome, tail = await self._functions.call(function, payload, _client_context(call))
        headers = {"X-Amz-Executed-Version": VERSION}
        if outcome.error is not None:
            headers["X-Amz-Function-Error"] = outcome.error
        if call.headers.get("x-amz-log-type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
        return RestAnswer(outcome.payload, 200, headers)


def _client_context(call: RestCall) -> object:
    given = call.headers.get("x-amz-client-context")
    if given is None:
        return None
    try:
        return orjson.loads(base64.b64decode(given))
    except (binascii.Error, orjson.JSONDecodeError):
        raise ServiceError(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        ) from None
