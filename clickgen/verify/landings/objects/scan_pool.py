"""Scanning in several processes: a bounded number of groups under way, and nothing believed of one that died."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from clickgen.model.errors import EnvironmentProblem
from clickgen.process.child import kill_processes, prepare_child, signals_held
from clickgen.verify.landings.objects.place import Stored
from clickgen.verify.landings.objects.scanner import ObjectScanner, Scanned

_UNDER_WAY = 2  # groups a process: one that it works on, and the next one

_scanner: ObjectScanner | None = None  # a process's own, as tasks have no other way to reach it


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scan_in_processes(
    scanner: ObjectScanner, groups: Iterable[Sequence[Stored]], workers: int
) -> Iterator[list[Scanned]]:
    """Scan groups of objects; what came of each, in any order.

    Raises EnvironmentProblem where a process is killed, and what reading raises.
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
    """Processes that import what scanning takes, and leave with this one, or with the block."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads cost a start, and nothing here needs them
    with signals_held():
        executor = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(os.getpid(), scanner),
        )
        for _ in range(workers):
            executor.submit(os.getpid)
    try:
        yield executor
    except BaseException:
        kill_processes(executor)  # a large object would take them long, and they hold nothing
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _begin(parent: int, scanner: ObjectScanner) -> None:
    global _scanner  # noqa: PLW0603  # an executor's initializer has no other place for it
    prepare_child(parent)
    _scanner = scanner


def _scan(group: Sequence[Stored]) -> list[Scanned]:
    if _scanner is None:
        raise RuntimeError("the process was not begun")
    return _scanner.scan_group(group)
