"""The door of the endpoint: open to everybody until the server stops, then only to its own functions.

What is buffered is delivered when a server stops, and functions that are called for it may call the endpoint.
"""

import asyncio
import re
import uuid

import orjson

from clickgen.local.platform.web import web

FUNCTIONS_KEY = "clickgen-local"
"""The access key that functions of the embedded pipeline sign with."""

_KEY = re.compile(r"Credential=([^/,]+)/")
_POLL_SECONDS = 0.02


class Door:
    """Lets requests in, and knows how many of them are not answered yet. Belongs to the running event loop."""

    def __init__(self) -> None:
        self.closed = False
        self._visitors = 0

    def enter(self, request: web.Request) -> bool:
        """Whether the request may come in; one that does has to `leave`."""
        if self.closed and not _is_from_a_function(request):
            return False
        self._visitors += 1
        return True

    def leave(self) -> None:
        """A request has been answered."""
        self._visitors -= 1

    async def close(self, seconds: float) -> None:
        """Let nobody in but functions, and wait at most so long until all who are in have been answered."""
        self.closed = True
        deadline = asyncio.get_running_loop().time() + seconds
        while self._visitors and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_POLL_SECONDS)


def stopping() -> web.Response:
    """The answer to those who come too late: nothing of what they ask for is done."""
    body = {"__type": "ServiceUnavailableException", "message": "The embedded pipeline is stopping."}
    headers = {"x-amzn-ErrorType": "ServiceUnavailableException", "x-amzn-RequestId": str(uuid.uuid4())}
    answer = web.Response(body=orjson.dumps(body), status=503, content_type="application/json", headers=headers)
    answer.force_close()
    return answer


def _is_from_a_function(request: web.Request) -> bool:
    match = _KEY.search(request.headers.get("Authorization", ""))
    return match is not None and match.group(1) == FUNCTIONS_KEY
