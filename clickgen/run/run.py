"""The run itself: leases before events leave, outcomes as they come back, and an account that closes.

    profile ─▶ traffic ─▶ schema ─▶ pace ─▶ deliver ─▶ sink ─▶ ledger

The workers do the first six; this process alone writes the ledger.
"""

import math
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import replace

from clickgen.deliver.allowance import Allowance, SentSoFar, Throttle
from clickgen.feed.due_times import schedule_of
from clickgen.feed.planted import planted_counts
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerFull, LedgerWriter
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.outcome import Outcome
from clickgen.model.plan import Plan
from clickgen.pace.clock import SystemClock
from clickgen.run.events import Figures, Finished, Handler, Noticed, Progressed, RunEvent, Started, started
from clickgen.run.fleet import Fleet, WorkerHandle, start_fleet
from clickgen.run.leases import WHOLE, Leases, Left, taken_up
from clickgen.run.linger import PackedLanes
from clickgen.run.messages import Assignment, Grant, Start, WorkerReport
from clickgen.run.planned import Planned, Reached, Uncounted, planned_of
from clickgen.run.run_totals import RunTotals
from clickgen.run.stop import RunTerms, Stop
from clickgen.run.timeline import Timeline
from clickgen.sink.registry import limits_of

LEAD_S = 0.1  # from the workers' start to second 0: the first blocks are leased by then (at full speed at once)
LEAD_A_LANE_S = 0.01
LEAD_READING_S = 0.4  # more for a replay as recorded: what is read ahead at once would disturb its first gaps
TICK_S = 0.25


class Run:
    """One execution. `stop` and `leave` may be called from a signal handler."""

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        terms: RunTerms,
        handlers: Sequence[Handler[RunEvent]] = (),
        *,
        left: Left | None = None,
        fleet: Fleet | None = None,
    ) -> None:
        """Prepare to carry out a plan.

        handlers: outputs that are started already. left: what is to be sent of a run that is resumed. fleet:
        workers that were started ahead; without them the run starts its own.
        """
        self._folder = folder
        self._plan = plan
        self._terms = terms
        self._left = left
        self._fleet = fleet
        self._clock = SystemClock()
        self._timeline = Timeline(folder.timeline_file, self._clock)
        self._handlers = [self._timeline, *handlers]
        self._leases = Leases(plan.lanes, left)
        # what is left of a resumed run was within its time
        lasts_s = plan.duration_s if left is None else None
        self._stop = Stop(terms, endless=plan.endless, unpaced=plan.unpaced, lasts_s=lasts_s)
        self._read = dict.fromkeys(range(plan.lanes), 0)
        self._ended: set[int] = set()
        self._notices: list[str] = []
        self._unwritten: list[Outcome] = []
        self._start = math.inf
        self._throttle = Throttle()
        self._waiting_for: str | None = None

    def stop(self) -> None:
        """Send what is due, within the grace, and nothing that is due later."""
        self._stop.wanted = True

    def leave(self) -> None:
        """Go at once; what has no outcome is unknown."""
        self._stop.wanted = self._stop.leaving = True

    def go(self) -> Finished:
        """Carry out the plan. Raises ClickgenError only if nothing could be started."""
        with self._folder.held(), started(self._timeline):
            if self._left is None:
                self._ledger = LedgerWriter(self._folder.ledger_file)
            else:
                self._ledger = taken_up(self._folder, self._plan, self._left)
                self._folder.write_plan(self._plan)
                self._ledger.reopen()
            fleet = self._fleet or start_fleet(self._plan.workers, self._plan.sources)
            fleet.tell = self._notice
            fleet.stopped = lambda: self._stop.wanted
            try:
                self._begin(fleet)
                self._totals = self._new_totals()
                self.tell(Started(self._plan, self._plan.workers))
                self._work(fleet)
            except BaseException as problem:
                fleet.kill()
                if not isinstance(problem, BrokenExecutor):
                    raise
                raise EnvironmentProblem(
                    "a worker process died while it started", "is the machine out of memory? try fewer --workers"
                ) from problem
            finally:
                fleet.close()
                self._ledger.close()
            return self._finish(fleet)

    def tell(self, event: RunEvent) -> None:
        """Hand an event to everything that listens."""
        for handler in self._handlers:
            handler.handle(event)

    def _notice(self, words: str) -> None:
        self.tell(Noticed(words))

    def _new_totals(self) -> RunTotals:
        plan = self._plan
        return RunTotals(
            self._folder,
            limits_of(plan.destination),
            self._terms.tariff,
            planned=plan.planned if self._left is None else self._left.events,
            ending_lanes=None if plan.command == "send" else plan.lanes,
            schedule=None if plan.rate is None else schedule_of(plan),
            packed=None if plan.unpaced else PackedLanes(plan.lanes, plan.linger_s),
        )

    def _begin(self, fleet: Fleet) -> None:
        fleet.wait_ready()
        plan, terms = self._plan, self._terms
        fleet.begin(
            [
                Assignment(
                    folder=self._folder.path,
                    lanes=lanes,
                    wanted=self._leases.selected(lanes),
                    most_billed=terms.most_billed(plan.workers),
                    patience=terms.patience,
                )
                for lanes in self._leases.begun(plan.workers)
            ]
        )
        lead_s = 0.0 if plan.unpaced else LEAD_S + LEAD_A_LANE_S * plan.lanes + LEAD_READING_S * plan.as_recorded
        self._start = self._clock.now() + lead_s
        began_ms = self._clock.wall_ms() + round(lead_s * 1000)
        begun: dict[str, int | None] = {"began_ms": began_ms if self._left is None else None}
        if not terms.start_given and self._left is None:
            begun["start_ms"] = began_ms
        self._plan = plan.model_copy(update=begun)
        self._folder.write_plan(self._plan)
        fleet.start(Start(self._start, self._plan.start_ms))
        fleet.stopped = lambda: self._stop.leaving  # from here on a stop means to send what is due

    def _work(self, fleet: Fleet) -> None:
        """Exchange with the workers until each has said that it is done, or there is no more time."""
        for member in fleet.members:
            fleet.exchange(member, Grant({}))
        next_tick = self._clock.now()
        while pending := {m.pending: m for m in fleet.members if m.pending is not None}:
            finished, _ = wait(pending, timeout=TICK_S, return_when=FIRST_COMPLETED)
            for future in finished:
                self._hear(fleet, pending[future])
            for member in fleet.members:
                if member.pending is not None and not member.pending.done() and fleet.lost(member):
                    self._take_over(fleet, member)
            if self._stop.out_of_time(self._elapsed()):
                fleet.kill()
                break
            if self._clock.now() >= next_tick:
                next_tick = self._clock.now() + TICK_S
                self.tell(Progressed(self._figures(fleet)))

    def _figures(self, fleet: Fleet, *, ended: bool = False) -> Figures:
        return self._totals.figures(self._elapsed(), fleet, stopping=self._stop.interrupted, ended=ended)

    def _hear(self, fleet: Fleet, member: WorkerHandle) -> None:
        """Take in a worker's report, and give it what it may send next."""
        try:
            report = member.answer()
        except BrokenExecutor:
            self._take_over(fleet, member)
            return
        leased = self._enter(report)
        self._stop.check(report, self._elapsed())
        if report.waiting_for and report.waiting_for != self._waiting_for:
            self._notice(report.waiting_for)
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
        """Start a new process at the end of the leases of one that died."""
        notice = f"a worker process ({member.pid}) died; what it had not reported is unknown"
        self._notices.append(notice)
        self._notice(notice)
        lanes = {lane: self._leases.upto[lane] for lane in member.assignment.lanes}
        events = self._leases.give_up(lanes)
        try:
            self._totals.expect_repetition()
            fleet.replace(member, lanes, events * self._totals.billed_at_most(fleet.tally().accepted_bytes))
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
            self._totals.take(report)
        except EnvironmentProblem as problem:
            self._fail(problem)
        self._leases.settle(report.outcomes)
        self._read |= report.read
        if not self._stop.wanted:  # a pipe that ends after that was cut by what stops this run
            self._ended |= report.ended.keys()
        stopped = self._stop.decided and self._plan.unpaced
        leases, reach = self._leases.next(report.prepared)
        if report.done or stopped or not reach or self._stop.problem is not None:
            return {}
        try:
            self._ledger.lease(leases)
        except LedgerFull as problem:
            self._fail(problem)
            return {}
        self._leases.take(leases, reach)
        return reach

    def _grant(self, leased: dict[int, int], allowance: Allowance | None) -> Grant:
        return Grant(leased, self._stop.at, abandon=self._stop.abandons(self._elapsed()), allowance=allowance)

    def _fail(self, problem: ClickgenError) -> None:
        self._stop.fail(problem, self._elapsed())

    def _elapsed(self) -> float:
        return self._clock.now() - self._start

    def _finish(self, fleet: Fleet) -> Finished:
        """Close the account from the ledger itself: it is what the run can prove, not what it remembers."""
        figures = self._figures(fleet, ended=True)
        if self._notices:
            # a worker that died did not say what it had released: all of its leases may have left
            released = self._leases.events - self._totals.unsent
            figures = replace(figures, tally=replace(figures.tally, released=released))
        planned = self._planned()
        facts = figures.facts() if self._left is None else self._left.add_up(figures.facts())
        budget_exhausted = any(m.last is not None and m.last.budget_exhausted for m in fleet.members)
        try:
            ledger = LedgerWriter(self._folder.ledger_file)
            ledger.note(self._unwritten)
            noted = facts | {WHOLE: planned.whole}
            ledger.close_run(planned.by_lane, noted, self._stop.ending(budget_exhausted=budget_exhausted))
            ledger.close()
        except LedgerFull as problem:
            self._stop.problem = self._stop.problem or problem
        claims = read_claims(self._folder, self._plan)
        account = claims.account()
        finished = Finished(
            plan=self._plan,
            figures=replace(figures, planned=account.planned),
            account=account,
            facts=facts,
            interrupted=self._stop.cut_short(account, planned),
            budget_exhausted=budget_exhausted,
            problem=self._stop.problem,
            notices=tuple(self._notices),
            planted=planted_counts(self._plan, claims),
            ledger_damage=claims.damage,
        )
        self.tell(finished)
        return finished

    def _planned(self) -> Planned:
        """How many events each lane turned out to have planned."""
        uncounted = Uncounted(self._folder, self._plan, self._clock, lambda: self._stop.leaving, self._notice)
        second = min(self._stop.at, self._elapsed())
        reached = Reached(second, self._stop.timed_out, self._leases.reached(self._read), self._ended)
        return planned_of(self._plan, self._left, reached, uncounted.count)
