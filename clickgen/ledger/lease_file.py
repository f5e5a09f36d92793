"""A second record of the leases, beside the ledger: which events may have left stays known if the ledger is torn.

SQLite silently drops everything after the first damaged page of its log. A lease that vanishes that way would turn
events that were sent into events that were not, and resuming would send them again as new.

A header, then records of 32 bytes. Each is checked with its position, so a damaged one costs only itself, and
names where the write that it belongs to began: a write that a power failure tore differs from damage by being the
last one. The order of writes makes the file a part of the ledger at any moment: the ledger's commit is synced
first, then the record, and only then may the events leave. Whatever is here and not in the ledger was lost there.
"""

import os
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from clickgen.ledger.folder import private
from clickgen.model.event_id import MAX_NUMBER
from clickgen.model.outcome import Lease

_SIZE = 32
_HEADER = b"clickgen leases, 1".ljust(_SIZE, b"\0")
_KEY = struct.Struct("<HHqq")  # kind, lane, first, end
_RECORD = struct.Struct("<Q20sI")  # the position at which its write began, key, CRC-32
_CHECKED = struct.Struct("<QQ20s")  # what the CRC-32 is of: its own position, then the record
_MOST_LANES = 1 << 16
LEASED = "leased"
ORPHANED = "orphan"
_NUMBERS = {LEASED: 0, ORPHANED: 1}


class Kept(NamedTuple):
    """What is in a lease file. A torn last write is not damage: it allowed nothing to leave."""

    keys: list[bytes]  # of its records, in their order
    damaged: int  # how many records are
    end: int  # the position of the next write


class LeaseFile:
    """The one writer of a run's lease file."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; OSError if that is impossible."""
        kept = read_lease_file(path)
        self._file = os.open(private(path), os.O_RDWR)
        self._end = kept.end
        try:
            os.ftruncate(self._file, (1 + self._end) * _SIZE)
            os.pwrite(self._file, _HEADER, 0)
        except OSError:
            os.close(self._file)
            raise

    def append(self, kind: str, leases: Sequence[Lease]) -> None:
        """Write leases durably. After an OSError they count as not written."""
        content = b"".join(
            _record(position, self._end, _key(kind, lease)) for position, lease in enumerate(leases, self._end)
        )
        at = (1 + self._end) * _SIZE
        written = 0
        while written < len(content):
            written += os.pwrite(self._file, content[written:], at + written)
        os.fdatasync(self._file)
        self._end += len(leases)  # only now: the next write replaces what failed

    def close(self) -> None:
        os.close(self._file)


class Unmatched:
    """The records of a lease file for which the ledger has no row: what was lost there."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys
        self._at = 0
        self._elsewhere: Counter[bytes] = Counter()

    def found(self, kind: str, lease: Lease) -> None:
        """Note a row of the ledger; both are in the same order unless something is lost."""
        key = _key(kind, lease)
        if self._at < len(self._keys) and self._keys[self._at] == key:
            self._at += 1
        else:
            self._elsewhere[key] += 1

    def left(self) -> Iterator[Lease]:
        """The leases for which no row was found."""
        elsewhere = self._elsewhere.copy()
        for key in self._keys[self._at :]:
            if elsewhere[key]:
                elsewhere[key] -= 1
            else:
                yield Lease(*_KEY.unpack(key)[1:])


def read_lease_file(path: Path) -> Kept:
    """What can be believed of a lease file; runs of earlier versions have none. OSError if it cannot be read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Kept([], 0, 0)
    keys: list[bytes] = []
    bad: list[int] = []
    began = end = 0
    whole = memoryview(raw)[_SIZE : len(raw) - len(raw) % _SIZE]
    for position, (start, key, crc) in enumerate(_RECORD.iter_unpack(whole)):
        if crc == _crc(position, start, key) and is_lease(*_KEY.unpack(key)[1:]):
            keys.append(key)
            began, end = start, position + 1
        else:
            bad.append(position)
    torn = any(began <= position < end for position in bad)
    damaged = sum(position < began for position in bad) + _is_foreign(raw[:_SIZE])
    return Kept(keys, damaged, began if torn else end)


def _is_foreign(header: bytes) -> bool:
    """Whether something else is where the header belongs; zeros are a header that never reached the disk."""
    return header != _HEADER[: len(header)] and any(header)


def is_lease(lane: int, first: int, end: int) -> bool:
    """Whether these can be events of a lane."""
    return 0 <= lane < _MOST_LANES and 0 <= first <= end <= MAX_NUMBER + 1


def _record(position: int, start: int, key: bytes) -> bytes:
    return _RECORD.pack(start, key, _crc(position, start, key))


def _crc(position: int, start: int, key: bytes) -> int:
    return crc32(_CHECKED.pack(position, start, key))


def _key(kind: str, lease: Lease) -> bytes:
    return _KEY.pack(_NUMBERS[kind], *lease)
