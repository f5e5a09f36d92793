"""The head of a call in AWS's JSON protocol, signed (IAM User Guide, "Create a signed AWS API request").

botocore builds and signs a request in a third of a millisecond, whatever is in it. Between calls of one operation
only the body and the second change; the rest is put together once. The signature is the one that botocore makes.
"""

import hmac
import time
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials

_SIGNED, _SIGNED_WITH_TOKEN = (
    f"content-type;host;x-amz-date;{token}x-amz-target" for token in ("", "x-amz-security-token;")
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class SignedHead:
    """Makes heads for calls of one operation at one address; may be used by several threads."""

    def __init__(
        self, url: SplitResult, target: str, agent: str, credentials: "Credentials", service: str, region: str
    ) -> None:
        """url: without a path. target: what X-Amz-Target says. service: its name in signatures."""
        self._credentials = credentials
        self._scope = f"{region}/{service}/aws4_request"
        self._service, self._region, self._target = service, region, target
        self._host = host_of(url)
        self._start = (
            "POST / HTTP/1.1\r\n"
            f"Host: {self._host}\r\nUser-Agent: {agent}\r\nContent-Type: application/x-amz-json-1.1\r\n"
            f"X-Amz-Target: {target}\r\n"
        )
        self._key: tuple[object, bytes] = (None, b"")

    def of(self, body: bytes) -> bytes:
        """The head of a call with this body. Raises what botocore raises for credentials."""
        known = self._credentials.get_frozen_credentials()
        now = time.gmtime()
        moment = time.strftime("%Y%m%dT%H%M%SZ", now)
        day = moment[:8]
        scope = f"{day}/{self._scope}"
        token = f"x-amz-security-token:{known.token}\n" if known.token else ""
        signed = _SIGNED_WITH_TOKEN if token else _SIGNED
        canonical = (
            "POST\n/\n\n"
            f"content-type:application/x-amz-json-1.1\nhost:{self._host}\nx-amz-date:{moment}\n"
            f"{token}x-amz-target:{self._target}\n\n{signed}\n{sha256(body).hexdigest()}"
        )
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._signing_key(known, day), text.encode(), "sha256").hex()
        token_line = f"X-Amz-Security-Token: {known.token}\r\n" if token else ""
        return (
            f"{self._start}X-Amz-Date: {moment}\r\n{token_line}"
            f"Authorization: AWS4-HMAC-SHA256 Credential={known.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()

    def _signing_key(self, known: "ReadOnlyCredentials", day: str) -> bytes:
        """The key of a day and a secret, kept until either changes."""
        made_of, key = self._key
        if made_of != (known.secret_key, day):
            key = f"AWS4{known.secret_key}".encode()
            for word in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, word.encode(), "sha256")
            self._key = (known.secret_key, day), key
        return key


def host_of(url: SplitResult) -> str:
    """What the Host header of a request to this address says."""
    name = url.hostname or ""
    host = f"[{name}]" if ":" in name else name
    return host if url.port in (None, _DEFAULT_PORTS.get(url.scheme)) else f"{host}:{url.port}"
