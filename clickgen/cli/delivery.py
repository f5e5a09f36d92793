"""What every command that delivers shares: carrying out a run for somebody to watch, and saying how it ended."""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from clickgen.cli.announce import announce, billed_bound, chosen_target
from clickgen.cli.home import prepared_home
from clickgen.cli.options.delivery import DeliveryOptions
from clickgen.cli.options.watch import publishing
from clickgen.cli.say import say_problem
from clickgen.model.errors import ExitCode

if TYPE_CHECKING:
    from clickgen.cost.bill import Prices
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.run.events import Finished
    from clickgen.run.leases import Left
    from clickgen.run.run import RunTerms
    from clickgen.run.threshold import Judged
    from clickgen.view.metrics.publish import Publisher


Ended_co = TypeVar("Ended_co", covariant=True)


class Stoppable(Protocol[Ended_co]):
    """What goes on until it is done or stopped; both ways to stop it are safe in a signal handler."""

    def go(self) -> Ended_co:
        """Do it; how it ended."""

    def stop(self) -> None:
        """Let it end in order."""

    def leave(self) -> None:
        """Let it end at once."""


def deliver(
    plan: "Plan",
    options: DeliveryOptions,
    keep: "Callable[[RunFolder], None]" = lambda _: None,
    *,
    start_given: bool = False,
    tolerate_skipped: bool = False,
    left: "Left | None" = None,
) -> ExitCode:
    """Find the target, announce it, carry out the plan there and say how it ended; the code to exit with.

    keep: writes what else belongs in the run's folder, before anything leaves. left: what is to be sent of a run
    that is there already.
    """
    from clickgen.run.threshold import check_measured

    check_measured(options.threshold, plan)
    with publishing(options.metrics) as publisher:
        finished, folder = _carry_out(plan, options, keep, publisher, start_given=start_given, left=left)
        judged = [threshold.judge(finished) for threshold in options.threshold]
        _say_end(finished, folder, options, judged)
    return exit_code(finished, judged, tolerate_skipped=tolerate_skipped)


def _carry_out(
    plan: "Plan",
    options: DeliveryOptions,
    keep: "Callable[[RunFolder], None]",
    publisher: "Publisher",
    *,
    start_given: bool,
    left: "Left | None",
) -> "tuple[Finished, RunFolder]":
    """Find the target, announce it and carry out the plan there; how the run ended, and its folder."""
    from clickgen.cost.bill import load_prices
    from clickgen.ledger.store import LedgerWriter
    from clickgen.run.fleet import start_fleet

    home, prices = prepared_home(options.home), load_prices()
    fleet = start_fleet(plan, plan.workers)
    try:
        with chosen_target(options, home) as target:
            plan = plan.model_copy(update={"destination": target.destination, "place": target.place})
            now = plan if left is None else plan.model_copy(update={"planned": left.events})
            line = announce(target, options, prices, now)
            terms = replace(terms_of(now, options, prices), start_given=start_given, left=left, fleet=fleet)
            if left is None:
                folder = home.new_run(plan.run)
                keep(folder)
                # with a ledger from the first moment, a ledger that is missing later is known to be damage
                LedgerWriter(folder.ledger_file).close()
                folder.write_plan(plan)
            else:
                folder = home.find_run(plan.run)  # its plan is written once this process holds the run
            return _watched(folder, plan, terms, options, line, publisher), folder
    finally:
        fleet.close()


def terms_of(plan: "Plan", options: DeliveryOptions, prices: "Prices") -> "RunTerms":
    """How a run is carried out, as the options say; UsageProblem where --max-usd pays for nothing."""
    from clickgen.deliver.sender_context import Patience
    from clickgen.run.run import RunTerms
    from clickgen.run.targets.registry import tariff_of

    return RunTerms(
        workers=plan.workers,
        grace_s=options.grace,
        tariff=tariff_of(plan.destination, prices),
        patience=Patience(
            attempts=options.max_attempts,
            unreached_s=options.give_up_after,
            awaits_login=options.at_terminal,
            login=options.login,
        ),
        most_billed=billed_bound(options, prices, plan),
        max_lag_s=options.max_lag,
    )


def _watched(
    folder: "RunFolder",
    plan: "Plan",
    terms: "RunTerms",
    options: DeliveryOptions,
    line: str,
    publisher: "Publisher",
) -> "Finished":
    """Run the plan with a dashboard, or plain lines where there is no terminal."""
    from clickgen.pace.clock import SystemClock
    from clickgen.run.run import Run
    from clickgen.view.console import Console
    from clickgen.view.dashboard import Dashboard
    from clickgen.view.plain import PlainLines

    console = Console(stderr=True)
    if console.is_terminal and not options.no_live:
        with Dashboard(console, plan, line) as dashboard:
            return heeding_signals(Run(folder, plan, terms, publisher.beside(dashboard.handle)))
    lines = PlainLines(sys.stderr, SystemClock())
    return heeding_signals(Run(folder, plan, terms, publisher.beside(lines.handle)))


def _say_end(
    finished: "Finished", folder: "RunFolder", options: DeliveryOptions, judged: "Sequence[Judged]" = ()
) -> None:
    """Print the summary, the JSON object if it is wanted, and what ended the run early."""
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.view.command_lines import next_command
    from clickgen.view.summary import render_summary, summary_json

    # what goes to standard output is read by the next command of a pipe
    aside = options.as_json or finished.plan.destination.kind == "stdout"
    with printing_result():
        if options.as_json:
            sys.stdout.write(json.dumps(summary_json(finished, judged)) + "\n")
        # a path or an account that is broken in two could not be copied
        ResultConsole(stderr=aside, soft_wrap=True).print(
            render_summary(finished, str(folder.path), next_command(finished.plan), judged)
        )
    if finished.problem is not None:
        say_problem(finished.problem)


def exit_code(finished: "Finished", judged: "Sequence[Judged]" = (), *, tolerate_skipped: bool) -> ExitCode:
    """The exit code of a run: what ended it, then its account and the thresholds it was held against."""
    account = finished.account
    if finished.problem is not None:
        return finished.problem.exit_code
    if finished.interrupted and not finished.plan.endless:
        return ExitCode.INTERRUPTED
    if account.rejected or (finished.figures.skipped and not tolerate_skipped):
        return ExitCode.LOST
    if not all(one.passed for one in judged):
        return ExitCode.LOST
    return ExitCode.INCOMPLETE if account.unknown or account.unsent else ExitCode.OK


def heeding_signals(run: Stoppable[Ended_co]) -> Ended_co:
    """Run with Ctrl-C, SIGTERM and a terminal that is closed meaning: first drain, then leave at once."""
    pressed = 0

    def stop(*_: object) -> None:
        nonlocal pressed
        pressed += 1
        if pressed == 1:
            run.stop()
        else:
            run.leave()

    from clickgen.process.child import STOPPING

    heard = [n for n in STOPPING if n != signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        return run.go()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
