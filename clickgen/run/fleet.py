"""The workers of a run, each a single-process executor of its own, so that one death fails one worker only."""

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.errors import EnvironmentProblem
from clickgen.process.child import can_fork, kill_processes, signals_held
from clickgen.run import worker_process
from clickgen.run.answers import DeathWatch, Result, answer_of
from clickgen.run.messages import Assignment, Grant, Start, WorkerReport
from clickgen.traffic.replay_files import is_live

StartExecutor = Callable[[], Executor]

MAX_DEATHS = 5  # of one worker; then something is wrong that a new process will not mend


def start_process() -> Executor:
    """One fresh worker process behind an executor, on its way before anything is requested of it.

    Until this process starts its first thread, it is a fork, which has everything that is imported here; later,
    and where a fork cannot use the system's libraries, it starts a Python of its own.
    """
    return _forked() if can_fork() else _spawned()


def _forked() -> Executor:
    with signals_held(tracked=False):
        executor = _executor_of_one("fork")
        # without the thread that a first task would start as well, so that the next process can be a fork too
        executor._launch_processes()  # type: ignore[attr-defined]
    return executor


def _spawned() -> Executor:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `clickgen` itself sets it
    with signals_held(tracked=True):
        executor = _executor_of_one("spawn")
        executor.submit(os.getpid)  # an executor starts its process with the first task
    return executor


def _executor_of_one(start_method: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context(start_method),
        initializer=worker_process.prepare_process,
        initargs=(os.getpid(),),
    )


def start_thread() -> Executor:
    """A worker in a thread of this process."""
    return ThreadPoolExecutor(1)


@dataclass(slots=True)
class WorkerHandle:
    """One worker: its executor, its lanes, and what its earlier processes had done when they died."""

    executor: Executor
    assignment: Assignment
    most_billed: int | None  # by all its processes together; None is no bound
    pid: int = 0  # 0 while it has no process
    pending: Future[WorkerReport] | None = None  # the exchange that is under way
    last: WorkerReport | None = None  # of its present process
    deaths: int = 0
    lost_tally: SendCounts | None = None  # what its earlier processes had sent
    lost_billed: int = 0  # ... and may have caused to be billed

    def answer(self) -> WorkerReport:
        """The report of the exchange that is done; BrokenExecutor if the process died meanwhile."""
        if self.pending is None:
            raise RuntimeError("no exchange is under way")
        self.last = self.pending.result()
        self.pending = None
        return self.last

    @property
    def billed(self) -> int:
        """Billed bytes of all its processes."""
        return self.lost_billed + (self.last.billed if self.last else 0)

    def tallies(self) -> list[SendCounts]:
        """The tallies of all its processes."""
        found = [self.last.tally] if self.last else []
        return [*found, self.lost_tally] if self.lost_tally else found


class Fleet:
    """Starts workers, talks to them one exchange at a time, replaces the dead.

    tell: is told when waiting takes long. stopped: whether waiting for workers to start is to end.
    """

    def __init__(
        self, count: int, start_executor: StartExecutor = start_process, *, calls_aws: bool = False
    ) -> None:
        self.tell: Callable[[str], None] = lambda _: None
        self.stopped: Callable[[], bool] = lambda: False
        self._watch = DeathWatch()
        self._start_executor = start_executor
        self.members: list[WorkerHandle] = []
        self._moment: Start | None = None
        self._executors = [start_executor() for _ in range(count)]
        self._ready = partial(worker_process.ready, calls_aws=calls_aws)
        self._pids = [executor.submit(self._ready) for executor in self._executors]

    def wait_ready(self) -> None:
        """Return when every process has imported what it needs."""
        for executor, pid in zip(self._executors, self._pids, strict=True):
            self._answer(executor, pid)

    def begin(self, assignments: list[Assignment]) -> None:
        """Give each worker its lanes and start it; raises what a worker cannot begin with."""
        self.members = [
            WorkerHandle(executor, assignment, assignment.most_billed, pid.result())
            for executor, assignment, pid in zip(self._executors, assignments, self._pids, strict=True)
        ]
        begun = [m.executor.submit(worker_process.begin, m.assignment) for m in self.members]
        for member, future in zip(self.members, begun, strict=True):
            self._answer(member.executor, future)

    def start(self, moment: Start) -> None:
        """Let every worker begin its schedule at that moment."""
        self._moment = moment
        started = [m.executor.submit(worker_process.start, moment) for m in self.members]
        for member, future in zip(self.members, started, strict=True):
            self._answer(member.executor, future)

    def exchange(self, member: WorkerHandle, grant: Grant) -> None:
        """Start an exchange with a worker; `member.pending` holds it, or that the worker is dead."""
        try:
            member.pending = member.executor.submit(worker_process.exchange, grant)
        except BrokenExecutor as death:
            member.pending = Future()
            member.pending.set_exception(death)

    def replace(self, member: WorkerHandle, lanes: dict[int, int], open_billed: int) -> None:
        """Start a new process for a worker that died, at those numbers; EnvironmentProblem after too many.

        open_billed: billed bytes that it may have caused since it was last heard of.
        """
        member.executor.shutdown(wait=False, cancel_futures=True)
        member.pending, member.pid = None, 0
        if member.last is not None:
            member.lost_tally = _sum([member.last.tally, *([member.lost_tally] if member.lost_tally else [])])
            member.lost_billed += member.last.billed
        member.last = None
        member.lost_billed += open_billed
        left = None if member.most_billed is None else max(0, member.most_billed - member.lost_billed)
        member.assignment = replace(member.assignment, lanes=lanes, most_billed=left)
        while True:
            member.deaths += 1
            if member.deaths > MAX_DEATHS:
                raise EnvironmentProblem(
                    f"a worker process died {member.deaths} times",
                    "is the machine out of memory? try fewer --workers",
                )
            with contextlib.suppress(BrokenExecutor):
                self._revive(member)
                return

    def _revive(self, member: WorkerHandle) -> None:
        member.executor = self._start_executor()
        pid = member.executor.submit(self._ready)
        member.pid = self._answer(member.executor, pid)
        self._answer(member.executor, member.executor.submit(worker_process.begin, member.assignment))
        if self._moment is not None:
            self._answer(member.executor, member.executor.submit(worker_process.start, self._moment))

    def _answer(self, executor: Executor, future: "Future[Result]") -> Result:
        return answer_of(executor, future, self.tell, self.stopped)

    def lost(self, member: WorkerHandle) -> bool:
        """Whether a worker died and will never answer what was requested of it."""
        return self._watch.lost(member.executor)

    def tally(self) -> SendCounts:
        """The sum over all workers, the dead included."""
        return _sum([tally for member in self.members for tally in member.tallies()])

    def kill(self) -> None:
        """End all workers at once; one that is a thread ends with this process."""
        for executor in self._all():
            kill_processes(executor)

    def close(self) -> None:
        """Let all workers go."""
        for executor in self._all():
            executor.shutdown(wait=False, cancel_futures=True)

    def _all(self) -> list[Executor]:
        return [m.executor for m in self.members] if self.members else self._executors


def start_fleet(workers: int, sources: Iterable[str], *, calls_aws: bool = False) -> Fleet:
    """Start the workers of a run of these sources; they import what they need while its target is looked for.

    calls_aws: whether they will call a service of AWS, or what stands for one.
    """
    # a process started anew has neither standard input nor pipes of ours; a thread has
    live = any(is_live(path) for path in sources)
    return Fleet(workers, start_thread if live else start_process, calls_aws=calls_aws)


def _sum(tallies: list[SendCounts]) -> SendCounts:
    total = SendCounts()
    for tally in tallies:
        for name in SendCounts.__slots__:
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    return total
