"""Spools: what a stream has acknowledged and not yet handed on, safe against the death of the process.

A spool is two files. `N.data` holds the records as they came, which is what an object without processing will
hold. `N.journal` says where they go, decided when the spool is opened, so that recovery finds the same object,
and has an entry for each put (see `journal.py`).

A put is written with write(), data first, before it is answered; whatever a killed process leaves behind the
last whole entry of the journal was promised to nobody. There is no fsync: what the kernel has survives the
process, and a power cut is not what this pipeline is for. The checksums tell when a disk loses something anyway.
"""

import os
import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path

from clickgen.local.firehose.journal import Put, SpoolPlace, entries_in, entry_of, header_of, read_header
from clickgen.local.firehose.limits import MAX_CALL_BYTES
from clickgen.local.platform.inside import open_file

_JOURNAL = ".journal"
_DATA = ".data"
_DAMAGED = ".damaged"
_JOURNALS = re.compile(r"[0-9]{12}\.journal")
_NUMBERED = re.compile(r"[0-9]{12}\.")
_MAX_PUT_BYTES = 2 * MAX_CALL_BYTES  # with a delimiter behind each record far more than any put


@dataclass(frozen=True)
class Contents:
    """What a spool holds: where it goes, the puts that count, and what is wrong with it."""

    place: SpoolPlace | None
    puts: Sequence[Put] = ()
    damage: str | None = None

    @property
    def size(self) -> int:
        """The bytes that count."""
        return sum(put.size for put in self.puts)

    @property
    def records(self) -> int:
        """The records that count."""
        return sum(put.records for put in self.puts)


class SpoolWriter:
    """The open end of a spool. `size` counts the bytes acknowledged."""

    def __init__(self, folder: Path, number: int, place: SpoolPlace) -> None:
        """Create both files; OSError if that fails, leaving none behind."""
        self.spool = Spool(folder, number)
        self.size = 0
        self.torn = False
        self._entries_end = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._journal = os.open(self.spool.journal, flags, 0o600)
        try:
            self._data = os.open(self.spool.data, flags, 0o666)  # it may become the object
            try:
                header = header_of(place)
                _write_all(self._journal, header)
            except OSError:
                os.close(self._data)
                raise
        except OSError:
            os.close(self._journal)
            self.spool.remove()
            raise
        self._entries_end = len(header)

    def append(
        self,
        payload: bytes,
        lengths: Sequence[int],
        *,
        arrived: int | None = None,
        origin: int = 0,
        notes: bytes = b"",
    ) -> None:
        """Keep one put, which arrives now if `arrived` (epoch milliseconds) does not say when it did.

        On OSError nothing of it is kept; if `torn` is then set, the spool takes no more.
        """
        if arrived is None:
            arrived = time.time_ns() // 1_000_000
        entry = entry_of(payload, lengths, arrived, origin, notes)
        try:
            _write_all(self._data, payload)
            _write_all(self._journal, entry)
        except OSError:
            self.cut_back(self.mark)
            raise
        self.size += len(payload)
        self._entries_end += len(entry)

    @property
    def mark(self) -> tuple[int, int]:
        """How far data and journal go now."""
        return self.size, self._entries_end

    def cut_back(self, mark: tuple[int, int]) -> None:
        """Forget what was appended since; `torn` is set if that fails."""
        self.size, self._entries_end = mark
        try:
            os.ftruncate(self._journal, self._entries_end)
            os.ftruncate(self._data, self.size)
        except OSError:
            self.torn = True  # a put behind the torn one would not be where the journal says

    def close(self) -> None:
        """Write no more; the files stay."""
        os.close(self._data)
        os.close(self._journal)


class Spool:
    """The files of one spool, `number` counting those of a stream in the order they were opened."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.journal = folder / f"{number:012d}{_JOURNAL}"
        self.data = folder / f"{number:012d}{_DATA}"

    def read(self, *, verify: bool) -> Contents:
        """What counts of it. `verify` reads all the data; what follows the first damage does not count."""
        with os.fdopen(open_file(self.journal, os.O_RDONLY), "rb") as journal:
            line, newline, rest = journal.read().partition(b"\n")
        if not newline:
            return Contents(None)
        header = read_header(line)
        if header is None:
            return Contents(None, damage=f"{self.journal} does not say where its object goes")
        place, written = header
        puts = list(entries_in(rest, written))
        intact = self._intact(puts) if verify else len(puts)
        if intact == len(puts):
            return Contents(place, puts)
        kept = Contents(place, puts[:intact])
        lost = sum(put.records for put in puts[intact:])
        damage = f"{lost} records of {self.data} from byte {kept.size} on cannot be read"
        return Contents(place, kept.puts, damage)

    def forget(self, origins: Collection[int]) -> Contents:
        """What counts of it, from the first put on that was made from one of `origins` cut off."""
        contents = self.read(verify=False)
        kept = list(takewhile(lambda put: put.origin not in origins, contents.puts))
        if len(kept) < len(contents.puts):
            with os.fdopen(open_file(self.journal, os.O_RDWR), "rb+") as journal:
                line = len(journal.readline())
                journal.truncate(line + sum(put.entry_bytes for put in kept))
        return Contents(contents.place, kept, contents.damage)

    def remove_data(self) -> None:
        """Make it one that was handed on: a journal without data holds nothing."""
        self.data.unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget it, the data first."""
        self.remove_data()
        self.journal.unlink(missing_ok=True)

    def set_aside(self) -> None:
        """Keep it under names that no server takes up."""
        for path in (self.data, self.journal):
            with suppress(FileNotFoundError):
                path.rename(path.with_name(path.name + _DAMAGED))

    def _intact(self, puts: list[Put]) -> int:
        """How many puts from the start on can be read as they were written."""
        with os.fdopen(open_file(self.data, os.O_RDONLY), "rb") as data:
            left = os.fstat(data.fileno()).st_size
            ends = accumulate(put.size for put in puts)
            for index, (put, end) in enumerate(zip(puts, ends, strict=True)):
                if put.size > _MAX_PUT_BYTES or end > left or not put.is_intact(data.read(put.size)):
                    return index
        return len(puts)


def data_of(file: Path, puts: Sequence[Put]) -> Iterator[tuple[Put, bytes]]:
    """The puts of a spool with their bytes; OSError where the file is shorter than its journal says."""
    with os.fdopen(open_file(file, os.O_RDONLY), "rb") as data:
        for put in puts:
            payload = data.read(put.size)
            if len(payload) < put.size:
                raise OSError(f"{file} is shorter than its journal says")
            yield put, payload


def spools_in(folder: Path) -> list[Spool]:
    """The spools of a stream's folder that are to be delivered, oldest first."""
    names = sorted(path.name for path in folder.iterdir() if _JOURNALS.fullmatch(path.name))
    return [Spool(folder, int(name.removesuffix(_JOURNAL))) for name in names]


def next_number(folder: Path) -> int:
    """A number that no file of the folder has, not even one that was set aside."""
    numbers = [int(path.name.partition(".")[0]) for path in folder.iterdir() if _NUMBERED.match(path.name)]
    return 1 + max(numbers, default=0)


def _write_all(fd: int, content: bytes) -> None:
    written = os.write(fd, content)
    while written < len(content):
        written += os.write(fd, memoryview(content)[written:])
