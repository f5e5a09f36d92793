"""A run from its plan to its end: its folder, whether it can be taken up again, carrying it out, its exit code."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from clickgen.ledger.claims import Claims
from clickgen.ledger.folder import Home, RunFolder, explained, private
from clickgen.ledger.pseudonym_key import create_key
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.amounts import usd
from clickgen.model.errors import ClickgenError, ExitCode, UsageProblem
from clickgen.model.outcome import Account
from clickgen.model.plan import Plan
from clickgen.process.child import STOPPING
from clickgen.profile.model import Profile
from clickgen.profile.tables import Tables, save_tables
from clickgen.run.events import Event, Finished, Handler, RunEvent, started
from clickgen.run.fleet import Fleet
from clickgen.run.leases import Left
from clickgen.run.run import Run
from clickgen.run.stop import RunTerms
from clickgen.run.threshold import Judged
from clickgen.sink.registry import limits_of
from clickgen.traffic.replay_files import check_readable, is_live, is_remote

Ended_co = TypeVar("Ended_co", covariant=True)


class Stoppable(Protocol[Ended_co]):
    """What goes on until it is done or stopped; both ways to stop it are safe in a signal handler."""

    def go(self) -> Ended_co:
        """Do it; how it ended."""

    def stop(self) -> None:
        """Let it end in order."""

    def leave(self) -> None:
        """Let it end at once."""


class EndedRun(Protocol):
    """How a run ended, whether its events were sent or stored."""

    @property
    def plan(self) -> Plan:
        """What it set out to do."""

    @property
    def account(self) -> Account:
        """What became of its events."""

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped it."""

    @property
    def problem(self) -> ClickgenError | None:
        """What ended it early."""


class TrafficModel(NamedTuple):
    """What simulated traffic is drawn from; a run keeps it, so that its events can be made once more."""

    profile: Profile
    tables: Tables


class TakenUp(NamedTuple):
    """A run that is there already, and what its ledger claims."""

    folder: RunFolder
    plan: Plan
    claims: Claims


def create_run(
    home: Home, plan: Plan, model: TrafficModel | None = None, recording: Path | None = None
) -> RunFolder:
    """Create the folder of a new run with all that it is made from; UsageProblem if there is a run of that id.

    recording: a file of the home with the events of a replay, which the folder takes over.
    """
    folder = home.new_run(plan.run)
    if model is not None:
        with explained(folder.path):
            private(folder.profile_file).write_text(model.profile.text, encoding="utf-8")
            save_tables(model.tables, private(folder.tables_file))
    if recording is not None:
        with explained(folder.path):
            recording.rename(folder.recording_file)
    if plan.recording.pseudonymised:
        create_key(folder)
    # with a ledger from the first moment, a ledger that is missing later is known to be damage
    LedgerWriter(folder.ledger_file).close()
    folder.write_plan(plan)
    return folder


def take_up_sending(home: Home, run: str | None) -> TakenUp:
    """A run that was sent, in whole or in part; UsageProblem if it cannot go on."""
    folder = home.find_run(run)
    plan = folder.read_plan()
    if plan.command == "generate" or plan.destination.kind == "lake":
        raise UsageProblem(
            f"run {plan.run} was generated", f"finish it with: clickgen generate --resume {plan.run}"
        )
    folder.check_free()
    if not plan.recording.spooled and any(is_live(path) for path in plan.sources):
        raise UsageProblem(f"run {plan.run} read a pipe, which cannot be read again", "replay a file instead")
    if not plan.recording.spooled:
        for source in plan.sources:
            if not is_remote(source):
                check_readable(source)
    return TakenUp(folder, plan, read_claims(folder, plan))


def take_up_generating(home: Home, run: str, workers: int | None) -> TakenUp:
    """A run that was generated, in whole or in part; UsageProblem if it cannot go on."""
    folder = home.find_run(run)
    plan = folder.read_plan()
    if plan.command != "generate":
        raise UsageProblem(f"run {plan.run} was not generated", f"finish it with: clickgen runs resume {plan.run}")
    if plan.destination.kind == "stdout":
        raise UsageProblem(
            f"run {plan.run} went to standard output, which cannot be taken up again", "begin a new run"
        )
    folder.check_free()
    changed: dict[str, object] = {} if workers is None else {"workers": min(workers, plan.lanes)}
    if plan.destination.embedded and plan.place is not None:
        # wherever the home is now, should it have been moved
        changed["place"] = plan.place.model_copy(update={"lake": str(home.lake.resolve())})
    return TakenUp(folder, plan.model_copy(update=changed), read_claims(folder, plan))


def send(
    home: Home,
    plan: Plan,
    terms: RunTerms,
    display: Handler[RunEvent],
    *others: Handler[RunEvent],
    model: TrafficModel | None = None,
    left: Left | None = None,
    fleet: Fleet | None = None,
    recording: Path | None = None,
) -> Finished:
    """Send what a plan says, in a new run, or what is left of one that is there already.

    display: shows the run for as long as it lasts. others: handlers of its events that are started already.
    """
    check_budget(plan, terms)
    # the plan of a run that goes on is written once this process holds the run
    folder = create_run(home, plan, model, recording) if left is None else home.find_run(plan.run)
    return carry_out(Run(folder, plan, terms, [*others, display], left=left, fleet=fleet), display)


def check_budget(plan: Plan, terms: RunTerms) -> None:
    """UsageProblem if --max-usd does not even pay for one call of each worker."""
    if terms.max_usd is None:
        return
    limits = limits_of(plan.destination)
    records = 1 if plan.pack else min(limits.records, plan.planned or limits.records)
    least = plan.workers * records * limits.bill_unit
    if terms.tariff.billed_bytes(terms.max_usd) < least:
        raise UsageProblem(
            f"--max-usd {terms.max_usd:g} does not pay for one call ({usd(terms.tariff.usd(least))})",
            "raise --max-usd",
        )


def carry_out(run: Stoppable[Ended_co], *displays: Handler[Event]) -> Ended_co:
    """Carry out a run with its displays. Ctrl-C, SIGTERM or a closed terminal means: first drain, then leave."""
    requests = 0

    def stop(*_: object) -> None:
        nonlocal requests
        requests += 1
        if requests == 1:
            run.stop()
        else:
            run.leave()

    heard = [n for n in STOPPING if n != signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]
    with started(*displays):
        before = {number: signal.signal(number, stop) for number in heard}
        try:
            return run.go()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def exit_code(ended: EndedRun, judged: Sequence[Judged] = (), *, skipped: int = 0) -> ExitCode:
    """The exit code of a run: what ended it, then its account and the thresholds that it was held against.

    skipped: pieces of a recording that were not events, as far as that is not tolerated.
    """
    account = ended.account
    if ended.problem is not None:
        return ended.problem.exit_code
    if ended.interrupted and not ended.plan.endless:
        return ExitCode.INTERRUPTED
    if account.rejected or skipped or not all(one.passed for one in judged):
        return ExitCode.LOST
    return ExitCode.INCOMPLETE if account.unknown or account.unsent else ExitCode.OK
