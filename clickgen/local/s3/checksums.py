"""Checksums that clients send with an object: which there are, and how they are computed."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from isal import isal_zlib

from clickgen.local.platform.errors import ServiceError

PREFIX = "x-amz-checksum-"


class Sum(Protocol):
    """Takes bytes as hashlib's objects do."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""

    def digest(self) -> bytes:
        """The sum so far."""


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = isal_zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_COMPUTED: dict[str, Callable[[], Sum]] = {
    "crc32": _Crc32,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}
_KEPT = frozenset({"crc32c", "crc64nvme"})
"""Checksums that Python cannot compute fast: they are kept and answered, for clients that check what they read."""


class Expected:
    """The checksums of one body: announced in headers, or in trailers that follow it."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """BadDigest or InvalidRequest come when the body has ended, InvalidRequest for an unknown one at once."""
        announced = headers.get("x-amz-trailer", "").lower().removeprefix(PREFIX)
        self._given = {
            name.lower().removeprefix(PREFIX): value
            for name, value in headers.items()
            if name.lower().startswith(PREFIX) and name.lower() not in {f"{PREFIX}algorithm", f"{PREFIX}type"}
        }
        self._md5 = headers.get("Content-MD5")
        self.md5 = hashlib.md5(usedforsecurity=False)
        names = {*self._given, *([announced] if announced else ())}
        for name in names - _COMPUTED.keys() - _KEPT:
            raise ServiceError("InvalidRequest", f"The embedded pipeline does not know the checksum {name}.")
        self._sums = {name: _COMPUTED[name]() for name in names & _COMPUTED.keys()}

    def update(self, data: bytes) -> None:
        """Add bytes of the body."""
        self.md5.update(data)
        for one in self._sums.values():
            one.update(data)

    def check(self, trailers: Mapping[str, str]) -> dict[str, str]:
        """The checksums by their headers' names; BadDigest if the body is not what the client meant."""
        given = self._given | {name.removeprefix(PREFIX): value for name, value in trailers.items()}
        for name, one in self._sums.items():
            if name in given and base64.b64encode(one.digest()).decode() != given[name]:
                raise ServiceError(
                    "BadDigest", f"The {name.upper()} you specified did not match the calculated checksum."
                )
        if self._md5 is not None:
            try:
                wanted = base64.b64decode(self._md5, validate=True)
            except binascii.Error:
                wanted = b""
            if len(wanted) != self.md5.digest_size:
                raise ServiceError("InvalidDigest", "The Content-MD5 you specified was invalid.")
            if wanted != self.md5.digest():
                raise ServiceError("BadDigest", "The Content-MD5 you specified did not match what we received.")
        return {PREFIX + name: value for name, value in given.items() if name in self._sums or name in _KEPT}
