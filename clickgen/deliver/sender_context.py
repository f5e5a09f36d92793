"""What all senders of a worker share, and when they give up."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from clickgen.deliver.allowance import BilledBytesCap, TokenBudget
from clickgen.deliver.timings import Timings
from clickgen.model.batch import CallRefused
from clickgen.model.errors import EnvironmentProblem
from clickgen.pace.clock import Clock
from clickgen.sink.interface import Sink

RENEWAL_S = 2.0  # between looks for fresh credentials
# a longer Retry-After (RFC 9110, 10.2.3) is an outage, which one call in so long finds the end of
MOST_LEFT_ALONE_S = 900.0


@dataclass(frozen=True, slots=True)
class Patience:
    """When to give up. Throttling has no limit: it may last until the run is stopped."""

    attempts: int = 10  # tries of a record that end in an error
    # how long no connection can be made, or no credentials are accepted, before the whole run ends
    unreached_s: float = 30.0
    awaits_login: bool = False  # somebody is there to renew credentials, however long it takes
    login: str = "aws sso login"  # the command that renews them
    backoff_s: float = 0.1  # exponential backoff with full jitter
    backoff_max_s: float = 5.0
    slowed_s: float = 0.5  # the longest wait of a batch that was only throttled


class RejectedRecord(NamedTuple):
    """Events that the service refused for good, with its last words."""

    lane: int
    first: int
    end: int
    code: str
    message: str
    attempts: int
    data: bytes


@dataclass(slots=True)
class SendCounts:
    """What deliveries have done so far; one for all senders of a worker, guarded by its lock."""

    released: int = 0
    records: int = 0  # those that have an outcome
    batches: int = 0
    attempts: int = 0
    retried: int = 0
    throttled: int = 0
    accepted_bytes: int = 0
    billed_alone: int = 0  # what would be billed if each event were a record
    sent_records: int = 0  # records that were put on the wire, repeats included
    sent_bytes: int = 0
    overwritten: int = 0  # accepted events that a later one of the same call has replaced


class SenderContext:
    """What all senders of a worker share: sink, clock, patience, budgets, tally, timings, and the ways to stop.

    reopen: opens the sink again, with the credentials that there are now. problem: why everything was halted.
    waiting_for: what the run cannot go on without. answered: when the service last answered, on the clock, or
    None.
    """

    def __init__(
        self,
        sink: Sink,
        clock: Clock,
        budget: BilledBytesCap,
        patience: Patience | None = None,
        reopen: Callable[[], Sink] | None = None,
    ) -> None:
        self.sink = sink
        self.clock = clock
        self.budget = budget
        self.patience = patience or Patience()
        self.tokens = TokenBudget(clock)
        self.tally = SendCounts()
        self.timings = Timings()
        self.lock = threading.Lock()
        self.problem: EnvironmentProblem | None = None
        self.waiting_for: str | None = None
        self.answered: float | None = None
        self._reopen = reopen
        self._renewing = threading.Lock()
        self._expired_since: float | None = None
        self._stopped = threading.Event()
        self._left_alone_until = -math.inf

    @property
    def stopped(self) -> bool:
        """Whether no further attempt is to be made."""
        return self._stopped.is_set()

    def halt(self, problem: EnvironmentProblem) -> None:
        """End everything for a reason; the first reason stays."""
        with self.lock:
            self.problem = self.problem or problem
        self._stopped.set()

    def abandon(self) -> None:
        self._stopped.set()

    def pause(self, seconds: float) -> None:
        """Wait before the next attempt, but no longer than until everything stops."""
        self._stopped.wait(seconds)

    def leave_alone(self, seconds: float) -> None:
        """Let no call leave for so long, as the service wants it."""
        if not seconds:
            return
        with self.lock:
            until = self.clock.now() + min(seconds, MOST_LEFT_ALONE_S)
            self._left_alone_until = max(self._left_alone_until, until)

    def await_welcome(self) -> None:
        """Wait until the service may be called again, or everything stops."""
        while not self.stopped and (wait := self._left_alone_until - self.clock.now()) > 0:
            self.pause(wait)

    @property
    def hindered(self) -> bool:
        """Whether a call that could leave now would have to wait: for the service, or for tokens."""
        return self.stopped or self.tokens.limited or self._left_alone_until > self.clock.now()

    def renew(self, used: Sink, refused: CallRefused) -> None:
        """Use fresh credentials after a call was refused for old ones. One sender at a time tries.

        Returns when another attempt is worth making. If nobody is there to log in, the run ends when this has not
        helped for `unreached_s`.
        """
        with self._renewing:
            if self.stopped or self.sink is not used:
                return  # another sender has done it
            now = self.clock.now()
            if self._expired_since is None:
                self._expired_since = now
            elif not self.patience.awaits_login and now - self._expired_since >= self.patience.unreached_s:
                self.halt(EnvironmentProblem(_words(refused), f"renew them: {self.patience.login}"))
                return
            elif self.patience.awaits_login:
                self.waiting_for = f"{_words(refused)}; renew them in another terminal: {self.patience.login}"
            if now > self._expired_since:
                self.pause(RENEWAL_S)
            if self._reopen is not None:
                try:
                    self.sink = self._reopen()
                except EnvironmentProblem as problem:
                    self.waiting_for = str(problem)

    def credentials_taken(self) -> None:
        """Note that the service accepts the credentials."""
        if self._expired_since is not None:
            with self._renewing:
                self._expired_since = self.waiting_for = None


def _words(refused: CallRefused) -> str:
    return f"the credentials have expired: {refused.code}: {refused.message}".removesuffix(": ")
