"""Objects of the lake: their names, and delivering a spool as one, whole and once.

An object is complete on the same file system before it is renamed to its key, so that a reader sees all of it
or nothing. The data of a spool is the object already unless it is to be compressed.
"""

import gzip
import os
import stat
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from clickgen.local.firehose.prefix import Prefix
from clickgen.local.firehose.spool import Contents, Spool, SpoolPlace
from clickgen.local.platform.inside import LinkInTheWay, folder_within, open_file
from clickgen.local.platform.limits import MEBIBYTE

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
    if not os.path.lexists(spool.data):
        spool.remove()
        return Delivered()
    contents = spool.read(verify=verify)
    place = contents.place
    if place is not None and contents.size and not _make(spool, contents, place, lake, aside):
        spool.remove()
        return Delivered()
    if contents.damage:
        spool.set_aside()
    else:
        spool.remove()
    return Delivered(int(contents.size > 0), contents.records, contents.damage)


def _make(spool: Spool, contents: Contents, place: SpoolPlace, lake: Path, aside: Path) -> bool:
    """Make the object; False where it is there already."""
    *folders, name = place.key.split("/")
    with folder_within(lake, [place.bucket, *folders]) as folder:
        with suppress(FileNotFoundError):
            if stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                return False
            raise LinkInTheWay(f"{lake / place.bucket / place.key} is no file")
        if place.gzip or contents.damage:
            draft = aside / uuid.uuid4().hex
            try:
                _copy_to(spool, contents, draft, compress=place.gzip)
                os.rename(draft, name, dst_dir_fd=folder)
            finally:
                draft.unlink(missing_ok=True)
        else:
            data = open_file(spool.data, os.O_WRONLY)
            try:
                os.ftruncate(data, contents.size)
                os.utime(data)  # an object's time is that of its delivery
            finally:
                os.close(data)
            os.rename(spool.data, name, dst_dir_fd=folder)
    return True


def _copy_to(spool: Spool, contents: Contents, draft: Path, *, compress: bool) -> None:
    with os.fdopen(open_file(spool.data, os.O_RDONLY), "rb") as source, draft.open("xb") as file:
        if compress:
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                _copy(source, packed, contents.size)
        else:
            _copy(source, file, contents.size)


def _copy(source: BinaryIO, target: BinaryIO | gzip.GzipFile, size: int) -> None:
    while size > 0:
        chunk = source.read(min(size, MEBIBYTE))
        if not chunk:
            raise OSError(f"{source.name} is shorter than its journal says")
        target.write(chunk)
        size -= len(chunk)
