"""Processes that work for this one: they ignore the signals that stop it, which it handles, and end with it."""

import contextlib
import ctypes
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

# glibc gives large blocks back to the kernel after each use, and page faults then cost more than the work
# (mallopt(3)); bodies of calls are such blocks. These settings hold for the main arena, so there is no other
_MALLOC = {
    -3: (256 << 20, 32 << 20),  # M_MMAP_THRESHOLD of malloc.h; before glibc 2.35 no more than the second
    -1: (512 << 20,),  # M_TRIM_THRESHOLD
    -2: (16 << 20,),  # M_TOP_PAD
    -8: (1,),  # M_ARENA_MAX
}


def prepare_child(parent: int) -> None:
    """Make this process ignore the signals that stop its parent, a process id, and end with it."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()


def keep_memory() -> None:
    """Let this process keep the memory that it frees, as far as its C library can."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, sizes in _MALLOC.items():
            any(mallopt(parameter, size) for size in sizes)


def can_fork() -> bool:
    """Whether a child may be a fork of this process: one thread runs, and the system's libraries allow it."""
    return sys.platform == "linux" and threading.active_count() == 1


@contextlib.contextmanager
def signals_held(*, tracked: bool) -> Iterator[None]:
    """Block the signals that stop this process in those started here, until they ignore them by themselves.

    tracked: what is started has semaphores that Python's resource tracker is to remove; forks need none.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        if tracked:
            _start_resource_tracker()
            signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def kill_processes(executor: Executor) -> None:
    """End the processes of an executor at once; an executor of threads is left as it is."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):  # kill_workers() is of 3.14
        process.kill()


def _start_resource_tracker() -> None:
    """Start a helper process of Python's, which must survive a closed terminal too; starting it unblocks signals.

    It removes the semaphores of processes that were killed, and should do so without a warning on the terminal. It
    inherits this process's -W options.
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
