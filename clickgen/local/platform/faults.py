"""Misbehaving on request: throttling, failing records and calls, lost and late answers.

Every kind of fault draws from its own generator, so that turning one on does not move another. The same seed and
the same order of calls give the same faults (throttling also depends on the time).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from clickgen.local.platform.errors import ServiceError, internal_failure, slow_down


@dataclass(frozen=True)
class FaultSettings:
    """What goes wrong with the puts of a service.

    `throttle`: records a second that are let through, after a burst of one second's worth; None lets all through.
    `fail_records`, `fail_calls`, `drop_replies`: probabilities for a record to fail, for a call to be refused
    whole, and for a call to be kept but never answered. `latency`: seconds before each answer.
    """

    throttle: float | None = None
    fail_records: float = 0.0
    fail_calls: float = 0.0
    drop_replies: float = 0.0
    latency: float = 0.0
    seed: int = 0


class Faults:
    """The faults of one service, drawn call by call.

    throttled, failed: the errors of a record over the throttle and of one that fails by chance, in the words of
    the service. A call refused whole has them in turn.
    """

    def __init__(
        self,
        settings: FaultSettings,
        clock: Callable[[], float] = time.monotonic,
        *,
        throttled: Callable[[], ServiceError] = slow_down,
        failed: Callable[[], ServiceError] = internal_failure,
    ) -> None:
        self.latency = settings.latency
        self._settings = settings
        self._clock = clock
        self._throttled = throttled
        self._failed = failed
        self._records = random.Random(f"{settings.seed} records")
        self._calls = random.Random(f"{settings.seed} calls")
        self._replies = random.Random(f"{settings.seed} replies")
        self._refused = 0
        self._burst = max(1.0, settings.throttle or 0.0)
        self._tokens = self._burst
        self._filled = clock()

    def refuse_call(self) -> None:
        """Raise the error of a call refused whole, if this one is."""
        if self._settings.fail_calls and self._calls.random() < self._settings.fail_calls:
            self._refused += 1
            raise self._throttled() if self._refused % 2 else self._failed()

    def failing(self, count: int) -> dict[int, ServiceError]:
        """Which of `count` records fail, and how: those over the throttle (the last), and some by chance."""
        chance = self._settings.fail_records
        failed: dict[int, ServiceError] = {}
        if chance:
            draw = self._records.random
            failed = {index: self._failed() for index in range(count) if draw() < chance}
        if self._settings.throttle is not None:
            for index in range(self._let_through(count, self._settings.throttle), count):
                failed[index] = self._throttled()
        return failed

    def drop_reply(self) -> bool:
        """Whether the connection closes instead of an answer."""
        chance = self._settings.drop_replies
        return bool(chance) and self._replies.random() < chance

    def _let_through(self, count: int, rate: float) -> int:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * rate)
        self._filled = now
        granted = min(count, int(self._tokens))
        self._tokens -= granted
        return granted
