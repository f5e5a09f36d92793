"""Processes that work for this one: deaf to what stops it, which is its own to answer, and gone when it is."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
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
        # a helper process of Python's, which must outlast a closed terminal too; its start lifts the mask
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)
