"""Objects of the lake: their names, and delivering a spool as one, whole and once.

An object is complete on the same file system before it is renamed to its key, so that a reader sees all of it
or nothing. The data of a spool is the object already unless it is to be compressed.
"""

import gzip
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from clickgen.local.limits import MEBIBYTE
from clickgen.local.prefix import Prefix
from clickgen.local.spool import Contents, Spool

_GZIP_LEVEL = 4  # events as JSON: nearly as small as at level 6 in half its time


@dataclass(frozen=True)
class Delivered:
    """What one spool became: nothing if it was empty or its object was there; `damage` says what was lost."""

    objects: int = 0
    records: int = 0
    damage: str | None = None


def object_key(prefix: Prefix, stream: str, version: str, extension: str, at: datetime) -> str:
    """`<prefix><stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><ext>`, for an oldest record that came at `at`."""
    return f"{prefix.evaluate(at)}{stream}-{version}-{at:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{extension}"


def deliver(spool: Spool, lake: Path, aside: Path, *, verify: bool) -> Delivered:
    """Make the object of a spool and remove the spool, exactly once however often it is interrupted.

    `verify` is for the spool of an earlier process: its data is checked, and a damaged spool is kept beside
    after what precedes the damage was delivered. OSError: nothing has changed for a reader; try again.
    """
    if not spool.data.exists():
        spool.remove()
        return Delivered()
    contents = spool.read(verify=verify)
    place = contents.place
    target = lake / place.bucket / place.key if place else None
    if target is not None and target.exists():
        spool.remove()
        return Delivered()
    if place is not None and target is not None and contents.size:
        target.parent.mkdir(parents=True, exist_ok=True)
        if place.gzip or contents.damage:
            _copy_to(spool, contents, target, aside / uuid.uuid4().hex, compress=place.gzip)
        else:
            os.truncate(spool.data, contents.size)
            os.utime(spool.data)  # an object's time is that of its delivery
            spool.data.rename(target)
    if contents.damage:
        spool.set_aside()
    else:
        spool.remove()
    return Delivered(int(contents.size > 0), contents.records, contents.damage)


def _copy_to(spool: Spool, contents: Contents, target: Path, draft: Path, *, compress: bool) -> None:
    try:
        with spool.data.open("rb") as source, draft.open("xb") as file:
            if compress:
                with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                    _copy(source, packed, contents.size)
            else:
                _copy(source, file, contents.size)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO | gzip.GzipFile, size: int) -> None:
    while size > 0:
        chunk = source.read(min(size, MEBIBYTE))
        if not chunk:
            raise OSError(f"{source.name} is shorter than its journal says")
        target.write(chunk)
        size -= len(chunk)
