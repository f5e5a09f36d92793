"""Scanning the objects of a place, some at a time, in this process or in several others.

A bounded number of groups is under way at once, and nothing is believed of a process that died.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from clickgen.model.errors import EnvironmentProblem
from clickgen.process.child import can_fork, kill_processes, prepare_child, signals_held
from clickgen.read.open import PARQUET, Format, format_of, open_chunks
from clickgen.read.pieces import Fault
from clickgen.verify.landings.objects.place import (
    ObjectChanged,
    ObjectDenied,
    ObjectPlace,
    ObjectUnread,
    ObjectUnreadable,
    Stored,
)
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.findings_store import to_bytes
from clickgen.verify.proof.scan.event_classifier import Content
from clickgen.verify.proof.scan.run_id_pattern import PlantedLines, RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object

_GROUP_OBJECTS = 256
GROUP_BYTES = 8 << 20
_UNDER_WAY = 2  # groups a process: one that it works on, and the next one


class Scanned(NamedTuple):
    """The result of scanning an object."""

    stored: Stored
    findings: bytes | None  # None if it changed or could not be read
    unread: str = ""  # why it could not be read
    lasting: bool = False  # whether it never can be
    denied: bool = False  # whether that is for lack of a permission


@dataclass(frozen=True, slots=True)
class ObjectScanner:
    """Reads objects of a place into findings; it can be sent to another process."""

    place: ObjectPlace
    marks: RunIdPattern
    ids_only: bool
    planted: PlantedLines | None = None
    content: Content | None = None

    def scan(self, stored: Stored, findings: ObjectFindings) -> None:
        """Add to `findings` what an object holds; raises as `ObjectPlace.read` does.

        Also raises ObjectUnreadable for a format that is not read, which would look like damage if taken for text,
        and for an object that expands without limit.
        """
        scan_object(
            readable(self.place, stored, f"clickgen verify parquet delivery {self.marks.run}"),
            self.marks,
            findings,
            ids_only=self.ids_only,
            planted=self.planted,
            content=self.content,
        )
        if findings.unread:
            raise ObjectUnreadable(findings.unread)

    def scan_group(self, group: Sequence[Stored]) -> list[Scanned]:
        """Scan these, several at once if reading mostly waits."""
        if self.place.connections == 1 or len(group) == 1:
            return [self._scanned(stored) for stored in group]
        with ThreadPoolExecutor(self.place.connections) as executor:
            return list(executor.map(self._scanned, group))

    def _scanned(self, stored: Stored) -> Scanned:
        findings = ObjectFindings(stored.key, stored.landed_ms, stored.size)
        try:
            self.scan(stored, findings)
        except ObjectChanged:
            return Scanned(stored, None)
        except ObjectUnread as problem:
            lasting, denied = isinstance(problem, ObjectUnreadable), isinstance(problem, ObjectDenied)
            return Scanned(stored, None, problem.message, lasting, denied)
        return Scanned(stored, to_bytes(findings))


def readable(place: ObjectPlace, stored: Stored, parquet: str) -> Iterator[bytes | Fault]:
    """The bytes of an object, decompressed; raises as `ObjectPlace.read` does, and ObjectUnreadable.

    parquet: the command that reads Parquet there.
    """
    chunks = open_chunks(place.read(stored))
    first = next(chunks, b"")
    found = format_of(first) if isinstance(first, bytes) else None
    if found is not None:
        raise ObjectUnreadable(f"it is {found.name}; {_way_to_read(found, f'{parquet} --at {place.name}')}")
    for chunk in chain([first], chunks):
        if isinstance(chunk, Fault) and chunk.rest_unread:
            raise ObjectUnreadable(f"{chunk.reason}; if it holds events, unpack it and look there with --at")
        yield chunk


def _way_to_read(found: Format, parquet: str) -> str:
    """How an object of this format can be read."""
    if found is PARQUET:
        return f"it is read by: {parquet}"
    if found.unpack:
        return f"unpack it ({found.unpack}), and look there with --at"
    return "no command of clickgen reads it"


def grouped(objects: Iterable[Stored]) -> Iterator[list[Stored]]:
    """The objects in groups that are worth handing to another process: a large one, or many small ones."""
    group: list[Stored] = []
    size = 0
    for stored in objects:
        group.append(stored)
        size += stored.size
        if size >= GROUP_BYTES or len(group) == _GROUP_OBJECTS:
            yield group
            group, size = [], 0
    if group:
        yield group


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scan_in_processes(
    scanner: ObjectScanner, groups: Iterable[Sequence[Stored]], workers: int
) -> Iterator[list[Scanned]]:
    """Scan groups of objects; the result of each, in any order.

    Raises EnvironmentProblem if a process is killed, and what reading raises.
    """
    with _pool(scanner, workers) as executor:
        under_way: set[Future[list[Scanned]]] = set()
        try:
            for group in groups:
                under_way.add(executor.submit(_scan, group))
                if len(under_way) >= workers * _UNDER_WAY:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BrokenProcessPool as death:
            raise EnvironmentProblem(
                "a process that was reading objects died",
                "is the machine out of memory? what was read before is kept; try again with fewer --workers",
            ) from death


@contextmanager
def _pool(scanner: ObjectScanner, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that import what scanning needs, and end with this one, or with the block."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # its threads take time to start, and nothing here needs them
    forks = can_fork()
    with signals_held(tracked=not forks):
        executor = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("fork" if forks else "spawn"),
            initializer=_begin,
            initargs=(os.getpid(), scanner),
        )
        for _ in range(workers):
            executor.submit(os.getpid)
    try:
        yield executor
    except BaseException:
        kill_processes(executor)  # a large object would keep them busy, and they hold nothing
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


_scanner: ObjectScanner | None = None  # a process's own, as tasks have no other way to reach it


def _begin(parent: int, scanner: ObjectScanner) -> None:
    global _scanner  # noqa: PLW0603  # an executor's initializer has no other place for it
    prepare_child(parent)
    _scanner = scanner


def _scan(group: Sequence[Stored]) -> list[Scanned]:
    if _scanner is None:
        raise RuntimeError("the process was not begun")
    return _scanner.scan_group(group)
