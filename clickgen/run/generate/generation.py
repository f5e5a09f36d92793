"""A generated run from its first lease to its closed account."""

import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from clickgen.feed.planted import DRIFTED_FROM, counted_as_planted
from clickgen.ledger.claims import Claims, LedgerDamage
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import RunFolder, explained
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerFull, LedgerWriter
from clickgen.model.disorder import PlantedCounts
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.outcome import Account, Lease, Outcome, State
from clickgen.model.plan import Plan
from clickgen.model.progress import tracked
from clickgen.pace.clock import Clock, SystemClock
from clickgen.process.child import kill_processes
from clickgen.run.answers import DeathWatch
from clickgen.run.events import rate_of
from clickgen.run.fleet import MAX_DEATHS, start_process
from clickgen.run.generate import worker
from clickgen.run.generate.makers import drafts_of
from clickgen.run.generate.worker import MakerReport, StoreGrant, Task

COMPLETE = "complete"  # the fact that there is nothing left to make
_IN_FLIGHT = 2  # exchanges, so that a worker makes more while what it reported is leased
_TICK_S = 0.25
STOPS_WITHIN_S = 1.0  # what workers are in the middle of is waited for; then the run ends without it
_SUMS = ("objects", "bytes", "seconds")


@dataclass(frozen=True, slots=True)
class GenerationProgress:
    """How far a run has come."""

    elapsed: float  # in seconds
    events: int
    objects: int
    size: int  # in bytes
    share: float  # of the time that its events are to cover, 0 to 1


@dataclass(frozen=True, slots=True)
class Generated:
    """How a run ended."""

    plan: Plan
    account: Account
    made: GenerationProgress
    facts: dict[str, Any]  # what it notes of itself, by the names of --json
    interrupted: bool
    problem: ClickgenError | None = None  # what ended it early
    planted: PlantedCounts | None = None  # events that are there and wrong on purpose; None if none were to be
    # what of the ledger could not be believed when the account was closed
    ledger_damage: LedgerDamage = field(default_factory=LedgerDamage)

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to make."""
        return bool(self.facts[COMPLETE])


@dataclass(slots=True)
class _Member:
    """A worker's process and its task."""

    executor: Executor
    task: Task | None = None
    # its calls in order, each with the task that it was about
    flight: deque[tuple[Task, Future[MakerReport | None]]] = field(default_factory=deque)
    leased: list[list[Lease]] = field(default_factory=list)  # the leases of pieces that are not granted yet
    due: float = 0.0  # how far it has come with its task, in seconds

    def call(self, task: Task, function: Callable[..., MakerReport | None], argument: Task | StoreGrant) -> None:
        """Let the process do something about its task; that it is dead is heard of where its calls are."""
        try:
            self.flight.append((task, self.executor.submit(function, argument)))
        except BrokenExecutor as death:
            broken: Future[MakerReport | None] = Future()
            broken.set_exception(death)
            self.flight.append((task, broken))


class Generation:
    """Carries out a plan with some workers, or finishes what an earlier process left."""

    def __init__(self, folder: RunFolder, plan: Plan, before: Claims | None = None) -> None:
        """before: what the ledger of a run that is there already claims; None for a new run."""
        self._folder, self._plan = folder, plan
        self._clock: Clock = SystemClock()
        self._facts = before.facts if before else {}
        self._drifted_from: dict[str, int] = dict(self._facts.get(DRIFTED_FROM, {}))
        self._stored = {lane: before.lanes[lane].first_missing if before else 0 for lane in range(plan.lanes)}
        self._leased = dict(self._stored)
        self._whole = plan.destination.kind in ("file", "stdout")
        self._tasks = deque(
            [dict(self._stored)] if self._whole else [{lane: first} for lane, first in self._stored.items()]
        )
        self._members: list[_Member] = []
        self._watch = DeathWatch()
        self._lanes_done = 0
        self._events = self._objects = self._size = self._deaths = 0
        self._stopping = self._leaving = False
        self._stopping_since: float | None = None
        self._problem: ClickgenError | None = None

    def stop(self) -> None:
        """Store what is ready and end; safe in a signal handler."""
        self._stopping = True

    def leave(self) -> None:
        """End at once; safe in a signal handler."""
        self._leaving = self._stopping = True

    def go(self) -> Generated:
        """Make it all. Raises what keeps it from beginning; later problems are in what it returns."""
        self._begun_at = self._clock.now()
        with self._folder.held():
            ledger = LedgerWriter(self._folder.ledger_file)
            ledger.reopen()
            drafts = drafts_of(self._folder, self._plan)
            with explained(drafts.parent):
                shutil.rmtree(drafts, ignore_errors=True)  # what an earlier process left half done
                drafts.mkdir(parents=True)
            try:
                self._members = [_Member(start_process()) for _ in range(self._workers())]
                self._carry_out(ledger)
            finally:
                self._let_go()
                shutil.rmtree(drafts, ignore_errors=True)
                ledger.close()
            return self._finish()

    def _workers(self) -> int:
        return 1 if self._whole else min(self._plan.workers, self._plan.lanes)

    def _carry_out(self, ledger: LedgerWriter) -> None:
        expected, made = round((self._plan.rate or 0.0) * (self._plan.duration_s or 0.0)), 0
        with tracked("making", "events", expected, estimated=True) as advance:
            for share in self._shares(ledger):
                advance(round(share * expected) - made)
                made = round(share * expected)
        self._give_back(ledger)

    def _shares(self, ledger: LedgerWriter) -> Iterator[float]:
        """Make it all, and yield the share that is made so far, by the time covered: a file is stored last."""
        for member in self._members:
            self._next_task(member)
        heard_of = False
        while not self._leaving:
            if self._stopping and (not heard_of or self._waited_enough()):
                self.leave()  # nothing was made that could be stored, or a worker takes long over what it makes
                break
            busy = [member for member in self._members if member.flight]
            if not busy:
                break
            wait([member.flight[0][1] for member in busy], timeout=_TICK_S, return_when=FIRST_COMPLETED)
            heard = [(member, task, report) for member in busy for task, report in self._hear(member)]
            try:
                ledger.note(outcome for _, _, report in heard for outcome in report.outcomes)
                ledger.lease(lease for _, _, report in heard for leases in report.ready for lease in leases)
            except LedgerFull as problem:
                self._fail(problem)
            heard_of = heard_of or bool(heard)
            for member, task, report in heard:
                self._take(member, task, report)
            for member in busy:
                self._pump(member)
            yield self._made().share

    def _waited_enough(self) -> bool:
        """Whether a run that is stopped has waited for its workers for as long as anybody wants to."""
        now = self._clock.now()
        self._stopping_since = now if self._stopping_since is None else self._stopping_since
        return now - self._stopping_since > STOPS_WITHIN_S

    def _hear(self, member: _Member) -> Iterable[tuple[Task, MakerReport]]:
        """What a worker has to say by now, and about which task."""
        while member.flight and member.flight[0][1].done():
            task, call = member.flight.popleft()
            try:
                report = call.result()
            except BrokenExecutor:
                self._replace(member)
                return
            except ClickgenError as problem:  # it could not begin
                self._fail(problem)
                member.flight.clear()
                return
            if report is not None:
                yield task, report
        if member.flight and self._watch.lost(member.executor):
            self._replace(member)

    def _take(self, member: _Member, task: Task, report: MakerReport) -> None:
        """Add up a report."""
        if report.problem is not None:
            self._fail(report.problem)
        for outcome in report.outcomes:
            if outcome.state is State.ACCEPTED:
                self._stored[outcome.lane] = outcome.end
                self._events += outcome.end - outcome.first
        for lease in (lease for leases in report.ready for lease in leases):
            self._leased[lease.lane] = max(self._leased[lease.lane], lease.end)
        self._drifted_from |= {str(lane): first for lane, first in report.drifted_from.items()}
        self._objects += report.objects
        self._size += report.size
        member.leased += report.ready
        if task is member.task:
            member.due = report.due
            if report.done:
                self._lanes_done += len(task.lanes) if report.ended else 0
                self._next_task(member)

    def _next_task(self, member: _Member) -> None:
        member.task, member.due = None, 0.0
        if self._tasks and not self._stopping:
            member.task = Task(self._folder.path, self._tasks.popleft())
            member.call(member.task, worker.begin, member.task)
            self._pump(member)

    def _pump(self, member: _Member) -> None:
        """Keep a worker in calls, unless the run ends here: then nothing more is granted."""
        while member.task is not None and self._problem is None and len(member.flight) < _IN_FLIGHT:
            grant, member.leased = StoreGrant(len(member.leased), self._stopping), []
            member.call(member.task, worker.exchange, grant)

    def _replace(self, member: _Member) -> None:
        """Go on in a new process with a lane whose worker died; a stream may be cut anywhere, so the run ends."""
        member.executor.shutdown(wait=False, cancel_futures=True)
        task, member.task = member.task, None
        member.flight.clear()
        member.leased.clear()
        self._deaths += 1
        if self._whole or self._deaths > MAX_DEATHS or task is None:
            hint = "is the machine out of memory? try fewer --workers"
            self._fail(EnvironmentProblem("a worker process died", hint))
            return
        member.executor = start_process()
        self._tasks.appendleft({lane: self._stored[lane] for lane in task.lanes})
        self._next_task(member)

    def _give_back(self, ledger: LedgerWriter) -> None:
        """What was leased and never granted is not there for certain."""
        never = [lease for member in self._members for leases in member.leased for lease in leases]
        try:
            ledger.note(Outcome(*lease, State.UNSENT, 0, 0, 0) for lease in never)
        except LedgerFull as problem:
            self._fail(problem)

    def _fail(self, problem: ClickgenError) -> None:
        self._problem = self._problem or problem
        self._tasks.clear()

    def _made(self) -> GenerationProgress:
        span = self._plan.duration_s or 1.0
        under_way = sum(min(1.0, m.due / span) * len(m.task.lanes) for m in self._members if m.task is not None)
        share = min(1.0, (self._lanes_done + under_way) / self._plan.lanes)
        return GenerationProgress(
            self._clock.now() - self._begun_at, self._events, self._objects, self._size, share
        )

    def _let_go(self) -> None:
        for member in self._members:
            if self._leaving:
                kill_processes(member.executor)
            member.executor.shutdown(wait=False, cancel_futures=True)

    def _finish(self) -> Generated:
        """Close the account from the ledger itself: it is what the run can prove."""
        made, plan = self._made(), self._plan
        facts: dict[str, Any] = {"objects": made.objects, "bytes": made.size, "seconds": round(made.elapsed, 3)}
        facts = {name: value + self._facts.get(name, 0) for name, value in facts.items()}
        earlier = self._facts.get("rate", 0.0) * self._facts.get("seconds", 0.0)
        facts["rate"] = round(rate_of(earlier + made.events, facts["seconds"]), 3)
        facts[COMPLETE] = self._lanes_done == plan.lanes and self._problem is None
        try:
            ledger = LedgerWriter(self._folder.ledger_file)
            ledger.close_run(self._leased, facts | {DRIFTED_FROM: self._drifted_from}, self._ending(facts))
            ledger.close()
        except LedgerFull as problem:
            self._problem = self._problem or problem
        claims = read_claims(self._folder, plan)
        planted = counted_as_planted(plan, claims, self._drifted_from)
        interrupted = self._stopping and not facts[COMPLETE]
        account = claims.account()
        return Generated(plan, account, made, facts, interrupted, self._problem, planted, claims.damage)

    def _ending(self, facts: dict[str, Any]) -> Ending:
        if facts[COMPLETE]:
            return Ending.COMPLETE
        return Ending.STOPPED if self._stopping and self._problem is None else Ending.FAILED
