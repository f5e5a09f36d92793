"""Objects of the lake as files: opened without following links, and made whole before they appear."""

import errno
import os
import stat
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clickgen.local.platform.inside import LinkInTheWay, folder_within, is_bucket, is_key, open_file
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import MEBIBYTE

_DAMAGED_BYTES = 200
"""What poison overwrites of an object: enough to hit an event or two, wherever they begin."""


def open_object(lake: Lake, bucket: str, key: str) -> int:
    """An object opened to be read, as a descriptor; FileNotFoundError, LinkInTheWay, OSError."""
    _check(bucket, key)
    *folders, name = key.split("/")
    with folder_within(lake.root, [bucket, *folders], make=False) as folder:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise LinkInTheWay(f"{lake.root / bucket / key} is not a file")


def place(draft: Path, lake: Lake, bucket: str, key: str) -> None:
    """Let a finished file appear as an object, in place of the one of that key; OSError."""
    _check(bucket, key)
    *folders, name = key.split("/")
    with folder_within(lake.root, [bucket, *folders]) as folder:
        os.rename(draft, name, dst_dir_fd=folder)


def write_object(data: bytes, lake: Lake, bucket: str, key: str) -> None:
    """Make an object of these bytes; OSError."""
    draft = lake.aside / uuid.uuid4().hex
    try:
        with os.fdopen(open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            file.write(data)
        place(draft, lake, bucket, key)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def damage(path: Path | str, folder: int | None = None) -> None:
    """Overwrite a stretch in the middle of a file, below an open folder, with NULs, as poison does; OSError."""
    file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        size = os.fstat(file).st_size
        length = min(_DAMAGED_BYTES, max(1, size // 4))
        if size:
            os.pwrite(file, bytes(length), (size - length) // 2)
    finally:
        os.close(file)


def copy_bytes(source: int, target: int, seen: Callable[[bytes], object] | None = None) -> None:
    """Append all of one open file to another, piece by piece; `seen` is given each piece."""
    offset = 0
    while part := os.pread(source, MEBIBYTE, offset):
        offset += len(part)
        if seen is not None:
            seen(part)
        write_all(target, part)


def write_all(target: int, data: bytes) -> None:
    """Write to an open file until all is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


def _check(bucket: str, key: str) -> None:
    """No path leads out of the lake: what is not a name for an object names none."""
    if not (is_bucket(bucket) and is_key(key)):
        raise FileNotFoundError(errno.ENOENT, "there is no such object", key)
