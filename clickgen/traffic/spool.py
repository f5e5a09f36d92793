"""A recording put into one file before it is replayed: sorted by time, or as it comes, in bounded memory."""

import heapq
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from clickgen.model.skipped import Skipped
from clickgen.traffic.replay_events import EventGroup

RUN_BYTES = 64 << 20  # sorted at once; twenty gigabytes are then some three hundred runs, which are merged at once
_BUFFER_BYTES = 256 << 10  # of each run that is merged
_HEAD = struct.Struct("<dI")

Timed = tuple[float, bytes]


def spool(groups: Iterable[EventGroup], path: Path, *, sort: bool, run_bytes: int = RUN_BYTES) -> list[Skipped]:
    """Write events into a file, one a line, and return what was no event.

    sort: by their times; an event without one stays behind the one before it, and events of one time keep their
    order.
    """
    skipped: list[Skipped] = []
    with path.open("wb", buffering=1 << 20) as file:
        for _, line in (_sorted if sort else _as_it_comes)(groups, skipped, run_bytes, path.parent):
            file.write(line)
            file.write(b"\n")
    return skipped


def _as_it_comes(
    groups: Iterable[EventGroup], skipped: list[Skipped], _run_bytes: int, _folder: Path
) -> Iterator[Timed]:
    for group in groups:
        skipped += group.skipped
        for event in group.events:
            yield 0.0, _line(event.data)


def _sorted(groups: Iterable[EventGroup], skipped: list[Skipped], run_bytes: int, folder: Path) -> Iterator[Timed]:
    runs: list[IO[bytes]] = []
    held: list[Timed] = []
    size, latest = 0, float("-inf")
    try:
        for group in groups:
            skipped += group.skipped
            for event, time in zip(group.events, group.times, strict=True):
                latest = time if time == time else latest  # noqa: PLR0124  # NaN is not itself
                held.append((latest, _line(event.data)))
                size += len(event.data)
            if size > run_bytes:
                runs.append(_written(held, folder))
                held, size = [], 0
        held.sort(key=_time)  # it is stable
        yield from heapq.merge(*map(_read, runs), held, key=_time)
    finally:
        for run in runs:
            run.close()


def _time(event: Timed) -> float:
    return event[0]


def _line(data: bytes) -> bytes:
    """An event without line ends, which in JSON are white space between tokens."""
    if b"\n" in data or b"\r" in data:
        return data.replace(b"\n", b" ").replace(b"\r", b" ")
    return data


def _written(held: list[Timed], folder: Path) -> IO[bytes]:
    held.sort(key=_time)
    file = tempfile.TemporaryFile(dir=folder, buffering=_BUFFER_BYTES)  # noqa: SIM115  # it is closed when all is merged
    for time, line in held:
        file.write(_HEAD.pack(time, len(line)))
        file.write(line)
    file.seek(0)
    return file


def _read(file: IO[bytes]) -> Iterator[Timed]:
    while head := file.read(_HEAD.size):
        time, size = _HEAD.unpack(head)
        yield time, file.read(size)
