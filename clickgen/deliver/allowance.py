"""How much may be sent while a stream throttles: additive increase, multiplicative decrease, for the whole run.

The run decides (`Throttle`) and gives each worker its share; the workers' senders wait for tokens (`TokenBudget`).
Services count records, bytes and requests, and do not say which of them was too much, so all three are cut. A
bound on what is billed (`BilledBytesCap`) is a worker's own.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from clickgen.pace.clock import Clock

# AIMD as in Chiu and Jain, "Analysis of the increase and decrease algorithms for congestion avoidance" (1989)
DECREASE = 0.85
INCREASE_A_SECOND = 0.06  # of what the stream was last seen to take
RECOVERY_A_SECOND = 2.0  # times, below that: TCP's slow start (RFC 5681, section 3.1)
REACTION_S = 0.5  # the answers of a moment belong to one decision
DEEPEST_CUT = 0.1  # of one decision, if nothing was accepted
FORGOTTEN_AFTER_S = 30.0
_BURST_S = 0.25  # tokens for this long may be saved


@dataclass(frozen=True, slots=True)
class Allowance:
    """Records, bytes and requests, each a second."""

    records: float
    bytes: float
    requests: float

    def times(self, factor: float) -> "Allowance":
        return Allowance(self.records * factor, self.bytes * factor, self.requests * factor)

    def at_least(self, other: "Allowance") -> "Allowance":
        requests = max(self.requests, other.requests)
        return Allowance(max(self.records, other.records), max(self.bytes, other.bytes), requests)

    def plus(self, other: "Allowance") -> "Allowance":
        return Allowance(self.records + other.records, self.bytes + other.bytes, self.requests + other.requests)


# a full call every five seconds finds out whether a stream accepts anything again
LEAST = Allowance(records=100, bytes=500_000, requests=0.2)


@dataclass(frozen=True, slots=True)
class SentSoFar:
    """What a run has attempted since its start, in records, bytes and calls, and how much was throttled."""

    records: int = 0
    bytes: int = 0
    requests: int = 0
    throttled: int = 0


class Throttle:
    """Decides how much the whole run may send. Arithmetic only: it does not read the clock.

    Without an allowance there is no bound: nothing was throttled, or only long ago.
    """

    def __init__(self) -> None:
        self.allowance: Allowance | None = None
        self._known = LEAST  # what the stream last accepted
        self._at = 0.0
        self._seen = SentSoFar()
        self._last_throttled = 0.0

    def hear(self, now: float, sent: SentSoFar) -> Allowance | None:
        """Decide by the run's counters at second `now`, at most once in REACTION_S."""
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
            self._increase(self.allowance, span)
            quiet = now - self._last_throttled > FORGOTTEN_AFTER_S
            if quiet and attempted.records * 2 < self.allowance.records:
                self.allowance = None  # the stream accepts everything
        return self.allowance

    def _decrease(self, attempted: Allowance, throttled: float) -> None:
        taken = max(0.0, 1 - throttled / attempted.records)  # the share that was not throttled
        level = attempted
        if self.allowance is not None and self.allowance.records < attempted.records:
            level = self.allowance
        if taken:
            self._known = level.times(taken).at_least(LEAST)
        self.allowance = level.times(min(DECREASE, max(taken, DEEPEST_CUT))).at_least(LEAST)

    def _increase(self, allowance: Allowance, span: float) -> None:
        if allowance.records < self._known.records:
            self.allowance = allowance.times(RECOVERY_A_SECOND**span)
        else:
            self.allowance = allowance.plus(self._known.times(INCREASE_A_SECOND * span))


class TokenBudget:
    """The tokens of one worker. A call may leave while no kind is in debt; it may put all three in debt.

    So a call larger than a second's tokens passes, and the next one waits longer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._allowance: Allowance | None = None
        self._have = Allowance(0, 0, 0)
        self._at = 0.0

    @property
    def limited(self) -> bool:
        """Whether there is any bound."""
        return self._allowance is not None

    def allow(self, allowance: Allowance | None) -> None:
        """Change how many tokens a second are added from now on."""
        with self._lock:
            self._refill()
            if self._allowance is None:
                self._have = Allowance(0, 0, 0)
            self._allowance = allowance

    def take(self, records: int, size: int, pause: Callable[[float], None], stopped: Callable[[], bool]) -> None:
        """Wait until a call with this many records and bytes may leave, or until everything stops."""
        while not stopped():
            wait = self._try(records, size)
            if wait <= 0:
                return
            pause(wait)

    def _try(self, records: int, size: int) -> float:
        """Take the tokens and return 0, or return the seconds until there are some."""
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


class BilledBytesCap:
    """A number of billed bytes that a worker's senders together never exceed."""

    def __init__(self, most: int | None) -> None:
        """most: None for no bound."""
        self._most = most
        self._spent = 0
        self._lock = threading.Lock()
        self.exhausted = False

    @property
    def spent(self) -> int:
        """Billed bytes so far: what was accepted, and what got no answer and may have been."""
        return self._spent

    def take(self, size: int) -> bool:
        """Reserve billed bytes before they leave; False, for good, if that would exceed the bound."""
        with self._lock:
            if self._most is not None and self._spent + size > self._most:
                self.exhausted = True
                return False
            self._spent += size
            return True

    def give_back(self, size: int) -> None:
        """Release what the service refused and so does not bill."""
        with self._lock:
            self._spent -= size
