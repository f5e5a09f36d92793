"""What the first bytes of an object say of its form, and how far it is compressed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clickgen.read.open import open_chunks

_SIGNATURES = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"PAR1": "parquet",
    b"ORC": "orc",
    b"Obj\x01": "avro",
    b"\xff\x06\x00\x00sNaPpY": "snappy",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
}
_TEXT = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\r\n") | frozenset(range(0x80, 0x100))
_PROMISED = {"UNCOMPRESSED": "plain", "GZIP": "gzip", "ZIP": "zip"}
_READ_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class ObjectForm:
    """The form of an object."""

    name: str  # "plain", "gzip", "parquet", …; "" if it is not known or the object is empty
    ratio: float = 1.0  # bytes before compression for each stored byte, 1 if that is not known
    inner: str = ""  # the form of what is within gzip


def promised_form(compression: str, converted: str | None) -> str:
    """The form that a stream's objects should have; "" if their bytes do not show it (Snappy)."""
    return converted or _PROMISED.get(compression, "")


def form_of(blocks: Iterable[bytes]) -> ObjectForm:
    """The form of an object by its first bytes; no more than needed is read."""
    start = b""
    for block in blocks:
        start += block
        if len(start) >= _READ_BYTES:
            break
    start = start[:_READ_BYTES]
    name = _named(start)
    if name != "gzip":
        return ObjectForm(name)
    unpacked = b"".join(_unpacked(start))
    return ObjectForm(name, max(1.0, len(unpacked) / len(start)), _named(unpacked))


def _named(start: bytes) -> str:
    for signature, name in _SIGNATURES.items():
        if start.startswith(signature):
            return name
    return "plain" if start and all(byte in _TEXT for byte in start[:64]) else ""


def _unpacked(start: bytes) -> Iterator[bytes]:
    return (chunk for chunk in open_chunks(start) if isinstance(chunk, bytes))
