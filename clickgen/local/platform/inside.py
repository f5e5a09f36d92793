"""Staying inside the lake: names that S3 would take, and paths that no symbolic link leads elsewhere.

A lake may come from anybody, in a repository or an archive. What it says of its objects is believed no more than
what a client says, and a link in it would make the server write where whoever planted it wants.
"""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")  # with what the oldest buckets of S3 may be called
_MAX_KEY_BYTES = 1024  # of S3
MAX_SEGMENT_BYTES = 255  # of a file name, on the file systems in use


class LinkInTheWay(OSError):
    """Something is a symbolic link, or a folder or device where a file is wanted; it is not used."""


def is_bucket(name: object) -> bool:
    """Whether S3 knows buckets of that name; none of them is a path."""
    return isinstance(name, str) and _BUCKET.fullmatch(name) is not None


def is_key(key: object) -> bool:
    """Whether an object of that key can be a file below its bucket."""
    if not isinstance(key, str) or "\0" in key:
        return False
    try:
        segments = [segment.encode() for segment in key.split("/")]
    except UnicodeEncodeError:
        return False
    if any(segment in (b"", b".", b"..") or len(segment) > MAX_SEGMENT_BYTES for segment in segments):
        return False
    return len(b"/".join(segments)) <= _MAX_KEY_BYTES


def check_folder(path: Path) -> None:
    """LinkInTheWay if the path exists and is not itself a folder."""
    if not stat.S_ISDIR(path.lstat().st_mode):
        raise LinkInTheWay(f"{path} is a link or a file where a folder belongs")


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file itself; LinkInTheWay if the path is a link or not a regular file."""
    try:
        # a pipe would be waited for
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, mode)
    except OSError as problem:
        if path.is_symlink():
            raise LinkInTheWay(f"{path} is a symbolic link") from problem
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise LinkInTheWay(f"{path} is not a file")


@contextmanager
def folder_within(root: Path, names: Sequence[str], *, make: bool = True) -> Iterator[int]:
    """The folder of these names below `root`, made where it is missing unless `make` is false, as a descriptor.

    Each step starts from the folder before it, so that nobody can put a link in between. LinkInTheWay where a
    step is a link or a file; OSError.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for depth, name in enumerate(names):
            inner = _step(folder, name, root.joinpath(*names[: depth + 1]), make=make)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _step(folder: int, name: str, path: Path, *, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
    if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        raise LinkInTheWay(f"{path} is a link or a file where a folder belongs")
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
