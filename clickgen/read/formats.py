"""What bytes are that hold no JSON as they stand, by how they begin, and what reads them."""

from typing import NamedTuple


class Format(NamedTuple):
    """A format that is not read. unpack: the command that makes of it what is read, empty where there is none."""

    name: str
    unpack: str = ""


PARQUET = Format("a Parquet file")
_TAR_AT, _TAR = 257, b"ustar"
_SIGNATURES = {
    b"\x89PNG\r\n": Format("a PNG image"),
    b"\xff\xd8\xff": Format("a JPEG image"),
    b"GIF8": Format("a GIF image"),
    b"%PDF-": Format("a PDF document"),
    b"\x7fELF": Format("a program"),
    b"SQLite format 3\0": Format("an SQLite database"),
    b"PAR1": PARQUET,
    b"ORC": Format("an ORC file"),
    b"Obj\x01": Format("an Avro file"),
    b"\x28\xb5\x2f\xfd": Format("zstd data", "zstd -dc"),
    b"\x04\x22\x4d\x18": Format("lz4 data", "lz4 -dc"),
    b"\xfd7zXZ\0": Format("xz data", "xzcat"),
}
_TAR_FORMAT = Format("a tar archive", "tar -xOf")
LOOK_BYTES = _TAR_AT + len(_TAR)


def format_of(start: bytes) -> Format | None:
    """The format that begins with these bytes, of which LOOK_BYTES are enough; None where it is none of them."""
    if start[_TAR_AT:].startswith(_TAR):
        return _TAR_FORMAT
    return next((found for signature, found in _SIGNATURES.items() if start.startswith(signature)), None)
