"""How close together calls may leave, whichever lane they are of. Arithmetic only: it does not read the clock."""

import math
from typing import NamedTuple

BURST_S = 0.1  # quota for this long may be saved up, for events close together after a pause
BURST_CALLS = 4  # may leave at once after a pause: more would wait for each other
_NEWS = 0.05  # weight of the latest call in what one costs


class Effort(NamedTuple):
    """What calls may ask of a worker's one interpreter: a few calls with more events arrive sooner than many."""

    share: float  # of its time
    cost_s: float  # CPU time of a call, until it is known
    most_apart_s: float = math.inf  # a call may leave after so long, whatever it costs


BY_THREADS = Effort(share=0.6, cost_s=0.001)
# one thread does it all, and what it has no time for is late; so are events that wait longer for their call
BY_EXPRESS = Effort(share=0.5, cost_s=0.0004, most_apart_s=0.001)


class _Bucket:
    """The generic cell rate algorithm (ITU-T I.371): a call every `step_s`, of which `saved_s` may be saved up."""

    def __init__(self, step_s: float, saved_s: float) -> None:
        self.step_s = step_s
        self.saved_s = saved_s
        self._full_at = -math.inf  # when all that was saved is back

    @property
    def permitted_at(self) -> float:
        return self._full_at - self.saved_s

    def take(self, at: float) -> None:
        self._full_at = min(max(self._full_at, at), at + self.saved_s) + self.step_s


class CallBound:
    """The time between the calls of one worker, by its share of a quota and by what it can compute.

    A full call need not wait: splitting it would not make fewer calls.
    """

    def __init__(self, most: float | None = None, effort: Effort = BY_THREADS) -> None:
        """most: calls in any second, None for no quota."""
        step_s = 0.0 if most is None else (1 + BURST_S) / most
        self._quota = _Bucket(step_s, BURST_S if step_s else 0.0)
        self._effort = effort
        self._cost_s = effort.cost_s
        self._interpreter = _Bucket(0.0, 0.0)
        self.cost(effort.cost_s)

    def cost(self, cpu_s: float) -> None:
        """Learn how much CPU time a call took. May be called by any thread."""
        self._cost_s += _NEWS * (cpu_s - self._cost_s)
        self._interpreter.step_s = min(self._cost_s / self._effort.share, self._effort.most_apart_s)
        self._interpreter.saved_s = (BURST_CALLS - 1) * self._interpreter.step_s

    @property
    def permitted_at(self) -> float:
        """The earliest second at which the next call may leave."""
        return max(self._quota.permitted_at, self._interpreter.permitted_at)

    def take(self, at: float) -> None:
        """Note that a call leaves at that second."""
        self._quota.take(at)
        self._interpreter.take(at)
