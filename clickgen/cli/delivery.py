"""What every command that delivers shares: carrying out a run for somebody to watch, and saying how it ended."""

import json
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from clickgen.cli.announce import announce, billed_bound, chosen_target
from clickgen.cli.delivery_options import DeliveryOptions
from clickgen.model.errors import ExitCode

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.run.drive import Run, Terms
    from clickgen.run.events import Finished


def deliver(
    plan: "Plan",
    options: DeliveryOptions,
    keep: "Callable[[RunFolder], None]" = lambda _: None,
    *,
    start_given: bool = False,
    tolerate_skipped: bool = False,
) -> ExitCode:
    """Find the target, announce it, carry out the plan there and say how it ended; the code to exit with.

    keep: writes what else belongs in the run's folder, before anything leaves.
    """
    from clickgen.cost.bill import load_prices  # noqa: PLC0415  # --help must not wait for these
    from clickgen.ledger.folder import Home  # noqa: PLC0415
    from clickgen.ledger.store import LedgerWriter  # noqa: PLC0415
    from clickgen.run.drive import Terms  # noqa: PLC0415

    home, prices = Home(options.home), load_prices()
    home.prepare()
    with chosen_target(options, home) as target:
        line = announce(target, options, prices, plan)
        bound = billed_bound(options, prices, plan)
        plan = plan.model_copy(update={"destination": target.destination, "place": target.place})
        folder = home.new_run(plan.run)
        keep(folder)
        # with a ledger from the first moment, a ledger that is missing later is known to be damage
        LedgerWriter(folder.ledger_file).close()
        folder.write_plan(plan)
        terms = Terms(
            workers=plan.workers,
            grace_s=options.grace,
            prices=prices,
            give_up_after_s=options.give_up_after,
            most_billed=bound,
            start_given=start_given,
        )
        finished = _carry_out(folder, plan, terms, options, line)
    _say_end(finished, folder, options)
    return exit_code(finished, tolerate_skipped=tolerate_skipped)


def _carry_out(
    folder: "RunFolder", plan: "Plan", terms: "Terms", options: DeliveryOptions, line: str
) -> "Finished":
    """Run the plan with a dashboard, or plain lines where there is no terminal."""
    from rich.console import Console  # noqa: PLC0415  # --help must not wait for rich

    from clickgen.pace.clock import SystemClock  # noqa: PLC0415
    from clickgen.run.drive import Run  # noqa: PLC0415
    from clickgen.view.dashboard import Dashboard  # noqa: PLC0415
    from clickgen.view.plain import PlainLines  # noqa: PLC0415

    console = Console(stderr=True)
    if console.is_terminal and not options.no_live:
        with Dashboard(console, plan, line) as dashboard:
            return _run(Run(folder, plan, terms, dashboard.handle))
    return _run(Run(folder, plan, terms, PlainLines(sys.stderr, SystemClock()).handle))


def _say_end(finished: "Finished", folder: "RunFolder", options: DeliveryOptions) -> None:
    """Print the summary, the JSON object if it is wanted, and what ended the run early."""
    from clickgen.cli.main import say_problem  # noqa: PLC0415  # --help must not wait for rich
    from clickgen.cli.output import ResultConsole, printing_result  # noqa: PLC0415
    from clickgen.view.summary import render_summary, summary_json  # noqa: PLC0415

    hint = f"clickgen verify s3 delivery {folder.run}"
    with printing_result():
        if options.as_json:
            sys.stdout.write(json.dumps(summary_json(finished)) + "\n")
        # a path or an account that is broken in two could not be copied
        ResultConsole(stderr=options.as_json, soft_wrap=True, highlight=False).print(
            render_summary(finished, str(folder.path), hint)
        )
    if finished.problem is not None:
        say_problem(finished.problem)


def exit_code(finished: "Finished", *, tolerate_skipped: bool) -> ExitCode:
    """The exit code of a run: what ended it, then its account."""
    account = finished.account
    if finished.problem is not None:
        return finished.problem.exit_code
    if finished.interrupted and not finished.plan.endless:
        return ExitCode.INTERRUPTED
    if account.rejected or (finished.figures.skipped and not tolerate_skipped):
        return ExitCode.LOST
    return ExitCode.INCOMPLETE if account.unknown or account.unsent else ExitCode.OK


def _run(run: "Run") -> "Finished":
    """Run with Ctrl-C, SIGTERM and a terminal that is closed meaning: first drain, then leave at once."""
    pressed = 0

    def stop(*_: object) -> None:
        nonlocal pressed
        pressed += 1
        if pressed == 1:
            run.stop()
        else:
            run.leave()

    from clickgen.run.worker_process import STOPPING  # noqa: PLC0415  # --help must not wait for boto3

    heard = [n for n in STOPPING if n != signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        return run.go()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
