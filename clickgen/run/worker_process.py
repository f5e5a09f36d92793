"""A worker's process: how it is made ready, and the calls by which the run reaches the worker in it."""

import gc
import os
from typing import TYPE_CHECKING

from clickgen.process.child import keep_memory, prepare_child
from clickgen.run.messages import Assignment, Grant, Start, WorkerReport

if TYPE_CHECKING:  # the run's process refers to these calls, and needs nothing of what they are made with
    from clickgen.run.worker import Worker

_worker: "Worker | None" = None
_own_process = False


def prepare_process(parent: int) -> None:
    """Make this process a worker's: it ignores the signals that stop the run, and ends with the run's process."""
    global _own_process  # noqa: PLW0603  # a worker may also be a thread of the run's process
    _own_process = True
    keep_memory()  # before the first thread: glibc settles with it how many arenas there may be
    prepare_child(parent)


def begin(assignment: Assignment) -> None:
    """Make this process's worker ready to start."""
    from clickgen.run.worker import Worker

    global _worker  # noqa: PLW0603  # an executor's task has no other way to reach the process's state
    _worker = Worker(assignment)
    # what is there now stays: modules, tables, pools; the collector need not look at it again and again
    gc.freeze()
    if _own_process and _worker.unpaced:
        _stay_on_one_processor(min(assignment.lanes, default=0))


def _stay_on_one_processor(number: int) -> None:
    """Keep this process where its caches are: its threads take turns, and would wake on an idle processor.

    Unpinned a run of small calls costs up to a third more. A run that keeps a rate is left to the scheduler: it
    has time to spare, and must not wait for a processor that others want.
    """
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[(os.getppid() + number) % len(allowed)]})


def start(moment: Start) -> None:
    """Let this process's worker begin its schedule."""
    _this_worker().start(moment)


def exchange(grant: Grant) -> WorkerReport:
    """One exchange with this process's worker."""
    return _this_worker().exchange(grant)


def _this_worker() -> "Worker":
    if _worker is None:
        raise RuntimeError("the worker was not begun")
    return _worker


def ready(*, calls_aws: bool) -> int:
    """Say this process's id; by then it has imported what a worker needs.

    calls_aws: whether its sink will need boto3, which takes longest.
    """
    import clickgen.run.worker  # noqa: F401

    if calls_aws:
        import boto3  # noqa: F401  # now, while the run waits for something else

    return os.getpid()
