"""A worker's process: it makes events ahead, and stores what was leased meanwhile."""

import errno
import gc
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from clickgen.ledger.folder import RunFolder
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.pace.clock import now_ms
from clickgen.run.generate.makers import Maker, Ready, open_maker
from clickgen.sink.object_store import NotStored

EXCHANGE_S = 0.25
_AHEAD_BYTES = 8 * 1024 * 1024  # of what is held in memory until it is leased


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is to make: the lanes of a run, each from its number on. folder: the run's."""

    folder: Path
    lanes: dict[int, int]


@dataclass(frozen=True, slots=True)
class StoreGrant:
    """How many more pieces, in the order in which they were reported, are leased; whether to make no more."""

    pieces: int = 0
    stop: bool = False


@dataclass(slots=True)
class MakerReport:
    """What a worker has to say since its last report.

    ready: the leases of each piece that is ready. objects, size: how many were stored, and their bytes. due: how
    far it has come, in seconds. drifted_from: of lanes in which a field has changed, the first event since. ended:
    all was made that there is to make. done: nothing will come any more.
    """

    ready: list[list[Lease]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    objects: int = 0
    size: int = 0
    due: float = 0.0
    drifted_from: dict[int, int] = field(default_factory=dict)
    ended: bool = False
    done: bool = False
    problem: ClickgenError | None = None


class MakerWorker:
    """One task. Storing goes on in threads while more is made, since it mostly waits."""

    def __init__(self, task: Task) -> None:
        self._maker: Maker = open_maker(RunFolder(task.folder), task.lanes)
        self._threads = ThreadPoolExecutor(self._maker.connections)
        self._waiting: deque[Ready] = deque()
        self._stopped = False
        self._problem: ClickgenError | None = None

    def exchange(self, grant: StoreGrant) -> MakerReport:
        """Store what was granted, make more meanwhile, and report both."""
        granted = [self._waiting.popleft() for _ in range(grant.pieces)]
        storing = [(ready, self._threads.submit(_store, ready)) for ready in granted]
        if grant.stop and not self._stopped:
            self._stop()
        report = MakerReport()
        try:
            for ready in self._make():
                report.ready.append(ready.leases)
        except OSError as problem:
            self._fail(_explained(problem))
        except ClickgenError as problem:
            self._fail(problem)
        except Exception as problem:  # noqa: BLE001  # a worker must say why its lanes end
            self._fail(EnvironmentProblem(f"making events failed: {type(problem).__name__}: {problem}"))
        for ready, stored in storing:
            self._settle(ready, stored, report)
        report.due, report.ended = self._maker.due, self._maker.ended
        report.drifted_from = self._maker.drifted_from
        report.problem = self._problem
        report.done = not self._waiting and (self._stopped or self._maker.ended)
        return report

    def _make(self) -> Iterator[Ready]:
        deadline = time.monotonic() + EXCHANGE_S
        held = 0
        while not (self._stopped or self._maker.ended) and time.monotonic() < deadline and held < _AHEAD_BYTES:
            for ready in self._maker.make():
                self._waiting.append(ready)
                held += ready.held
                yield ready

    def _settle(self, ready: Ready, stored: "Future[_Stored]", report: MakerReport) -> None:
        begun_ms, ended_ms, size, problem = stored.result()
        state, attempts = State.ACCEPTED, 1
        if problem is None:
            report.objects += ready.objects
            report.size += size
        else:
            self._fail(problem)
            state, ended_ms = State.UNKNOWN, 0
            if not problem.unknown:
                state, attempts, begun_ms = State.UNSENT, 0, 0
        report.outcomes += [Outcome(*lease, state, attempts, begun_ms, ended_ms) for lease in ready.leases]

    def _fail(self, problem: ClickgenError) -> None:
        self._problem = self._problem or problem
        self._stop()

    def _stop(self) -> None:
        self._stopped = True
        self._maker.discard()


class _Stored(NamedTuple):
    """When storing began and ended, in Unix ms, how many bytes it were, and what went wrong."""

    begun_ms: int
    ended_ms: int
    size: int
    problem: NotStored | None = None


def _store(ready: Ready) -> _Stored:
    begun_ms, size, problem = now_ms(), 0, None
    try:
        size = ready.store()
    except NotStored as raised:
        problem = raised
    return _Stored(begun_ms, now_ms(), size, problem)


def _explained(problem: OSError) -> EnvironmentProblem:
    where = f" {problem.filename}" if problem.filename else ""
    full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "make room on that disk, or write to another" if full else "write to another place: --to"
    return EnvironmentProblem(f"cannot write{where}: {problem.strerror or problem}", hint)


_worker: MakerWorker | None = None


def begin(task: Task) -> None:
    """Give this process a task, in place of the one that it has done."""
    global _worker  # noqa: PLW0603  # an executor's task has no other way to reach the process's state
    _worker = None
    try:
        _worker = MakerWorker(task)
    except OSError as problem:
        raise _explained(problem) from problem
    # what is there now stays: modules, tables, pools; the collector need not look at it again and again
    gc.freeze()


def exchange(grant: StoreGrant) -> MakerReport:
    """One exchange about this process's task."""
    if _worker is None:
        raise RuntimeError("the worker has no task")
    return _worker.exchange(grant)
