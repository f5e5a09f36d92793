"""Drafts: objects in the making, and the steps by which a delivery turns what a spool holds into them.

A step takes a draft and gives those that come of it. Its files lie beside the spools on the same file system, so
that an object is complete before it is renamed to its key. A delivery without steps renames the data of the spool.
"""

import gzip
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from clickgen.local.firehose.journal import Put
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import MEBIBYTE

_GZIP_LEVEL = 4  # events as JSON: nearly as small as at level 6 in half its time
CONTENT_ENCODINGS = {"GZIP": "gzip"}


@dataclass(frozen=True)
class Draft:
    """An object in the making.

    file: holds its bytes, of which the first `size` count.
    puts: where records begin in them; empty once a step has made one body of the records.
    content_encoding: what HeadObject will say of it, or None.
    """

    bucket: str
    key: str
    file: Path
    size: int
    puts: Sequence[Put] = ()
    content_encoding: str | None = None


Step = Callable[[Draft], list[Draft]]
"""Takes a draft and gives those made of it, the one that keeps its key last."""


class _Sink(Protocol):
    def write(self, chunk: bytes, /) -> int: ...


def steps_for(compression: str, aside: Path) -> list[Step]:
    """The steps of a delivery whose spool says this compression."""
    return [] if compression == "UNCOMPRESSED" else [compressing(compression, aside)]


def compressing(compression: str, aside: Path) -> Step:
    """The step that compresses; `compression` as the service calls it."""

    def compress(draft: Draft) -> list[Draft]:
        target = aside / uuid.uuid4().hex
        with _source(draft) as source, target.open("xb") as file:
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                _copy(source, packed, draft.size)
            size = file.tell()
        encoding = CONTENT_ENCODINGS.get(compression)
        return [replace(draft, file=target, size=size, puts=(), content_encoding=encoding)]

    return compress


def copying(aside: Path) -> Step:
    """The step that leaves the spool's own data where it is."""

    def copy(draft: Draft) -> list[Draft]:
        target = aside / uuid.uuid4().hex
        with _source(draft) as source, target.open("xb") as file:
            _copy(source, file, draft.size)
        return [replace(draft, file=target)]

    return copy


def _source(draft: Draft) -> BinaryIO:
    return os.fdopen(open_file(draft.file, os.O_RDONLY), "rb")


def _copy(source: BinaryIO, target: _Sink, size: int) -> None:
    while size > 0:
        chunk = source.read(min(size, MEBIBYTE))
        if not chunk:
            raise OSError(f"{source.name} is shorter than its journal says")
        target.write(chunk)
        size -= len(chunk)
