"""Carrying out a probe: as many runs as the answer takes, one after another at one destination."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Literal

from clickgen.ledger.folder import Home
from clickgen.model.destination import Destination
from clickgen.model.errors import ClickgenError, UsageProblem
from clickgen.model.event_id import new_run_id
from clickgen.model.plan import Plan
from clickgen.pace.clock import now_ms
from clickgen.run.division import lanes_for, workers_for
from clickgen.run.events import Finished, Handler, RunEvent
from clickgen.run.linger import linger_of
from clickgen.run.probe import Offer, ProbeStep, Search, timetable_of
from clickgen.run.probe_steps import Bounds, ProbeRun, StepWatch
from clickgen.run.session import TrafficModel, carry_out, check_budget, create_run
from clickgen.run.stop import RunTerms

Cut = Literal["interrupted", "budget", "problem"]
Ended = Literal["found", "most", "none"] | Cut


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe that has ended."""

    search: Search
    destination: Destination
    runs: tuple[str, ...]  # their ids
    quota: int | None  # the default quota of the stream in bytes a second; None if none is known
    cost_usd: float
    cut: Cut | None = None  # what ended it before it had an answer

    @property
    def ended(self) -> Ended:
        """found: between a rate that holds and one that does not; most, none: all that was tried held, or nothing
        did; else what cut it short.
        """
        if self.cut is not None:
            return self.cut
        if self.search.holds is None:
            return "none"
        return "most" if self.search.fails is None else "found"


class Probing:
    """The runs of one probe.

    Their plans are those of `pattern` at the rates that `search` offers; `workers` if that many were requested.
    runs: their ids so far. spent_usd: what they cost so far. problem: what ended the probe early.
    """

    def __init__(
        self, home: Home, pattern: Plan, model: TrafficModel, search: Search, bounds: Bounds, workers: int | None
    ) -> None:
        self.runs: list[str] = []
        self.spent_usd = 0.0
        self.problem: ClickgenError | None = None
        self._home = home
        self._pattern = pattern
        self._model = model
        self._search = search
        self._bounds = bounds
        self._workers = workers

    def largest(self) -> Plan:
        """A plan of all that the probe may come to."""
        most = self._search.at_most()
        return self._plan(self._search.next_offers()).model_copy(
            update={"planned": most.events, "rate": self._search.most}
        )

    def carry_out(
        self,
        terms: RunTerms,
        display_of: Callable[[Plan], Handler[RunEvent]],
        *others: Handler[RunEvent],
        words_of: Callable[[ProbeStep, int, int], str],
    ) -> Cut | None:
        """Run until there is an answer, or something ends the probe, which is then returned.

        terms: of all of it. words_of: says how a step went, with its number and how many there will be at most.
        """
        cut: Cut | None = None
        while cut is None and (offers := self._search.next_offers()):
            plan, numbers = self._plan(offers), count(len(self._search.steps) + 1)
            left = None if terms.max_usd is None else terms.max_usd - self.spent_usd
            words = partial(_numbered, words_of, numbers, self._search.at_most().steps)
            try:
                check_budget(plan, replace(terms, max_usd=left))
            except UsageProblem:
                if not self.runs:
                    raise
                return "budget"  # what is left of it does not pay for a call
            watch = StepWatch(plan.run, offers, self._bounds, linger_of(plan))
            display = display_of(plan)
            folder = create_run(self._home, plan, self._model)
            self.runs.append(plan.run)
            run = ProbeRun(folder, plan, replace(terms, max_usd=left), [*others, display], watch, words)
            cut = self._cut(carry_out(run, display), run, watch)
        return cut

    def _cut(self, finished: Finished, run: ProbeRun, watch: StepWatch) -> Cut | None:
        """Take in how a run went; what ended it before its steps were seen, and with it the probe."""
        self._search.hear(watch.steps)
        self.spent_usd += finished.figures.cost_usd
        self.problem = finished.problem
        if finished.problem is not None:
            return "problem"
        if run.interrupted:
            return "interrupted"
        return "budget" if finished.budget_exhausted or not watch.stopping else None

    def _plan(self, offers: tuple[Offer, ...]) -> Plan:
        """A run without an end of its own: what was due when it was stopped is what it had planned."""
        peak = max(offer.rate for offer in offers)
        lanes = lanes_for(peak, self._workers)
        return self._pattern.model_copy(
            update={
                "run": new_run_id(),
                "created_ms": now_ms(),
                "start_ms": now_ms(),
                "lanes": lanes,
                "rate": peak,
                "timetable": timetable_of(offers),
                "workers": workers_for(peak, lanes, self._workers),
            }
        )


def _numbered(
    words_of: Callable[[ProbeStep, int, int], str], numbers: "count[int]", most: int, step: ProbeStep
) -> str:
    return words_of(step, next(numbers), most)
