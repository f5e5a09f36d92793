"""On which terms a run goes on, and when it stops and why: on request, out of time or budget, or by a problem."""

import math
from dataclasses import dataclass, field

from clickgen.deliver.sender_context import Patience
from clickgen.ledger.ending import Ending
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.outcome import Account
from clickgen.run.messages import WorkerReport
from clickgen.run.planned import Planned
from clickgen.run.targets.tariff import Tariff

STOP_AHEAD_S = 0.5  # how far ahead a stop is set, so that every worker hears of it in time
AFTER_GRACE_S = 3.0  # for answers that are on their way when the grace is over


@dataclass(frozen=True, slots=True)
class RunTerms:
    """How a run is carried out; nothing of it changes an event's bytes."""

    grace_s: float  # how long a stopped run may drain
    tariff: Tariff
    patience: Patience = field(default_factory=Patience)  # when senders give up
    max_usd: float | None = None  # what it may cause to be billed; None is no bound
    max_lag_s: float | None = None  # how far it may fall behind its schedule; None is no bound
    start_given: bool = False  # whether the user chose the plan's start

    def most_billed(self, workers: int) -> int | None:
        """The billed bytes that each worker may cause."""
        return None if self.max_usd is None else self.tariff.billed_bytes(self.max_usd) // workers


class Stop:
    """The decision to stop. Moments are seconds of the run's schedule; `now` is the present one."""

    def __init__(self, terms: RunTerms, *, endless: bool, unpaced: bool, lasts_s: float | None) -> None:
        """lasts_s: when an unpaced run has gone on for as long as it was to; None if time does not end it."""
        self.at = math.inf  # no event that is due later leaves
        self.wanted = False  # somebody asked the run to stop
        self.leaving = False  # ... or to end at once
        self.interrupted = False  # it stops because somebody asked for it, and not for another reason
        self.timed_out = False  # it has gone on for as long as it was to
        self.problem: ClickgenError | None = None
        self._unpaced = unpaced
        self._endless = endless
        self._lasts_s = lasts_s
        self._grace_s = terms.grace_s
        self._max_lag_s = terms.max_lag_s
        self._abandoned = False

    @property
    def decided(self) -> bool:
        """Whether it is known when the run stops."""
        return self.at != math.inf

    def fail(self, problem: ClickgenError, now: float) -> None:
        """End the run because of a problem; the first one is the one that is reported."""
        self.problem = self.problem or problem
        self.at = min(self.at, now)

    def check(self, report: WorkerReport, now: float) -> None:
        """See whether what a worker reports, the time or somebody stops the run."""
        if report.problem is not None:
            self.fail(report.problem, now)
        if self._max_lag_s is not None and report.backlog_s > self._max_lag_s and not self.decided:
            self.fail(
                EnvironmentProblem(
                    f"the run is {report.backlog_s:,.1f} s behind its schedule, more than --max-lag allows",
                    "the stream takes less than it is sent: lower --rate, or raise the stream's quota",
                ),
                now,
            )
        if report.budget_exhausted and not self.decided:
            self.at = now
        if self._unpaced and self._lasts_s is not None and now >= self._lasts_s and not self.decided:
            self.timed_out = True
            self.at = now
        if self.wanted and not self.decided:
            self.interrupted = True
            self.at = now + (0.0 if self._unpaced else STOP_AHEAD_S)

    def abandons(self, now: float) -> bool:
        """Whether no further attempt is to be made: the grace is over, or there is a problem."""
        over = self.decided and now > self.at + self._grace_s
        self._abandoned = self._abandoned or over
        return over or self.problem is not None

    def out_of_time(self, now: float) -> bool:
        """Whether the workers are not to be waited for any longer."""
        return self.leaving or now > self.at + AFTER_GRACE_S + (0.0 if self.problem else self._grace_s)

    def ending(self, *, budget_exhausted: bool) -> Ending:
        """How the run ended, as its ledger keeps it."""
        if self.problem is not None:
            return Ending.FAILED
        given_up = self.interrupted or self.leaving or budget_exhausted
        return Ending.STOPPED if given_up else Ending.COMPLETE

    def cut_short(self, account: Account, planned: Planned) -> bool:
        """Whether somebody stopped the run before its planned work was done; one that only drained was not."""
        if not (self.interrupted or self.leaving):
            return False
        given_up = (self.leaving or self._abandoned) and account.accepted < account.planned
        return self._endless or not planned.whole or account.unsent > 0 or given_up
