"""Verifying a delivery: look at what landed, compare it with the ledger, and wait while more may come."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clickgen.feed.due_times import DueTimes
from clickgen.ledger.claims import Claims
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock
from clickgen.traffic.replay_files import is_live
from clickgen.verify.proof.compare.comparison import Comparison, ComparisonTerms, compare
from clickgen.verify.proof.compare.locate import with_places
from clickgen.verify.proof.compare.planted_disorder import Planted
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.found.landing import Asking, Gone, Landing, Reading
from clickgen.verify.proof.run_under_test import damaging_runs

if TYPE_CHECKING:
    from clickgen.feed.regenerated_events import RegeneratedEvents

_LATE_FACTOR, _LATE_S = 1.5, 60
_IN_TIME_S = 10  # for a full buffer to be written and listed
_SLOWEST_FOLLOW_S = 30.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Accepted events are not there yet, or more may arrive; looking goes on for `seconds` at most."""

    accepted: int
    absent: int
    live: bool
    seconds: float
    buffer_seconds: int = 0  # how long the place may hold events before it delivers them
    due_ms: int | None = None  # when it must have delivered the last one by that, Unix time


@dataclass(frozen=True, slots=True)
class NotDrained:
    """The embedded pipeline could not deliver what it still holds before the look."""

    reason: str


@dataclass(frozen=True, slots=True)
class Drained:
    """The embedded pipeline delivered what it still held before the look."""

    lake: str
    objects: int
    records: int
    said: str = ""  # what it reported then, damage included


@dataclass(frozen=True, slots=True)
class Looked:
    """One look was compared; the verdict may not be final."""

    report: DeliveryReport
    at_ms: int  # when it was, Unix time in milliseconds
    late: int = 0  # pending events that should be there by now, by the stream's buffer; only of a followed run


Notice = Reading | Gone | Asking | Waiting | NotDrained | Drained | Looked


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of a verification."""

    exclusive: bool = False  # nobody else's events may be there
    # seconds to look for what is absent, even beyond the deadline; None: until the deadline, or once at a live run
    wait: float | None = None
    stay: bool = False  # look until then even if all is there, for late copies
    follow: bool = False  # look until the run has ended, and then as if the verification had begun at its end
    # delivers what the embedded pipeline still holds, after which no more can arrive; raises EnvironmentProblem
    drain: Callable[[], Drained] | None = None
    due: DueTimes | None = None  # when the events were due


class Verification:
    """One verification of one run at one place."""

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        landing: Landing,
        request: Request,
        clock: Clock,
        tell: Callable[[Notice], None],
        planted: Planted | None = None,
    ) -> None:
        """planted: what of the run is wrong on purpose, if anything."""
        self._folder = folder
        self._plan = plan
        self._landing = landing
        self._request = request
        self._clock = clock
        self._tell = tell
        self._planted = planted
        self._drained = False
        self._reported_not_drained = False
        self._began_ms = 0
        self._look_s = 0.0

    def _sent(self) -> "RegeneratedEvents":
        from clickgen.feed.regenerated_events import RegeneratedEvents

        return RegeneratedEvents(self._folder.path, self._plan)

    def report(self) -> DeliveryReport:
        """Look again and again until the verdict is final or the time is up."""
        return self.comparison().report

    def comparison(self) -> Comparison:
        """The report, and which events were found."""
        self._began_ms = self._clock.wall_ms()
        while True:
            self._drain()
            now_ms, began = self._clock.wall_ms(), self._clock.now()
            landed = self._landing.look(now_ms)
            claims = read_claims(self._folder, self._plan)  # after the look: what was found had been leased
            end_ms, final_ms = self._limits(claims, now_ms)
            overdue = now_ms >= final_ms
            compared = compare(claims, landed, self._terms(overdue=overdue), self._planted, self._sent)
            found = compared.report
            late = min(found.pending, self._late(claims, compared, now_ms)) if self._request.follow else 0
            self._look_s = self._clock.now() - began
            self._tell(Looked(found, now_ms, late))
            awaited = found.pending or (self._request.stay and not overdue)
            settled = not claims.live and (compared.unmendable or not awaited)
            if settled or now_ms >= end_ms:
                others = damaging_runs(self._folder, found.other_runs_by) if found.foreign else ()
                found = replace(found, damaging_runs=others)
                return replace(compared, report=with_places(found, self._landing))
            left_s = (end_ms - now_ms) / 1000
            self._tell(self._waiting(found, claims, left_s))
            self._clock.sleep(min(left_s, self._interval()))

    def _waiting(self, found: DeliveryReport, claims: Claims, left_s: float) -> Waiting:
        buffer_s, last_ms = self._landing.buffer_seconds, claims.last_sent_ms
        due_ms = last_ms + buffer_s * 1000 if last_ms and not claims.live else None
        return Waiting(found.account.accepted, found.pending, claims.live, left_s, buffer_s, due_ms)

    def _terms(self, *, overdue: bool) -> ComparisonTerms:
        return ComparisonTerms(
            self._plan.run,
            overdue,
            self._request.exclusive,
            self._request.due,
            self._landing.content_checked,
            timed=self._plan.command != "generate",
            resume=resume_command(self._plan),
        )

    def _limits(self, claims: Claims, now_ms: int) -> tuple[int, int]:
        """When looking ends, and when absent events become missing (Unix times in milliseconds)."""
        if self._drained and not claims.live:
            return self._began_ms, self._began_ms
        late_s = self._landing.buffer_seconds * _LATE_FACTOR + _LATE_S
        deadline_ms = (claims.last_sent_ms or self._plan.created_ms) + int(late_s * 1000)
        if self._request.follow and claims.live:
            self._began_ms = now_ms
            return now_ms + int(late_s * 1000), now_ms + int(late_s * 1000)
        if self._request.wait is not None:
            end_ms = self._began_ms + int(self._request.wait * 1000)
            return end_ms, max(deadline_ms, end_ms)
        return (self._began_ms if claims.live and not self._request.stay else deadline_ms), deadline_ms

    def _late(self, claims: Claims, compared: Comparison, now_ms: int) -> int:
        """How many accepted events the place should hold by now and does not.

        In each lane, those before the first number that was accepted too recently to be sure.
        """
        late = 0
        sure_ms = now_ms - int((self._landing.buffer_seconds + _IN_TIME_S) * 1000)
        for lane, absent in compared.absent.items():
            if absent and lane in claims.lanes:
                sends = claims.lanes[lane].sends
                recent = sends["first"][sends["accepted_ms"] >= sure_ms]
                late += absent.range_cardinality(0, int(recent.min())) if len(recent) else len(absent)
        return late

    def _interval(self) -> float:
        if self._request.follow:
            return min(_SLOWEST_FOLLOW_S, max(1.0, self._look_s))  # looking takes half of the time at most
        return min(10.0, max(1.0, self._landing.buffer_seconds / 30))

    def _drain(self) -> None:
        if self._request.drain is None or self._drained or self._folder.is_live():
            return
        try:
            drained = self._request.drain()
        except EnvironmentProblem as problem:
            if not self._reported_not_drained:
                self._tell(NotDrained(problem.message))
            self._reported_not_drained = True
        else:
            self._drained = True
            self._tell(drained)


def resume_command(plan: Plan) -> str | None:
    """The command that goes on with a run, or None if its events came from a pipe and cannot be read again."""
    if plan.command == "generate":
        return f"clickgen generate --resume {plan.run}"
    return None if any(map(is_live, plan.sources)) else f"clickgen runs resume {plan.run}"
