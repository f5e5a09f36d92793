"""Carrying out a probe: announced and asked for once, then as many runs as the answer takes."""

import secrets
import sys
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from clickgen.cli.announce import announce, chosen_target
from clickgen.cli.delivery import heeding_signals, terms_of
from clickgen.cli.home import prepared_home
from clickgen.cli.options.delivery import DeliveryOptions
from clickgen.cli.say import say
from clickgen.cli.types import now_ms
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickgen.cost.prices import Prices
    from clickgen.ledger.folder import Home, RunFolder
    from clickgen.model.errors import ClickgenError
    from clickgen.model.plan import Plan
    from clickgen.run.events import Finished, RunEvent
    from clickgen.run.probe import Offer, ProbeStep, Search
    from clickgen.run.probe_steps import Bounds, ProbeRun, StepWatch
    from clickgen.run.run import RunTerms
    from clickgen.run.targets.target import Target
    from clickgen.view.metrics.publish import Publisher
    from clickgen.view.probe import Cut, Probed


class Probing:
    """The runs of one probe, one after another at one destination. `problem` is what ended it early."""

    def __init__(
        self, options: DeliveryOptions, search: "Search", bounds: "Bounds", profile: str, publisher: "Publisher"
    ) -> None:
        from clickgen.cli.traffic import named_profile
        from clickgen.profile.tables import draw_tables

        self._options = options
        self._search = search
        self._bounds = bounds
        self._publisher = publisher
        self._profile_name, self._profile = profile, named_profile(profile)
        self._seed = secrets.randbits(32)
        self._tables = draw_tables(self._profile, self._seed)
        self._runs: list[str] = []
        self._spent_usd = 0.0
        self._cut: Cut | None = None
        self.problem: ClickgenError | None = None

    def carry_out(self) -> "Probed":
        """Announce the probe, and run until there is an answer or something ends it."""
        from clickgen.cost.bill import load_prices
        from clickgen.run.cost_words import default_quota
        from clickgen.view.probe import Probed, bound_line

        home, prices = prepared_home(self._options.home), load_prices()
        with chosen_target(self._options, home) as target:
            whole = self._plan(self._search.next_offers(), target)
            planned = self._search.at_most().events
            most = whole.model_copy(update={"planned": planned, "rate": self._search.most})
            say(bound_line(self._search))
            line = _announced(target, self._options, prices, most)
            while self._cut is None and (offers := self._search.next_offers()):
                self._cut = self._offer(offers, home, target, prices, line)
        return Probed(
            search=self._search,
            destination=target.destination,
            runs=tuple(self._runs),
            quota=default_quota(target),
            cost_usd=self._spent_usd,
            cut=self._cut,
        )

    def _offer(
        self, offers: "tuple[Offer, ...]", home: "Home", target: "Target", prices: "Prices", line: str
    ) -> "Cut | None":
        """Offer these rates in a run and hear how they went; what ended the probe with it, if anything did."""
        from clickgen.cli.traffic import keep_traffic
        from clickgen.ledger.store import LedgerWriter
        from clickgen.run.linger import linger_of
        from clickgen.run.probe_steps import StepWatch

        plan = self._plan(offers, target)
        try:
            terms = self._terms(plan, prices)
        except UsageProblem:
            if not self._runs:
                raise
            return "budget"  # what is left of it does not pay for a call
        folder = home.new_run(plan.run)
        keep_traffic(folder, self._profile, self._tables)
        LedgerWriter(folder.ledger_file).close()
        folder.write_plan(plan)
        self._runs.append(plan.run)
        watch = StepWatch(plan.run, offers, self._bounds, linger_of(plan))
        finished, asked = self._watched(folder, plan, terms, watch, line)
        self._search.hear(watch.steps)
        self._spent_usd += finished.figures.cost_usd
        self.problem = finished.problem
        return _cut_of(finished, asked=asked, answered=watch.stopping)

    def _plan(self, offers: "tuple[Offer, ...]", target: "Target") -> "Plan":
        """A run without an end of its own: what was due when it was stopped is what it had planned."""
        from clickgen.cli.traffic import EVENTS_PER_LANE, lanes_for, workers_for
        from clickgen.model.event_id import new_run_id
        from clickgen.model.plan import Plan
        from clickgen.run.probe import timetable_of

        peak = max(offer.rate for offer in offers)
        lanes = lanes_for(
            max(peak, EVENTS_PER_LANE * (self._options.workers or 1))
        )  # one for each worker at least
        return Plan(
            run=new_run_id(),
            command="send",
            created_ms=now_ms(),
            start_ms=now_ms(),
            lanes=lanes,
            rate=peak,
            timetable=timetable_of(offers),
            seed=self._seed,
            profile=self._profile_name,
            pack=self._options.pack,
            linger_s=self._options.linger,
            workers=workers_for(peak, lanes, self._options.workers),
            destination=target.destination,
            place=target.place,
        )

    def _terms(self, plan: "Plan", prices: "Prices") -> "RunTerms":
        """How the run is carried out, with what is left of --max-usd."""
        options = self._options
        if options.max_usd is not None:
            options = replace(options, max_usd=options.max_usd - self._spent_usd)
        return terms_of(plan, options, prices)

    def _watched(
        self, folder: "RunFolder", plan: "Plan", terms: "RunTerms", watch: "StepWatch", line: str
    ) -> "tuple[Finished, bool]":
        """Run with a dashboard, or plain lines where there is no terminal; also whether somebody stopped it."""
        from clickgen.pace.clock import SystemClock
        from clickgen.run.probe_steps import ProbeRun
        from clickgen.view.console import Console
        from clickgen.view.dashboard import Dashboard
        from clickgen.view.plain import PlainLines

        def run_of(display: "Callable[[RunEvent], None]") -> "ProbeRun":
            return ProbeRun(folder, plan, terms, watch, _telling(self._publisher.beside(display), self._search))

        console = Console(stderr=True)
        if console.is_terminal and not self._options.no_live:
            with Dashboard(console, plan, line) as dashboard:
                run = run_of(dashboard.handle)
                return heeding_signals(run), run.asked
        run = run_of(PlainLines(sys.stderr, SystemClock()).handle)
        return heeding_signals(run), run.asked


def _announced(target: "Target", options: DeliveryOptions, prices: "Prices", plan: "Plan") -> str:
    """`announce`, with the bound that a probe has."""
    try:
        return announce(target, options, prices, plan)
    except UsageProblem as problem:
        raise UsageProblem(problem.message, "add --yes, and a bound: --max-usd") from problem


def _telling(display: "Callable[[RunEvent], None]", search: "Search") -> "Callable[[RunEvent | ProbeStep], None]":
    """A listener that passes on what the run says, and each step as a line with its number in the search."""
    from clickgen.run.events import Noticed
    from clickgen.run.probe import ProbeStep
    from clickgen.view.probe import step_line

    numbers, most = count(len(search.steps) + 1), search.at_most().steps

    def listen(event: "RunEvent | ProbeStep") -> None:
        display(Noticed(step_line(event, next(numbers), most)) if isinstance(event, ProbeStep) else event)

    return listen


def _cut_of(finished: "Finished", *, asked: bool, answered: bool) -> "Cut | None":
    """What ended a run before its steps were seen, and with it the probe."""
    if finished.problem is not None:
        return "problem"
    if asked:
        return "interrupted"
    return "budget" if finished.budget_exhausted or not answered else None
