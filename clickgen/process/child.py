"""Processes that work for this one: deaf to what stops it, which is its own to answer, and gone when it is."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from multiprocessing import resource_tracker

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_S = 0.2


def prepare_child(parent: int) -> None:
    """Make this process one that ignores what stops its parent, a process id, and that leaves with it."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Let a process that is started here be born deaf to what stops this one, until it ignores it for itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        _start_resource_tracker()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def kill_processes(executor: Executor) -> None:
    """End the processes of an executor at once; one that has threads is left as it is."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):  # kill_workers() is of 3.14
        process.kill()


def _start_resource_tracker() -> None:
    """Start a helper process of Python's, which must outlast a closed terminal too; its start lifts the mask.

    It removes the semaphores of processes that were killed, and is to do so without a warning on the terminal. It
    takes over what this process was told with -W.
    """
    sys.warnoptions.append("ignore:resource_tracker")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)
