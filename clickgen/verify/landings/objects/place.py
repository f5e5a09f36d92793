"""Where a run's objects are: what every kind of place can do, a folder, and a file with its rotated parts."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.sink.local_file import rotated
from clickgen.verify.landings.objects.prefix import shortest

_BLOCK_BYTES = 1 << 20
_ANY_NUMBER = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as listed."""

    key: str
    size: int
    landed_ms: int  # Unix time in milliseconds
    tag: str  # changes whenever the content does


class ObjectChanged(Exception):
    """The object is no longer what was listed: it was rewritten or removed."""


class ObjectUnread(EnvironmentProblem):
    """The object is there but cannot be read, while others may be; the message says why."""


class ObjectUnreadable(ObjectUnread):
    """As ObjectUnread, by what the object is: looking again will not help. The message says what reads it."""


class ObjectDenied(ObjectUnreadable):
    """As ObjectUnread, for lack of a permission, which the message names."""


class Fate(StrEnum):
    """What became of an object that was to be removed."""

    REMOVED = "removed"
    HIDDEN = "hidden"  # gone from listings, but the place keeps it as an older version
    CHANGED = "changed"  # no longer what was listed, and left alone
    REFUSED = "refused"  # it could not be removed


class Removal(NamedTuple):
    """An object that was to be removed, and what became of it."""

    stored: Stored
    fate: Fate
    reason: str = ""  # why it was refused


class ObjectPlace(Protocol):
    """A place that holds objects under keys. It can be sent to another process."""

    name: str  # what people call it: a path, or s3://bucket/prefix
    connections: int  # how many objects one process best reads at once: more than one if a read mostly waits

    @property
    def identity(self) -> str:
        """What distinguishes it from every other place, even one of the same name."""

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The objects whose key begins with one of the prefixes, each once, in any order.

        Raises UsageProblem or EnvironmentProblem if the place does not exist or cannot be read.
        """

    def read(self, stored: Stored) -> Iterator[bytes]:
        """The object's bytes as stored; reading continues after a broken connection.

        Raises, at any point, ObjectChanged if it is no longer what was listed, ObjectUnread if this object cannot
        be read, EnvironmentProblem if the place cannot.
        """

    def remove(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        """Remove those of the objects that are still what was listed; what became of each, in any order."""


class FolderPlace:
    """A folder; the paths of its files, relative to its sub-folder `bucket`, are keys.

    Folders with a leading dot are left out: they hold the state of tools. A path to a single file is a place
    with that one object.
    """

    connections = 1

    def __init__(self, path: Path, bucket: str = "", *, known: bool = False) -> None:
        """known: a run delivered there, so that if the folder no longer exists, nothing is left of the run."""
        self._path = path
        self._known = known
        self._root = path / bucket
        self.name = str(self._root)

    @property
    def identity(self) -> str:
        """The path from the root of the file system."""
        return str(self._root.resolve())

    @property
    def gone(self) -> bool:
        """Whether a run delivered there, and nothing of that name exists any more."""
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
        """The path of one of its files."""
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
        # it is there; reading it will say why that fails
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
    # the time of the last change of state: a writer can set the other time back, but not this one
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_size}"


class RotatedFile(FolderPlace):
    """A file and its older parts, clicks-0001.jsonl beside clicks.jsonl; nothing else in the folder is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent, known=True)
        self.name = str(path)
        self._file_itself = path
        before, after = rotated(path, _ANY_NUMBER).name.rsplit(f"{_ANY_NUMBER:04d}", 1)
        self._aside = re.compile(re.escape(before) + r"\d{4,}" + re.escape(after))

    @property
    def identity(self) -> str:
        """The path from the root of the file system."""
        return str(self._file_itself.resolve())

    @property
    def gone(self) -> bool:
        """Whether neither the file nor any of its older parts exists any more."""
        return not self._parts()

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The files that are there, the oldest first."""
        begins = tuple(prefixes)
        return (stored for path in self._parts() for stored in FolderPlace(path).objects(begins))

    def _parts(self) -> list[Path]:
        folder = self._file_itself.parent
        found = sorted(path for path in folder.glob("*") if self._aside.fullmatch(path.name))
        return [*found, self._file_itself] if self._file_itself.is_file() else found
