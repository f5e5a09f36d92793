"""Drafts: objects in the making, and the steps by which a delivery turns what a spool holds into them.

A step takes a draft and gives those that come of it. Its files lie beside the spools on the same file system, so
that an object is complete before it is renamed to its key. A delivery without steps renames the data of the spool.
"""

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from clickgen.local.firehose.compression import CompressionFormat, Sink, compressed, encoding_of
from clickgen.local.firehose.journal import Put
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import MEBIBYTE


@dataclass(frozen=True)
class Draft:
    """An object in the making.

    file: holds its bytes, of which the first `size` count.
    puts: where records begin in them; empty once a step has made one body of the records.
    content_encoding: what HeadObject will say of it, or None.
    failed_key: where lines about records go that fail on the way, or None.
    finished: whether no further step changes it.
    """

    bucket: str
    key: str
    file: Path
    size: int
    puts: Sequence[Put] = ()
    content_encoding: str | None = None
    failed_key: str | None = None
    finished: bool = False


Step = Callable[[Draft], list[Draft]]
"""Takes a draft and gives those made of it, the one that keeps its key last."""


def steps_for(compression: CompressionFormat, aside: Path) -> list[Step]:
    """The steps of a delivery whose spool says this compression."""
    return [] if compression == "UNCOMPRESSED" else [compressing(compression, aside)]


def compressing(compression: CompressionFormat, aside: Path) -> Step:
    """The step that compresses; `compression` as the service calls it."""

    def compress(draft: Draft) -> list[Draft]:
        target = aside / uuid.uuid4().hex
        with _source(draft) as source, target.open("xb") as file:
            with compressed(compression, file) as packed:
                _copy(source, packed, draft.size)
            size = file.tell()
        return [replace(draft, file=target, size=size, puts=(), content_encoding=encoding_of(compression))]

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


def _copy(source: BinaryIO, target: Sink, size: int) -> None:
    while size > 0:
        chunk = source.read(min(size, MEBIBYTE))
        if not chunk:
            raise OSError(f"{source.name} is shorter than its journal says")
        target.write(chunk)
        size -= len(chunk)
