"""Answers of services, read whole and within bounds, whatever a server intends.

botocore reads as many bytes as it is given, and takes whatever it got for the whole answer. Here an answer is
limited in bytes and in time, and one whose connection broke before its end is not accepted. The bodies of objects
are streams, which their readers bound. Content-Encoding is not undone, so nothing grows after it was counted.
"""

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.exceptions import ReadTimeoutError as Urllib3ReadTimeoutError

from clickgen.model.errors import UnusableAnswer

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.httpsession import URLLib3Session

# GetRecords of Kinesis gives the most: 10 MiB, which in base64 and with 10,000 sequence numbers is under 16 MiB
MOST_BYTES = 16 << 20
MOST_SECONDS = 60.0  # for that much at 300 KB a second; the read timeout alone allows one byte every half minute
_PIECE = 64 << 10
NO_SERVICE_HINT = "AWS answers otherwise: check --endpoint-url, AWS_ENDPOINT_URL and the proxy settings"


class BoundedSession:
    """Wraps a client's HTTP session. service: its name in messages."""

    def __init__(self, session: "URLLib3Session", service: str) -> None:
        self._session = session
        self._service = service

    def send(self, request: "AWSPreparedRequest") -> "AWSResponse":
        """The answer, already read to its end unless a stream was requested.

        Raises UnusableAnswer beyond the bounds, else what botocore's session raises.
        """
        streamed = request.stream_output
        request.stream_output = True  # the session itself reads nothing
        answer = self._session.send(request)
        if answer.status_code < 200:
            answer.raw.close()  # what it announces would be taken for the answer to the next call
            raise self._unusable(request, f"answered with HTTP {answer.status_code} alone")
        if not streamed or answer.status_code >= 300:
            # the attribute in which `content` keeps what it has read
            answer._content = self._body(answer.raw, request)  # type: ignore[attr-defined]
        return answer

    def close(self) -> None:
        self._session.close()

    def _body(self, raw: Any, request: "AWSPreparedRequest") -> bytes:
        try:
            return self._read(raw, request)
        except Urllib3ReadTimeoutError as problem:
            raise ReadTimeoutError(endpoint_url=request.url, error=problem) from problem
        except ProtocolError as problem:
            raise ConnectionClosedError(endpoint_url=request.url, request=request, error=problem) from problem
        except HTTPError as problem:
            raise HTTPClientError(error=problem) from problem

    def _read(self, raw: Any, request: "AWSPreparedRequest") -> bytes:
        if (raw.length_remaining or 0) > MOST_BYTES:
            raw.close()
            raise self._too_long(request)
        pieces: list[bytes] = []
        size = 0
        deadline = time.monotonic() + MOST_SECONDS
        while piece := raw.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raw.close()
                raise self._too_long(request)
            if time.monotonic() > deadline:
                raw.close()
                raise self._unusable(request, f"took more than {MOST_SECONDS:.0f} s for the rest of one answer")
        if raw.length_remaining:
            raise ConnectionClosedError(endpoint_url=request.url, request=request)
        return b"".join(pieces)

    def _too_long(self, request: "AWSPreparedRequest") -> UnusableAnswer:
        return self._unusable(request, f"answered with more than {MOST_BYTES >> 20} MiB, the most that is read")

    def _unusable(self, request: "AWSPreparedRequest", what: str) -> UnusableAnswer:
        return UnusableAnswer(f"{self._service} at {request.url} {what}", NO_SERVICE_HINT)
