"""The run itself: leases before events leave, outcomes as they come back, and an account that closes.

    profile ─▶ traffic ─▶ schema ─▶ pace ─▶ deliver ─▶ sink ─▶ ledger

The workers do the first six; this process alone writes the ledger.
"""

import math
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import dataclass, field, replace

from clickgen.deliver.allowance import Allowance, SentSoFar, Throttle
from clickgen.deliver.sender_context import Patience
from clickgen.feed.planted import planted_counts
from clickgen.ledger.claims import read_claims
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.store import LedgerFull, LedgerWriter
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.outcome import Account, Outcome
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock, SystemClock
from clickgen.run.events import Finished, Noticed, Progressed, RunEvent, Started
from clickgen.run.fleet import Fleet, WorkerHandle, start_fleet
from clickgen.run.leases import WHOLE, Leases, Left
from clickgen.run.linger import senders_of
from clickgen.run.messages import Assignment, Grant, Start, WorkerReport
from clickgen.run.planned import Planned, Reached, Uncounted, planned_of
from clickgen.run.run_totals import RunTotals
from clickgen.run.settle import check_unchanged
from clickgen.run.targets.tariff import Tariff
from clickgen.run.timeline import Timeline

LEAD_S = 0.1  # from the workers' start to second 0, so that the first blocks are leased by then
LEAD_A_LANE_S = 0.01
LEAD_READING_S = 0.25  # more for a replay as recorded: what is read ahead at once would disturb its first gaps
STOP_AHEAD_S = 0.5  # how far ahead a stop is set, so that every worker hears of it in time
TICK_S = 0.25
AFTER_GRACE_S = 3.0  # for answers that are on their way when the grace is over


@dataclass(frozen=True, slots=True)
class RunTerms:
    """How a run is carried out; nothing of it changes an event's bytes.

    grace_s: how long a stopped run may drain. most_billed: billed bytes it may cause, None for no bound.
    patience: when senders give up. max_lag_s: how far it may fall behind, None for no bound. start_given: whether
    the plan's start was chosen by the user. left: what is to be sent of a run that is resumed. fleet: workers
    that were started ahead; the run starts its own where there are none.
    """

    workers: int
    grace_s: float
    tariff: Tariff
    patience: Patience = field(default_factory=Patience)
    most_billed: int | None = None
    max_lag_s: float | None = None
    start_given: bool = False
    left: Left | None = None
    fleet: Fleet | None = None


class Run:
    """One execution. `stop` and `leave` may be called from a signal handler."""

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        terms: RunTerms,
        listen: Callable[[RunEvent], None],
        clock: Clock | None = None,
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._terms = terms
        self._clock = clock or SystemClock()
        self._listen = Timeline(folder.timeline_file, self._clock).beside(listen)
        self._leases = Leases(plan.lanes, terms.left)
        self._read = dict.fromkeys(range(plan.lanes), 0)
        self._ended: set[int] = set()
        self._notices: list[str] = []
        self._unwritten: list[Outcome] = []
        self._problem: ClickgenError | None = None
        self._stop_at = math.inf
        self._start = math.inf
        self._throttle = Throttle()
        self._waiting_for: str | None = None
        self._stop_wanted = False
        self._leaving = False
        self._interrupted = False
        self._timed_out = False
        self._abandoned = False

    def stop(self) -> None:
        """Send what is due, within the grace, and nothing that is due later."""
        self._stop_wanted = True

    def leave(self) -> None:
        """Go at once; what has no outcome is unknown."""
        self._stop_wanted = self._leaving = True

    def go(self) -> Finished:
        """Carry out the plan. Raises ClickgenError only where nothing could be started."""
        with self._folder.held():
            if self._terms.left is not None:
                self._take_up(self._terms.left)
            self._ledger = LedgerWriter(self._folder.ledger_file)
            if self._terms.left is not None:
                self._ledger.orphan(self._terms.left.orphans)
                self._ledger.reopen()
            fleet = self._terms.fleet or start_fleet(self._plan, self._terms.workers)
            fleet.tell = lambda words: self._listen(Noticed(words))
            fleet.stopped = lambda: self._stop_wanted
            try:
                self._begin(fleet)
                self._books = RunTotals(self._folder, self._session(), self._terms.tariff)
                self._listen(Started(self._plan, self._terms.workers))
                self._work(fleet)
            except BrokenExecutor as death:
                fleet.kill()
                raise EnvironmentProblem(
                    "a worker process died while it started", "is the machine out of memory? try fewer --workers"
                ) from death
            except BaseException:
                fleet.kill()
                raise
            finally:
                fleet.close()
                self._ledger.close()
            return self._finish(fleet)

    def _take_up(self, left: Left) -> None:
        """Make a run this process's own, unless another has gone on with it since its ledger was read."""
        check_unchanged(self._folder, self._plan, left)
        self._folder.write_plan(self._plan)

    def _session(self) -> Plan:
        """The plan as far as this process carries it out."""
        left = self._terms.left
        return self._plan if left is None else self._plan.model_copy(update={"planned": left.events})

    def _begin(self, fleet: Fleet) -> None:
        fleet.wait_ready()
        workers, bound = self._terms.workers, self._terms.most_billed
        fleet.begin(
            [
                Assignment(
                    folder=self._folder.path,
                    lanes=lanes,
                    wanted=self._leases.selected(lanes),
                    most_billed=None if bound is None else bound // workers,
                    patience=self._terms.patience,
                    senders=senders_of(self._plan),
                )
                for lanes in (
                    {lane: upto for lane, upto in self._leases.begun().items() if lane % workers == number}
                    for number in range(workers)
                )
            ]
        )
        lead_s = LEAD_S + LEAD_A_LANE_S * self._plan.lanes + (LEAD_READING_S if self._plan.as_recorded else 0.0)
        self._start = self._clock.now() + lead_s
        began_ms = self._clock.wall_ms() + round(lead_s * 1000)
        begun: dict[str, int | None] = {"began_ms": began_ms if self._terms.left is None else None}
        if not self._terms.start_given:
            begun["start_ms"] = began_ms
        self._plan = self._plan.model_copy(update=begun)
        self._folder.write_plan(self._plan)
        fleet.start(Start(self._start, self._plan.start_ms))
        fleet.stopped = lambda: self._leaving  # from here on a stop means to send what is due

    def _work(self, fleet: Fleet) -> None:
        """Exchange with the workers until each has said that it is done, or there is no more time."""
        for member in fleet.members:
            fleet.exchange(member, Grant({}))
        next_tick = self._clock.now()
        while any(member.pending is not None for member in fleet.members):
            pending = {m.pending: m for m in fleet.members if m.pending is not None}
            finished, _ = wait(pending, timeout=TICK_S, return_when=FIRST_COMPLETED)
            for future in finished:
                self._hear(fleet, pending[future])
            for member in fleet.members:
                if member.pending is not None and not member.pending.done() and fleet.lost(member):
                    self._take_over(fleet, member)
            if self._out_of_time():
                fleet.kill()
                break
            if self._clock.now() >= next_tick:
                next_tick = self._clock.now() + TICK_S
                self._listen(Progressed(self._books.figures(self._elapsed(), fleet, stopping=self._interrupted)))

    def _hear(self, fleet: Fleet, member: WorkerHandle) -> None:
        """Take in a worker's report, and give it what it may send next."""
        assert member.pending is not None  # noqa: S101  # it is in the set that was waited for
        try:
            report = member.pending.result()
        except BrokenExecutor:
            self._take_over(fleet, member)
            return
        member.last, member.pending = report, None
        leased = self._enter(report)
        if report.problem is not None:
            self._fail(report.problem)
        self._check_lag(report)
        self._check_stop(report)
        if report.waiting_for and report.waiting_for != self._waiting_for:
            self._listen(Noticed(report.waiting_for))
        self._waiting_for = report.waiting_for
        if not report.done:
            fleet.exchange(member, self._grant(leased, self._share(fleet)))

    def _share(self, fleet: Fleet) -> Allowance | None:
        """One worker's share of what the whole run may send while the stream throttles."""
        tally = fleet.tally()
        sent = SentSoFar(tally.sent_records, tally.sent_bytes, tally.attempts, tally.throttled)
        allowance = self._throttle.hear(self._elapsed(), sent)
        working = sum(1 for member in fleet.members if member.last is None or not member.last.done)
        return None if allowance is None else allowance.times(1 / max(1, working))

    def _take_over(self, fleet: Fleet, member: WorkerHandle) -> None:
        """Let a new process go on where the leases of a dead one end."""
        notice = f"a worker process ({member.pid}) died; what it had not reported is unknown"
        self._notices.append(notice)
        self._listen(Noticed(notice))
        lanes = {lane: self._leases.upto[lane] for lane in member.assignment.lanes}
        events = self._leases.give_up(lanes)
        try:
            self._books.expect_repetition()
            fleet.replace(member, lanes, events * self._books.billed_at_most(fleet.tally().accepted_bytes))
        except ClickgenError as problem:
            self._fail(problem)
            return
        except KeyboardInterrupt:
            return  # it is leaving
        fleet.exchange(member, self._grant({}, self._share(fleet)))

    def _enter(self, report: WorkerReport) -> dict[int, int]:
        """Write a report into the ledger; return what was leased, which is then safe to send."""
        try:
            self._ledger.note(self._unwritten + report.outcomes)
            self._unwritten = []
        except LedgerFull as problem:
            self._unwritten += report.outcomes
            self._fail(problem)
        try:
            self._books.take(report)
        except EnvironmentProblem as problem:
            self._fail(problem)
        self._leases.settle(report.outcomes)
        self._read |= report.read
        if not self._stop_wanted:  # a pipe that ends after that was cut by what stops this run
            self._ended |= report.ended.keys()
        stopped = self._stopping and self._plan.unpaced
        leases, reach = self._leases.next(report.prepared)
        if report.done or stopped or not reach or self._problem is not None:
            return {}
        try:
            self._ledger.lease(leases)
        except LedgerFull as problem:
            self._fail(problem)
            return {}
        self._leases.take(leases, reach)
        return reach

    def _check_stop(self, report: WorkerReport) -> None:
        if report.budget_exhausted and not self._stopping:
            self._stop_at = self._elapsed()
        limit = self._plan.duration_s
        limit = limit if self._terms.left is None else None  # what is left was within the limit
        if self._plan.unpaced and limit is not None and self._elapsed() >= limit and not self._stopping:
            self._timed_out = True
            self._stop_at = self._elapsed()
        if self._stop_wanted and not self._stopping:
            self._interrupted = True
            self._stop_at = self._elapsed() + (0.0 if self._plan.unpaced else STOP_AHEAD_S)

    def _check_lag(self, report: WorkerReport) -> None:
        most = self._terms.max_lag_s
        if most is not None and report.backlog_s > most and not self._stopping:
            self._fail(
                EnvironmentProblem(
                    f"the run is {report.backlog_s:,.1f} s behind its schedule, more than --max-lag allows",
                    "the stream takes less than is asked of it: lower --rate, or raise the stream's quota",
                )
            )

    def _grant(self, leased: dict[int, int], allowance: Allowance | None) -> Grant:
        over = self._stopping and self._elapsed() > self._stop_at + self._terms.grace_s
        self._abandoned = self._abandoned or over
        return Grant(leased, self._stop_at, abandon=over or self._problem is not None, allowance=allowance)

    def _fail(self, problem: ClickgenError) -> None:
        self._problem = self._problem or problem
        self._stop_at = min(self._stop_at, self._elapsed())

    def _out_of_time(self) -> bool:
        over = self._stop_at + (AFTER_GRACE_S if self._problem else self._terms.grace_s + AFTER_GRACE_S)
        return self._leaving or self._elapsed() > over

    @property
    def _stopping(self) -> bool:
        return self._stop_at != math.inf

    def _elapsed(self) -> float:
        return self._clock.now() - self._start

    def _finish(self, fleet: Fleet) -> Finished:
        """Close the account from the ledger itself: it is what the run can prove, not what it remembers."""
        figures = self._books.figures(self._elapsed(), fleet, stopping=self._interrupted, ended=True)
        if self._notices:
            # a worker that died did not say what it had released: all of its leases may have left
            released = self._leases.events - self._books.unsent
            figures = replace(figures, tally=replace(figures.tally, released=released))
        planned = self._planned()
        facts = figures.facts() if self._terms.left is None else self._terms.left.add_up(figures.facts())
        budget_exhausted = any(m.last is not None and m.last.budget_exhausted for m in fleet.members)
        try:
            ledger = LedgerWriter(self._folder.ledger_file)
            ledger.note(self._unwritten)
            ending = self._ending(budget_exhausted=budget_exhausted)
            ledger.close_run(planned.by_lane, facts | {WHOLE: planned.whole}, ending)
            ledger.close()
        except LedgerFull as problem:
            self._problem = self._problem or problem
        claims = read_claims(self._folder, self._plan)
        account = claims.account()
        finished = Finished(
            plan=self._plan,
            figures=replace(figures, planned=account.planned),
            account=account,
            facts=facts,
            interrupted=self._cut_short(account, planned),
            budget_exhausted=budget_exhausted,
            problem=self._problem,
            notices=tuple(self._notices),
            planted=planted_counts(self._plan, claims),
            ledger_damage=claims.damage,
        )
        self._listen(finished)
        return finished

    def _ending(self, *, budget_exhausted: bool) -> Ending:
        if self._problem is not None:
            return Ending.FAILED
        given_up = self._interrupted or self._leaving or budget_exhausted
        return Ending.STOPPED if given_up else Ending.COMPLETE

    def _planned(self) -> Planned:
        """How many events each lane turned out to have planned."""
        uncounted = Uncounted(
            self._plan, self._clock, lambda: self._leaving, lambda words: self._listen(Noticed(words))
        )
        resumed = self._terms.left is not None  # a lane of which nothing was left is leased without an end
        reached = Reached(
            second=min(self._stop_at, self._elapsed()),
            timed_out=self._timed_out,
            read=self._read
            if resumed
            else {lane: max(n, self._leases.upto[lane]) for lane, n in self._read.items()},
            ended=self._ended,
        )
        return planned_of(self._plan, self._terms.left, reached, uncounted.count)

    def _cut_short(self, account: Account, planned: Planned) -> bool:
        """Whether somebody stopped the run before its planned work was done: one that only drained goes on."""
        if not (self._interrupted or self._leaving):
            return False
        given_up = (self._leaving or self._abandoned) and account.accepted < account.planned
        return self._plan.endless or not planned.whole or account.unsent > 0 or given_up
