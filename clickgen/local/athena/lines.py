"""The lines of a text file, decompressed as its name says: Athena never looks at the bytes for that."""

from collections.abc import Iterator
from pathlib import Path

from clickgen.local.athena.failures import failed
from clickgen.local.platform.decompress import pieces

MAX_LINE_BYTES = 32 << 20
"""A longer line is refused, so that one file cannot take the memory; Athena's own limit for JSON is 32 MB too."""

_COMPRESSIONS = {
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".deflate": "deflate",
    ".zst": "zstd",
    ".snappy": "hadoop-snappy",
}


def lines_of(path: Path, uri: str) -> Iterator[bytes]:
    """The lines of a file without their ends, ended by `\\n`, `\\r\\n` or `\\r`; QueryFailed if it is damaged."""
    rest = b""
    try:
        for piece in pieces(path, _COMPRESSIONS.get(path.suffix.lower(), "none")):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            if len(rest) > MAX_LINE_BYTES:
                raise failed("HIVE_CURSOR_ERROR", f"a line of {uri} is longer than {MAX_LINE_BYTES} bytes")
            for line in lines:
                yield from _split(line)
    except OSError as problem:
        raise failed("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {problem}") from problem
    if rest:
        yield from _split(rest)


def _split(line: bytes) -> Iterator[bytes]:
    if b"\r" in line:
        yield from (line[:-1] if line.endswith(b"\r") else line).split(b"\r")
    else:
        yield line
