"""Where a run's objects lie: what every kind of place can do, and a folder as one."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.verify.landings.objects.prefix import shortest

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


class ObjectUnread(EnvironmentProblem):
    """The object is there and cannot be read, while others may be; the message says why."""


class ObjectUnreadable(ObjectUnread):
    """As ObjectUnread, of what it is: looking again will not mend it. The message says what reads it."""


class Fate(StrEnum):
    """What became of an object that was to be removed.

    REMOVED: it is gone. HIDDEN: it is gone from listings, but the place keeps it as an older version. CHANGED: it
    is no longer what was listed, and was left alone. REFUSED: it could not be removed.
    """

    REMOVED = "removed"
    HIDDEN = "hidden"
    CHANGED = "changed"
    REFUSED = "refused"


class Removal(NamedTuple):
    """An object that was to be removed, what became of it, and why, where it was refused."""

    stored: Stored
    fate: Fate
    reason: str = ""


class ObjectPlace(Protocol):
    """A place that objects lie in under keys. It can cross to another process."""

    @property
    def name(self) -> str:
        """What people call it: a path, or s3://bucket/prefix."""

    @property
    def identity(self) -> str:
        """What tells it from every other place, also where two are called alike."""

    @property
    def connections(self) -> int:
        """How many objects are well read at once by one process: more than one where a read mostly waits."""

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The objects whose key begins with one of the prefixes, each once, in any order.

        Raises UsageProblem or EnvironmentProblem where the place is not there or cannot be read.
        """

    def read(self, stored: Stored) -> Iterator[bytes]:
        """The object's bytes as stored, read on after a break.

        Raises, at any point, ObjectChanged where it is no longer what was listed, ObjectUnread where it alone
        cannot be read, EnvironmentProblem where the place cannot.
        """

    def remove(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        """Remove those of the objects that are still what was listed; what became of each, in any order."""


class FolderPlace:
    """A folder; the paths of its files, as seen from its sub-folder `bucket`, are keys.

    Folders with a leading dot are left out: they hold the state of tools. A path to a single file is a place
    with that one object.
    """

    connections = 1

    def __init__(self, path: Path, bucket: str = "", *, known: bool = False) -> None:
        """known: a run delivered there, so that where there is no such folder any more, nothing is left of it."""
        self._path = path
        self._known = known
        self._root = path / bucket

    @property
    def name(self) -> str:
        """The path."""
        return str(self._root)

    @property
    def identity(self) -> str:
        """The path from the root of the file system."""
        return str(self._root.resolve())

    @property
    def gone(self) -> bool:
        """Whether a run delivered there, and there is nothing of that name any more."""
        return self._known and not self._path.exists()

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The files whose key begins with one of the prefixes, in the order of their paths."""
        if self.gone:
            return iter([])
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
        try:
            with self.path_of(stored).open("rb") as file:
                _hold_unchanged(file, stored)
                while block := file.read(_BLOCK_BYTES):
                    yield block
                _hold_unchanged(file, stored)
        except FileNotFoundError as problem:
            raise ObjectChanged(stored.key) from problem
        except OSError as problem:
            raise ObjectUnread(problem.strerror or str(problem)) from problem

    def remove(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        """Remove files; their folders stay."""
        for stored in objects:
            path = self.path_of(stored)
            try:
                if _tag(path.stat()) == stored.tag:
                    path.unlink()
                    yield Removal(stored, Fate.REMOVED)
                else:
                    yield Removal(stored, Fate.CHANGED)
            except FileNotFoundError:
                yield Removal(stored, Fate.CHANGED)
            except OSError as problem:
                yield Removal(stored, Fate.REFUSED, problem.strerror or str(problem))

    def path_of(self, stored: Stored) -> Path:
        """Where one of its files lies."""
        return self._path if self._path.is_file() else self._root / stored.key

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
    status = None
    try:
        status = path.stat()
    except FileNotFoundError:
        return None  # renamed or removed since the folder was read
    except OSError:
        # it is there; reading it will say why it cannot be
        with suppress(OSError):
            status = path.lstat()
    if status is None:
        return None
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
    # the time of the last change of state: who writes can set the other one back, but not this
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_size}"
