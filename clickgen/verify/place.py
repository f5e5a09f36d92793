"""Where a run's objects lie: what every kind of place can do, and a folder as one."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.verify.prefix import shortest

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as listed. tag: changes whenever its content does. landed_ms: Unix time in milliseconds."""

    key: str
    size: int
    landed_ms: int
    tag: str


class ObjectChanged(Exception):
    """The object is not, or no longer, what was listed: rewritten, or gone."""


class Place(Protocol):
    """A place that objects lie in under keys."""

    @property
    def name(self) -> str:
        """What people call it: a path, or s3://bucket/prefix."""

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The objects whose key begins with one of the prefixes, each once.

        Raises UsageProblem or EnvironmentProblem where the place is not there or cannot be read.
        """

    def read(self, stored: Stored) -> Iterator[bytes]:
        """The object's bytes as stored; ObjectChanged, at any point, where it is no longer what was listed."""


class FolderPlace:
    """A folder; the paths of its files, as seen from its sub-folder `bucket`, are keys.

    Folders with a leading dot are left out: they hold the state of tools. A path to a single file is a place
    with that one object.
    """

    def __init__(self, path: Path, bucket: str = "") -> None:
        self._path = path
        self._root = path / bucket

    @property
    def name(self) -> str:
        """The path."""
        return str(self._root)

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The files whose key begins with one of the prefixes, in the order of their paths."""
        if self._path.is_file():
            stored = _stored(self._path, self._path.name)
            return iter([stored] if stored is not None else [])
        if not self._path.is_dir():
            raise UsageProblem(
                f"there is no folder {self._path}", "say where the objects are: --at FOLDER or s3://bucket/prefix"
            )
        return self._matching(tuple(prefixes))

    def read(self, stored: Stored) -> Iterator[bytes]:
        """The file's bytes."""
        path = self._path if self._path.is_file() else self._root / stored.key
        try:
            with path.open("rb") as file:
                _hold_unchanged(file, stored)
                while block := file.read(_BLOCK_BYTES):
                    yield block
                _hold_unchanged(file, stored)
        except FileNotFoundError as problem:
            raise ObjectChanged(stored.key) from problem
        except OSError as problem:
            raise EnvironmentProblem(
                f"cannot read {path}: {problem.strerror or problem}", "check its permissions and the disk"
            ) from problem

    def _matching(self, prefixes: tuple[str, ...]) -> Iterator[Stored]:
        folders = (prefix[: prefix.rfind("/") + 1] for prefix in prefixes)
        for folder in shortest(folders):
            for path in _files(self._root / folder):
                key = path.relative_to(self._root).as_posix()
                if key.startswith(prefixes) and (stored := _stored(path, key)) is not None:
                    yield stored


def _hold_unchanged(file: IO[bytes], stored: Stored) -> None:
    if _tag(os.fstat(file.fileno())) != stored.tag:
        raise ObjectChanged(stored.key)


def _stored(path: Path, key: str) -> Stored | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None  # renamed or removed since the folder was read
    return Stored(key, status.st_size, status.st_mtime_ns // 1_000_000, _tag(status))


def _files(top: Path) -> Iterator[Path]:
    def refused(problem: OSError) -> None:
        if not isinstance(problem, FileNotFoundError | NotADirectoryError):
            raise EnvironmentProblem(
                f"cannot read {problem.filename}: {problem.strerror}", "check the folder's permissions"
            ) from problem

    for folder, folders, files in os.walk(top, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            yield Path(folder) / name


def _tag(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"
