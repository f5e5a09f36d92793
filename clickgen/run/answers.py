"""Waiting for worker processes: bounded, announced when it lasts, and ended by a death that Python misses."""

import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing import connection
from typing import TypeVar

from clickgen.model.errors import EnvironmentProblem

ANSWER_S = 120.0  # a process starts in a second or two; on a machine with ten times too much to do, in twenty
SAY_AFTER_S = 5.0
_LOOK_S = 0.2
_SURE_S = 2.0  # an executor hears of a death at once, but not if a message was half sent

Result = TypeVar("Result")


class DeathWatch:
    """Tells which executors' processes have died without the executor's noticing."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def lost(self, executor: Executor) -> bool:
        """Whether its process has been dead for so long that the executor will not say so any more."""
        processes = list((getattr(executor, "_processes", None) or {}).values())
        if not connection.wait([process.sentinel for process in processes], 0):
            return False
        return time.monotonic() - self._since.setdefault(id(executor), time.monotonic()) > _SURE_S


def answer_of(
    executor: Executor, future: "Future[Result]", tell: Callable[[str], None], stopped: Callable[[], bool]
) -> Result:
    """What a starting worker answers.

    tell: is told, once, that it takes long. stopped: whether somebody gave up on it, which is a KeyboardInterrupt.
    BrokenExecutor if its process died, EnvironmentProblem if it lives and says nothing.
    """
    began, announced, watch = time.monotonic(), False, DeathWatch()
    # a worker that is a thread may read a pipe into which nobody writes yet
    bounded = hasattr(executor, "_processes")
    while True:
        try:
            return future.result(_LOOK_S)
        except TimeoutError:
            if future.done():
                raise
        if stopped():
            raise KeyboardInterrupt
        if watch.lost(executor):
            raise BrokenExecutor("the process died with a message half sent")
        waited = time.monotonic() - began
        if bounded and waited > ANSWER_S:
            raise EnvironmentProblem(
                f"a worker process did not start within {ANSWER_S:g} s",
                "is the machine overloaded or out of memory? try fewer --workers; `clickgen runs resume` goes on",
            )
        if bounded and waited > SAY_AFTER_S and not announced:
            tell(f"waiting for the worker processes to start, up to {ANSWER_S:g} s")
            announced = True
