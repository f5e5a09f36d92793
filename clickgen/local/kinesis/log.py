"""The log of one shard: what was put, in its order, on disk.

A log is a folder of segments, each named for the number of its first record. A segment is a sequence of frames,
one for each put: a header (body length u32, records u32, arrival in ms u64, xxh3-64 of the body, little-endian),
then the records (key length u16, data length u32, key, data). A frame is written with write() before its put is
answered, so that it survives the death of the process; a torn frame at the end was promised to nobody.

In memory there is only where frames lie, one entry for each `_INDEX_BYTES` of a segment.
"""

import os
import re
import shutil
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from xxhash import xxh3_64_intdigest

from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.notices import say

_HEADER = struct.Struct("<IIQQ")
_RECORD = struct.Struct("<HI")
_NAME = re.compile(r"[0-9]{20}\.log")
_INDEX_BYTES = 64 * 1024
_SEGMENT_BYTES = 32 * MEBIBYTE  # what is past its retention goes a segment at a time
_READ_BYTES = 256 * 1024
_MAX_FRAME_BYTES = 32 * MEBIBYTE  # far more than any put; a longer one is damage


class LogRecord(NamedTuple):
    """A record: its number in the shard, arrival in ms since the epoch, partition key, data."""

    number: int
    arrived_ms: int
    key: str
    data: bytes


class _Frame(NamedTuple):
    first: int
    records: int
    arrived_ms: int
    end: int  # offset in the segment
    body: memoryview


def frame_body(records: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Keys and data of a put as a frame keeps them."""
    pack = _RECORD.pack
    return b"".join([part for key, data in records for part in (pack(len(key), len(data)), key, data)])


class ShardLog:
    """The records of a shard, from `first` up to and without `next`. `last_ms` is the latest arrival."""

    def __init__(self, folder: Path) -> None:
        """Open the log, cutting off a torn end; OSError."""
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        names = sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))
        self._segments = [_Segment(folder / name) for name in names or [_name(0)]]
        tail = self._segments[-1]
        tail.open_for_appending()
        self.next = tail.next
        self.last_ms = tail.last_ms

    @property
    def first(self) -> int:
        """The number of the oldest record that is kept, whether or not it is past its retention."""
        return self._segments[0].first

    def append(self, arrived_ms: int, body: bytes, records: int) -> int:
        """Keep the records of a put, made by `frame_body`; the number of the first. OSError: none is kept."""
        arrived_ms = max(arrived_ms, self.last_ms)
        tail = self._segments[-1]
        if tail.size >= _SEGMENT_BYTES or tail.torn:
            tail = _Segment(self._folder / _name(self.next))
            tail.open_for_appending()
            self._segments[-1].close()
            self._segments.append(tail)
        tail.append(arrived_ms, body, records)
        first = self.next
        self.next += records
        self.last_ms = arrived_ms
        return first

    def read(self, start: int, limit: int, max_bytes: int) -> list[LogRecord]:
        """Records from number `start` on: at most `limit`, and `max_bytes` of data unless the first is larger."""
        found: list[LogRecord] = []
        size = 0
        unpack, head = _RECORD.unpack_from, _RECORD.size
        for frame in self._frames_from(max(start, self.first)):
            place = 0
            body = frame.body
            for number in range(frame.first, frame.first + frame.records):
                key_bytes, data_bytes = unpack(body, place)
                begin = place + head + key_bytes
                place = begin + data_bytes
                if number < start:
                    continue
                size += data_bytes
                if len(found) >= limit or (size > max_bytes and found):
                    return found
                key = str(body[begin - key_bytes : begin], "utf-8")
                found.append(LogRecord(number, frame.arrived_ms, key, bytes(body[begin:place])))
        return found

    def horizon(self, ms: int) -> int:
        """The number of the oldest record that arrived at `ms` or later, at once if that is all of them."""
        return self.first if self._segments[0].first_ms() >= ms else self.number_at(ms)

    def number_at(self, ms: int) -> int:
        """The number of the first record that arrived at `ms` or later; `next` if there is none."""
        if self.last_ms < ms:
            return self.next
        later = [segment.first for segment in self._segments[1:] if segment.first_ms() < ms]
        for frame in self._frames_from(later[-1] if later else self.first, ms):
            if frame.arrived_ms >= ms:
                return frame.first
        return self.next

    def trim(self, before_ms: int) -> None:
        """Forget the segments all of whose records arrived before `before_ms`, but for the last."""
        while len(self._segments) > 1 and self._segments[1].first_ms() < before_ms:
            self._segments.pop(0).remove()

    def close(self) -> None:
        """Let go of the files."""
        for segment in self._segments:
            segment.close()

    def remove(self) -> None:
        """Forget all of it."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _frames_from(self, start: int, ms: int = 0) -> Iterator[_Frame]:
        """The frames from the one with record `start` on; without some of those before `ms`."""
        at = max(0, bisect_right([segment.first for segment in self._segments], start) - 1)
        for segment in self._segments[at:]:
            for frame in segment.frames(start, ms):
                if frame.first + frame.records > start:
                    yield frame
            if segment is not self._segments[-1]:
                segment.close()  # it is opened again when it is read again


class _Segment:
    """One file of a log. The index is read when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.first = int(path.name.partition(".")[0])
        self.next = self.first
        self.size = 0
        self.last_ms = 0
        self.torn = False
        self._fd: int | None = None
        self._indexed = False
        self._first_ms: int | None = None
        self._firsts = array("Q")
        self._offsets = array("Q")
        self._times = array("Q")

    def open_for_appending(self) -> None:
        """Read all of it, cutting off what was not whole when the process died."""
        fd = self._descriptor(os.O_CREAT)
        self._read_index()
        length = os.fstat(fd).st_size
        if length > self.size:
            if _is_whole_frame(os.pread(fd, _HEADER.size, self.size), length - self.size):
                say(f"lost records: {self._path} is damaged from byte {self.size} on")
            os.ftruncate(fd, self.size)

    def append(self, arrived_ms: int, body: bytes, records: int) -> None:
        """Write a frame at the end; OSError, with `torn` set if more must not be written behind it."""
        fd = self._descriptor(os.O_CREAT)
        frame = _HEADER.pack(len(body), records, arrived_ms, xxh3_64_intdigest(body)) + body
        try:
            written = os.pwrite(fd, frame, self.size)
            while written < len(frame):
                written += os.pwrite(fd, memoryview(frame)[written:], self.size + written)
        except OSError:
            try:
                os.ftruncate(fd, self.size)
            except OSError:
                self.torn = True
            raise
        self._note(_Frame(self.next, records, arrived_ms, self.size + len(frame), memoryview(b"")))

    def frames(self, start: int, ms: int = 0) -> Iterator[_Frame]:
        """Frames from some place at or before record `start` on, or from before `ms` if that is later."""
        self._read_index()
        if not self._firsts:
            return
        at = max(bisect_right(self._firsts, start), bisect_right(self._times, ms - 1) if ms else 0, 1) - 1
        yield from self._scan(self._offsets[at], self._firsts[at], self.size)

    def first_ms(self) -> int:
        """When its first record arrived; in the far future if it has none."""
        if self._first_ms is None:
            header = os.pread(self._descriptor(), _HEADER.size, 0)
            if len(header) < _HEADER.size:
                return 2**63
            self._first_ms = _HEADER.unpack(header)[2]
        return self._first_ms

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def remove(self) -> None:
        self.close()
        with suppress(OSError):
            self._path.unlink()

    def _descriptor(self, flags: int = 0) -> int:
        if self._fd is None:
            self._fd = open_file(self._path, os.O_RDWR | flags)
        return self._fd

    def _read_index(self) -> None:
        if self._indexed:
            return
        self._indexed = True
        for frame in self._scan(0, self.first, os.fstat(self._descriptor()).st_size):
            self._note(frame)

    def _note(self, frame: _Frame) -> None:
        if not self._offsets or self.size - self._offsets[-1] >= _INDEX_BYTES:
            self._firsts.append(frame.first)
            self._offsets.append(self.size)
            self._times.append(frame.arrived_ms)
        self.size = frame.end
        self.next = frame.first + frame.records
        self.last_ms = frame.arrived_ms

    def _scan(self, offset: int, first: int, end: int) -> Iterator[_Frame]:
        """The whole frames from `offset` up to `end`, the first one starting with record `first`."""
        fd = self._descriptor()
        chunk, base = memoryview(b""), offset
        while offset + _HEADER.size <= end:
            if offset + _HEADER.size > base + len(chunk):
                chunk, base = memoryview(os.pread(fd, _READ_BYTES, offset)), offset
                if len(chunk) < _HEADER.size:
                    return
            length, records, arrived_ms, digest = _HEADER.unpack_from(chunk, offset - base)
            begin = offset + _HEADER.size
            if length > _MAX_FRAME_BYTES or begin + length > end:
                return
            if begin + length > base + len(chunk):
                chunk, base = memoryview(os.pread(fd, max(_READ_BYTES, _HEADER.size + length), offset)), offset
            body = chunk[begin - base : begin - base + length]
            if len(body) < length or xxh3_64_intdigest(body) != digest:
                return
            offset = begin + length
            yield _Frame(first, records, arrived_ms, offset, body)
            first += records


def _is_whole_frame(header: bytes, left: int) -> bool:
    return len(header) == _HEADER.size and _HEADER.unpack(header)[0] + _HEADER.size <= left


def _name(first: int) -> str:
    return f"{first:020d}.log"
