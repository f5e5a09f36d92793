"""The file that a run appended to, and those that were put aside when it was full, as a place."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from clickgen.sink.local_file import rotated
from clickgen.verify.landings.objects.place import FolderPlace, Stored

_ANY_NUMBER = 0


class RotatedFile(FolderPlace):
    """A file and its elder parts, clicks-0001.jsonl beside clicks.jsonl; nothing else of the folder is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent, known=True)
        self._file_itself = path
        before, after = rotated(path, _ANY_NUMBER).name.rsplit(f"{_ANY_NUMBER:04d}", 1)
        self._aside = re.compile(re.escape(before) + r"\d{4,}" + re.escape(after))

    @property
    def name(self) -> str:
        """The path."""
        return str(self._file_itself)

    @property
    def identity(self) -> str:
        """The path from the root of the file system."""
        return str(self._file_itself.resolve())

    @property
    def gone(self) -> bool:
        """Whether neither the file nor one of its elder parts is there any more."""
        return not self._parts()

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The files that are there, the eldest first."""
        begins = tuple(prefixes)
        return (stored for path in self._parts() for stored in FolderPlace(path).objects(begins))

    def _parts(self) -> list[Path]:
        folder = self._file_itself.parent
        found = sorted(path for path in folder.glob("*") if self._aside.fullmatch(path.name))
        return [*found, self._file_itself] if self._file_itself.is_file() else found
