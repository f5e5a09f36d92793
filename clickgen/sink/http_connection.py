"""Connections to a collector, kept alive, and what can go wrong on them, in the words of the line.

Proxies are those of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), as with AWS. Certificates are checked
against those of the system, or of SSL_CERT_FILE and SSL_CERT_DIR. Answers are read within bounds, whatever a
server intends, and no redirect is followed.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from clickgen.model.batch import NoAnswer, NotReached
from clickgen.model.errors import EnvironmentProblem
from clickgen.sink.aws import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from clickgen.sink.http_answers import Heard

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

MOST_BYTES = 4 << 20  # of an answer: PutRecordBatch says most, under 100 KB for 500 records
MOST_SECONDS = 60.0  # for that much; the read timeout alone allows one byte every half minute
_PIECE = 64 << 10
_NETWORK_HINT = "check the URL, the network and the proxy settings (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)"
TRUST_HINT = "if it is meant to be trusted, name its authority's file in SSL_CERT_FILE"
# a handshake that fails comes before anything is sent
_HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "HANDSHAKE_FAILURE", "UNRECOGNIZED_NAME")


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for a URL, or None."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return found if found is None or "://" in found else f"http://{found}"


def without_user(url: str) -> str:
    """A URL without the user and the password in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Connections:
    """Connections to the host of one URL, for several threads."""

    def __init__(self, url: str, connections: int) -> None:
        self._url = url.partition("?")[0]
        timeout = Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        proxy = proxy_for(url)
        if proxy is None:
            self._pools = PoolManager(2, maxsize=connections, timeout=timeout, ssl_context=_trusting())
            return
        user = unquote(urlsplit(proxy).netloc.rpartition("@")[0])
        self._pools = ProxyManager(
            proxy,
            2,
            maxsize=connections,
            timeout=timeout,
            ssl_context=_trusting(),
            proxy_headers=make_headers(proxy_basic_auth=user) if user else None,
        )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Heard | NoAnswer | NotReached:
        """One POST, whatever comes of it."""
        try:
            answer = self._pools.urlopen(
                "POST",
                url,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except (NewConnectionError, ConnectTimeoutError, ProxyError) as problem:
            return NotReached(_reason(problem), _NETWORK_HINT)
        except SSLError as problem:
            if any(sign in str(problem) for sign in _HANDSHAKE):
                return NotReached(_reason(problem), TRUST_HINT)
            return NoAnswer(_reason(problem))
        except (HTTPError, OSError) as problem:
            return NoAnswer(_reason(problem))
        try:
            return self._heard(answer)
        except (HTTPError, OSError) as problem:
            answer.close()
            return NoAnswer(_reason(problem))

    def _heard(self, answer: "BaseHTTPResponse") -> Heard | NoAnswer:
        body = self._body(answer)
        if isinstance(body, NoAnswer):
            answer.close()
            return body
        answer.release_conn()
        return Heard(
            self._url, answer.status, {name.lower(): value for name, value in answer.headers.items()}, body
        )

    def _body(self, answer: "BaseHTTPResponse") -> bytes | NoAnswer:
        pieces, size, deadline = [], 0, time.monotonic() + MOST_SECONDS
        while piece := answer.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                return NoAnswer(f"the answer has more than {MOST_BYTES >> 20} MiB, the most that is read")
            if time.monotonic() > deadline:
                return NoAnswer(f"the answer took more than {MOST_SECONDS:.0f} s")
        if answer.length_remaining:
            return NoAnswer("the connection broke in the middle of the answer")
        return b"".join(pieces)


def check_reachable(url: str) -> None:
    """EnvironmentProblem if no connection can be made, or the certificate is not trusted. Nothing is sent."""
    parts = urlsplit(url)
    proxy = proxy_for(url)
    there = parts if proxy is None else urlsplit(proxy)
    host, port = there.hostname or "", there.port or (443 if there.scheme == "https" else 80)
    where = f"{parts.scheme}://{parts.netloc}" if proxy is None else f"the proxy {without_user(proxy)}"
    try:
        with socket.create_connection((host, port), CONNECT_TIMEOUT_S) as plain:
            if there.scheme == "https":
                with _trusting().wrap_socket(plain, server_hostname=host):
                    pass
    except ssl.SSLCertVerificationError as problem:
        raise EnvironmentProblem(
            f"{where} has a certificate that is not trusted: {problem.verify_message}", TRUST_HINT
        ) from problem
    except ssl.SSLError as problem:
        raise EnvironmentProblem(
            f"{where} does not speak TLS as expected: {problem.reason or problem}", "is it an http:// address?"
        ) from problem
    except (OSError, UnicodeError) as problem:
        words = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
        raise EnvironmentProblem(f"{where} cannot be reached: {words}", _NETWORK_HINT) from problem


@lru_cache(1)
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(problem: Exception) -> str:
    """What happened, without the objects that urllib3 names."""
    inner = getattr(problem, "original_error", None) or problem.__cause__ or problem
    words = (
        str(inner).rpartition(": ")[2]
        if isinstance(inner, NewConnectionError | ConnectTimeoutError)
        else str(inner)
    )
    return words.strip("()") or type(inner).__name__
