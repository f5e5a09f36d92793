"""How close together calls may leave, whichever lane they are of. Arithmetic only: it does not read the clock."""

import math

BURST_S = 0.1  # quota for this long may be saved up, for events close together after a pause
# The share of a worker's one interpreter that its calls may take, and how many may leave at once after a pause:
# more would wait for each other, and a few calls with more events arrive sooner.
INTERPRETER_SHARE = 0.6
BURST_CALLS = 4
COST_S, EXPRESS_COST_S = 0.001, 0.0004  # of a call, until it is known
_NEWS = 0.05  # weight of the latest call in what one costs


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

    def __init__(self, most: float | None = None, cost_s: float = COST_S) -> None:
        """most: calls in any second, None for no quota. cost_s: CPU time of a call, until it is known."""
        step_s = 0.0 if most is None else (1 + BURST_S) / most
        self._quota = _Bucket(step_s, BURST_S if step_s else 0.0)
        self._cost_s = cost_s
        self._interpreter = _Bucket(0.0, 0.0)
        self.cost(cost_s)

    def cost(self, cpu_s: float) -> None:
        """Learn how much CPU time a call took. May be called by any thread."""
        self._cost_s += _NEWS * (cpu_s - self._cost_s)
        self._interpreter.step_s = self._cost_s / INTERPRETER_SHARE
        self._interpreter.saved_s = (BURST_CALLS - 1) * self._interpreter.step_s

    @property
    def permitted_at(self) -> float:
        """The earliest second at which the next call may leave."""
        return max(self._quota.permitted_at, self._interpreter.permitted_at)

    def take(self, at: float) -> None:
        """Note that a call leaves at that second."""
        self._quota.take(at)
        self._interpreter.take(at)
