"""A worker's process: how it is made ready, and the calls by which the run reaches the worker in it."""

import gc
import os
import signal
import threading
import time

from clickgen.run.exchange import Assignment, Grant, Report, Start
from clickgen.run.worker import Worker

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_worker: Worker | None = None


def prepare_process(parent: int) -> None:
    """Make this process a worker's: deaf to what stops the run, which is the run's to answer, and gone with it."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()


def begin(assignment: Assignment) -> None:
    """Make this process's worker ready to start."""
    global _worker  # noqa: PLW0603  # an executor's task has no other way to reach the process's state
    _worker = Worker(assignment)
    # what is there now stays: modules, tables, pools; the collector need not look at it again and again
    gc.freeze()


def start(moment: Start) -> None:
    """Let this process's worker begin its schedule."""
    _this_worker().start(moment)


def exchange(grant: Grant) -> Report:
    """One exchange with this process's worker."""
    return _this_worker().exchange(grant)


def _this_worker() -> Worker:
    if _worker is None:
        raise RuntimeError("the worker was not begun")
    return _worker


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def ready() -> int:
    """Say this process's id; by then it has imported what a worker needs."""
    return os.getpid()
