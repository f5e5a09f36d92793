"""Spools: what a stream has acknowledged and not yet delivered, safe against the death of the process.

A spool is two files. `N.data` holds the records as they came, which is what the object will hold. `N.journal`
says where that object goes (one line of JSON, decided when the spool is opened, so that recovery finds the same
object) and has 16 bytes for each put: bytes u32, records u32, xxh3-64 of the bytes, little-endian.

A put is written with write(), data first, before it is answered; whatever a killed process leaves behind the
last whole entry of the journal was promised to nobody. There is no fsync: what the kernel has survives the
process, and a power cut is not what this pipeline is for. The checksums tell when a disk loses something anyway.
"""

import os
import re
import struct
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import orjson
from xxhash import xxh3_64_intdigest

from clickgen.local.firehose.limits import MAX_CALL_BYTES
from clickgen.local.platform.inside import is_bucket, is_key, open_file

_ENTRY = struct.Struct("<IIQ")
_JOURNAL = ".journal"
_DATA = ".data"
_DAMAGED = ".damaged"
_JOURNALS = re.compile(r"[0-9]{12}\.journal")
_NUMBERED = re.compile(r"[0-9]{12}\.")
_MAX_PUT_BYTES = 2 * MAX_CALL_BYTES  # with a delimiter behind each record far more than any put


@dataclass(frozen=True)
class SpoolPlace:
    """Where the records of one spool go."""

    bucket: str
    key: str
    gzip: bool


@dataclass(frozen=True)
class Contents:
    """What a spool holds: where it goes, the bytes and records that count, and what is wrong with it."""

    place: SpoolPlace | None
    size: int = 0
    records: int = 0
    damage: str | None = None


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
                header = orjson.dumps(asdict(place)) + b"\n"
                _write_all(self._journal, header)
            except OSError:
                os.close(self._data)
                raise
        except OSError:
            os.close(self._journal)
            self.spool.remove()
            raise
        self._entries_end = len(header)

    def append(self, payload: bytes, records: int) -> None:
        """Keep one put. On OSError nothing of it is kept; if `torn` is then set, the spool takes no more."""
        entry = _ENTRY.pack(len(payload), records, xxh3_64_intdigest(payload))
        try:
            _write_all(self._data, payload)
            _write_all(self._journal, entry)
        except OSError:
            self._cut_back()
            raise
        self.size += len(payload)
        self._entries_end += len(entry)

    def close(self) -> None:
        """Write no more; the files stay."""
        os.close(self._data)
        os.close(self._journal)

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._journal, self._entries_end)
            os.ftruncate(self._data, self.size)
        except OSError:
            self.torn = True  # a put behind the torn one would not be where the journal says


class Spool:
    """The files of one spool, `number` counting those of a stream in the order they were opened."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.journal = folder / f"{number:012d}{_JOURNAL}"
        self.data = folder / f"{number:012d}{_DATA}"

    def read(self, *, verify: bool) -> Contents:
        """What counts of it. `verify` reads all the data; what follows the first damage does not count."""
        with os.fdopen(open_file(self.journal, os.O_RDONLY), "rb") as journal:
            header, newline, rest = journal.read().partition(b"\n")
        if not newline:
            return Contents(None)
        place = _place(header)
        if place is None:
            return Contents(None, damage=f"{self.journal} does not say where its object goes")
        entries = list(_ENTRY.iter_unpack(rest[: len(rest) - len(rest) % _ENTRY.size]))
        intact = self._intact(entries) if verify else len(entries)
        size, records = (sum(entry[column] for entry in entries[:intact]) for column in (0, 1))
        if intact == len(entries):
            return Contents(place, size, records)
        lost = sum(entry[1] for entry in entries[intact:])
        return Contents(place, size, records, f"{lost} records of {self.data} from byte {size} on cannot be read")

    def remove(self) -> None:
        """Forget it: the data first, since a journal without data is a spool that was delivered."""
        self.data.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)

    def set_aside(self) -> None:
        """Keep it under names that no server takes up."""
        for path in (self.data, self.journal):
            with suppress(FileNotFoundError):
                path.rename(path.with_name(path.name + _DAMAGED))

    def _intact(self, entries: list[tuple[int, int, int]]) -> int:
        """How many puts from the start on can be read as they were written."""
        with os.fdopen(open_file(self.data, os.O_RDONLY), "rb") as data:
            left = os.fstat(data.fileno()).st_size
            ends = accumulate(entry[0] for entry in entries)
            for index, ((length, _records, digest), end) in enumerate(zip(entries, ends, strict=True)):
                if length > _MAX_PUT_BYTES or end > left or xxh3_64_intdigest(data.read(length)) != digest:
                    return index
        return len(entries)


def spools_in(folder: Path) -> list[Spool]:
    """The spools of a stream's folder that are to be delivered, oldest first."""
    names = sorted(path.name for path in folder.iterdir() if _JOURNALS.fullmatch(path.name))
    return [Spool(folder, int(name.removesuffix(_JOURNAL))) for name in names]


def next_number(folder: Path) -> int:
    """A number that no file of the folder has, not even one that was set aside."""
    numbers = [int(path.name.partition(".")[0]) for path in folder.iterdir() if _NUMBERED.match(path.name)]
    return 1 + max(numbers, default=0)


def _place(header: bytes) -> SpoolPlace | None:
    """Where a journal's object goes; None where that is no place in a lake, whoever wrote it."""
    try:
        place = SpoolPlace(**orjson.loads(header))
    except (orjson.JSONDecodeError, TypeError):
        return None
    return place if is_bucket(place.bucket) and is_key(place.key) and isinstance(place.gzip, bool) else None


def _write_all(fd: int, content: bytes) -> None:
    written = os.write(fd, content)
    while written < len(content):
        written += os.write(fd, memoryview(content)[written:])
