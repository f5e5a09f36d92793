"""How much may be sent while a stream throttles: additive increase, multiplicative decrease, for the whole run.

The run decides (`Throttle`) and gives each worker its share; the workers' senders wait for tokens (`TokenBudget`).
Services count records, bytes and requests, and do not say which of them was too much, so all three are cut.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from clickgen.pace.clock import Clock

# AIMD as in Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion avoidance" (1989)
DECREASE = 0.85
INCREASE_A_SECOND = 0.06  # of what the stream was last seen to take
RECOVERY_A_SECOND = 2.0  # times, below that: TCP's slow start (RFC 5681, section 3.1)
REACTION_S = 0.5  # the answers of a moment belong to one decision
DEEPEST_CUT = 0.1  # of one decision, where nothing was accepted
FORGOTTEN_AFTER_S = 30.0
_BURST_S = 0.25  # tokens of so long may be saved


@dataclass(frozen=True, slots=True)
class Allowance:
    """Records, bytes and requests, each a second."""

    records: float
    bytes: float
    requests: float

    def times(self, factor: float) -> Self:
        """All three times a factor."""
        return replace(
            self, records=self.records * factor, bytes=self.bytes * factor, requests=self.requests * factor
        )

    def at_least(self, other: "Allowance") -> Self:
        """The larger of each."""
        return replace(
            self,
            records=max(self.records, other.records),
            bytes=max(self.bytes, other.bytes),
            requests=max(self.requests, other.requests),
        )

    def plus(self, other: "Allowance") -> Self:
        """The sums."""
        return replace(
            self,
            records=self.records + other.records,
            bytes=self.bytes + other.bytes,
            requests=self.requests + other.requests,
        )


# a full call in five seconds finds out whether a stream takes anything again
LEAST = Allowance(records=100, bytes=500_000, requests=0.2)


@dataclass(frozen=True, slots=True)
class SentSoFar:
    """What a run has done by some moment, counted from its start: attempts at records, bytes and calls."""

    records: int = 0
    bytes: int = 0
    requests: int = 0
    throttled: int = 0


class Throttle:
    """Decides how much the whole run may send. Arithmetic only: it is told the time.

    None is no bound: nothing was ever throttled, or long ago.
    """

    def __init__(self) -> None:
        self.allowance: Allowance | None = None
        self._known = LEAST  # what the stream was last seen to take
        self._at = 0.0
        self._seen = SentSoFar()
        self._last_throttled = 0.0

    def hear(self, now: float, sent: SentSoFar) -> Allowance | None:
        """Take in the run's counters at second `now`; decides at most once in REACTION_S."""
        span = now - self._at
        if span < REACTION_S:
            return self.allowance
        before, self._seen, self._at = self._seen, sent, now
        throttled = sent.throttled - before.throttled
        attempted = Allowance(
            (sent.records - before.records) / span,
            (sent.bytes - before.bytes) / span,
            (sent.requests - before.requests) / span,
        )
        if throttled and attempted.records:
            self._last_throttled = now
            self._decrease(attempted, throttled / span)
        elif self.allowance is not None:
            self._increase(span)
            if now - self._last_throttled > FORGOTTEN_AFTER_S and attempted.records * 2 < self.allowance.records:
                self.allowance = None  # the stream takes all that there is
        return self.allowance

    def _decrease(self, attempted: Allowance, throttled: float) -> None:
        taken = max(0.0, 1 - throttled / attempted.records)  # the share that was not throttled
        level = attempted
        if self.allowance is not None and self.allowance.records < attempted.records:
            level = self.allowance
        if taken:
            self._known = level.times(taken).at_least(LEAST)
        self.allowance = level.times(min(DECREASE, max(taken, DEEPEST_CUT))).at_least(LEAST)

    def _increase(self, span: float) -> None:
        assert self.allowance is not None  # noqa: S101  # asked before
        if self.allowance.records < self._known.records:
            self.allowance = self.allowance.times(RECOVERY_A_SECOND**span)
        else:
            self.allowance = self.allowance.plus(self._known.times(INCREASE_A_SECOND * span))


class TokenBudget:
    """The tokens of one worker. A call may leave while none is in debt; it may put all three in debt.

    So a call larger than a second's tokens passes, and the next one waits the longer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._allowance: Allowance | None = None
        self._have = Allowance(0, 0, 0)
        self._at = 0.0

    def allow(self, allowance: Allowance | None) -> None:
        """Change what comes in a second from now on."""
        with self._lock:
            self._refill()
            if self._allowance is None:
                self._have = Allowance(0, 0, 0)
            self._allowance = allowance

    def take(self, records: int, size: int, pause: Callable[[float], None], stopped: Callable[[], bool]) -> None:
        """Wait until a call with so many records and bytes may leave, or until everything stops."""
        while not stopped():
            wait = self._try(records, size)
            if wait <= 0:
                return
            pause(wait)

    def _try(self, records: int, size: int) -> float:
        """Take the tokens and return 0, or return the seconds until there are any."""
        with self._lock:
            if self._allowance is None:
                return 0.0
            self._refill()
            have, coming = self._have, self._allowance
            debts = (
                -have.records / max(coming.records, 1e-9),
                -have.bytes / max(coming.bytes, 1e-9),
                -have.requests / max(coming.requests, 1e-9),
            )
            if max(debts) > 0:
                return min(1.0, max(0.001, *debts))  # the allowance may change meanwhile
            self._have = have.plus(Allowance(-records, -size, -1))
            return 0.0

    def _refill(self) -> None:
        now, coming = self._clock.now(), self._allowance
        span, self._at = now - self._at, now
        if coming is not None:
            more, most = self._have.plus(coming.times(span)), coming.times(_BURST_S)
            self._have = Allowance(
                min(more.records, most.records), min(more.bytes, most.bytes), min(more.requests, most.requests)
            )
