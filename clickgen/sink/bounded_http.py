"""Answers of services, read whole and within bounds, whatever a server intends.

botocore reads as many bytes as it is given, and takes whatever it got for the whole answer. Here an answer is
limited in bytes and in time, and one whose connection broke before its end is not accepted. The bodies of objects
are streams, which their readers bound. Content-Encoding is not undone, so nothing grows after it was counted.
"""

import ssl
import time
from pathlib import Path
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
        return self.read_to_end(self._session.send(request), request.url, streamed=streamed)

    def read_to_end(self, answer: "AWSResponse", url: str, *, streamed: bool = False) -> "AWSResponse":
        """The answer of which only the head was read, with its body, unless that is a stream. Raises as `send`."""
        if answer.status_code < 200:
            answer.raw.close()  # what it announces would be taken for the answer to the next call
            raise self._unusable(url, f"answered with HTTP {answer.status_code} alone")
        if not streamed or answer.status_code >= 300:
            set_content(answer, self._body(answer.raw, url))
        return answer

    def too_slow(self, url: str) -> UnusableAnswer:
        """What is wrong with an answer whose body takes longer than MOST_SECONDS."""
        return self._unusable(url, f"took more than {MOST_SECONDS:.0f} s for the rest of one answer")

    def proxy_for(self, url: str) -> str | None:
        """The proxy through which botocore reaches an address, or None."""
        found: str | None = self._session._proxy_config.proxy_url_for(url)  # type: ignore[attr-defined]
        return found

    def trust(self) -> ssl.SSLContext:
        """What is trusted of a service's certificate, as the client was configured."""
        from botocore.httpsession import create_urllib3_context, get_cert_path

        context: ssl.SSLContext = create_urllib3_context()
        known = get_cert_path(self._session._verify) if self._session._verify else None  # type: ignore[attr-defined]
        if known is None:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return context
        context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, True
        is_folder = Path(known).is_dir()
        context.load_verify_locations(None if is_folder else known, known if is_folder else None)
        return context

    def close(self) -> None:
        self._session.close()

    def _body(self, raw: Any, url: str) -> bytes:
        try:
            return self._read(raw, url)
        except Urllib3ReadTimeoutError as problem:
            raise ReadTimeoutError(endpoint_url=url, error=problem) from problem
        except ProtocolError as problem:
            raise ConnectionClosedError(endpoint_url=url, error=problem) from problem
        except HTTPError as problem:
            raise HTTPClientError(error=problem) from problem

    def _read(self, raw: Any, url: str) -> bytes:
        if (raw.length_remaining or 0) > MOST_BYTES:
            raw.close()
            raise self._too_long(url)
        pieces: list[bytes] = []
        size = 0
        deadline = time.monotonic() + MOST_SECONDS
        while piece := raw.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raw.close()
                raise self._too_long(url)
            if time.monotonic() > deadline:
                raw.close()
                raise self.too_slow(url)
        if raw.length_remaining:
            raise ConnectionClosedError(endpoint_url=url)
        return b"".join(pieces)

    def _too_long(self, url: str) -> UnusableAnswer:
        return self._unusable(url, f"answered with more than {MOST_BYTES >> 20} MiB, the most that is read")

    def _unusable(self, url: str, what: str) -> UnusableAnswer:
        return UnusableAnswer(f"{self._service} at {url} {what}", NO_SERVICE_HINT)


def set_content(answer: "AWSResponse", body: bytes) -> None:
    """Give an answer its body, in the attribute in which `content` keeps what it has read."""
    answer._content = body  # type: ignore[attr-defined]
