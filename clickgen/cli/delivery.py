"""What `send` and `replay` share: the options of delivery, and carrying out a run for somebody to watch."""

import json
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clickgen.cli.options import DURATION, Finite, home_option
from clickgen.model.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from clickgen.cost.bill import Prices
    from clickgen.ledger.folder import Home, RunFolder
    from clickgen.model.plan import Plan
    from clickgen.run.drive import Run, Terms
    from clickgen.run.events import Finished
    from clickgen.run.target import Target

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The options of delivery as given."""

    stream: str | None
    region: str | None
    aws_profile: str | None
    endpoint_url: str | None
    pack: bool
    force: bool
    workers: int | None
    lanes: int | None
    run_id: str | None
    as_json: bool
    no_live: bool
    yes: bool
    max_usd: float | None
    grace: float
    give_up_after: float
    home: Path


_OPTIONS = (
    click.option("--stream", help="Firehose stream to send to.  [default: the embedded pipeline]"),
    click.option("--region", help="AWS region of the stream."),
    click.option("--aws-profile", help="Profile of the AWS configuration to use."),
    click.option("--endpoint-url", help="Send to this endpoint instead of AWS."),
    click.option("--pack", is_flag=True, help="Several events a record, up to 5 KB: Firehose bills by 5 KB."),
    click.option("--force", is_flag=True, help="Pack even where the stream's processing would break."),
    click.option("--workers", type=click.IntRange(1, 64), help="Worker processes.  [default: as the rate needs]"),
    click.option("--run-id", help="Id of the run, 12 hex digits.  [default: a fresh one]"),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end."),
    click.option("--no-live", is_flag=True, help="Plain lines instead of the live dashboard."),
    click.option("--yes", is_flag=True, help="Do not ask before sending to AWS."),
    click.option(
        "--max-usd",
        type=Finite(min=0, min_open=True),
        help="End the run before its ingestion costs more dollars.",
    ),
    click.option(
        "--grace", type=DURATION, default="25s", show_default=True, help="How long Ctrl-C may drain what is due."
    ),
    click.option(
        "--give-up-after",
        type=DURATION,
        default="30s",
        show_default=True,
        help="End the run when the endpoint cannot be reached for so long.",
    ),
    home_option,
)


def delivery_options(command: F) -> F:
    """Add the options of delivery to a command; `gather` makes DeliveryOptions of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def gather(given: dict[str, Any], *, lanes: int | None = None) -> DeliveryOptions:
    """The options of delivery from a command's arguments; UsageProblem where they cannot go together."""
    from clickgen.model.event_id import is_run_id  # noqa: PLC0415  # --help must not wait for numpy

    options = DeliveryOptions(lanes=lanes, **given)
    if options.stream == "":
        raise UsageProblem("--stream without a name", "name the stream, or leave --stream out")
    if options.force and not options.pack:
        raise UsageProblem("--force without --pack", "--force only overrules what speaks against --pack")
    if options.run_id is not None and not is_run_id(options.run_id):
        raise UsageProblem(
            f"--run-id {options.run_id!r} is no run id", "write 12 lower-case hex digits, like 0a1b2c3d4e5f"
        )
    if options.stream is None:
        named = {
            "--region": options.region,
            "--aws-profile": options.aws_profile,
            "--endpoint-url": options.endpoint_url,
        }
        odd = [name for name, value in named.items() if value]
        if odd:
            raise UsageProblem(
                f"{' and '.join(odd)} without --stream: the embedded pipeline has none",
                "name the stream with --stream, or leave the others out",
            )
    return options


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
    with _chosen_target(options, home) as target:
        line = _announce(target, options, prices, plan)
        bound = _bound(options, prices, plan)
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


@contextmanager
def _chosen_target(options: DeliveryOptions, home: "Home") -> "Iterator[Target]":
    """The stream that was named, or the embedded pipeline for as long as the run lasts."""
    from clickgen.cli.embedded import embedded_pipeline  # noqa: PLC0415  # --help must not wait for boto3
    from clickgen.run.target import embedded_target, resolve_stream  # noqa: PLC0415
    from clickgen.sink.aws import Access  # noqa: PLC0415

    if options.stream is None:
        with embedded_pipeline(home.lake) as (destination, place):
            yield embedded_target(destination, place)
        return
    target = resolve_stream(options.stream, Access(options.region, options.aws_profile, options.endpoint_url))
    if options.pack and target.unpackable and not options.force:
        raise UsageProblem(
            f"--pack would break stream {options.stream!r}: {target.unpackable}",
            "leave --pack out, or add --force if its processing takes several events a record",
        )
    yield target


def _announce(target: "Target", options: DeliveryOptions, prices: "Prices", plan: "Plan") -> str:
    """Say where the run goes and what it will cost; ask first where it is AWS itself. Returns the line."""
    from clickgen.run.target import (  # noqa: PLC0415  # --help must not wait for boto3
        cost_line,
        price_warning,
        quota_warning,
    )

    line = f"{target.line}; {cost_line(target, prices, plan.rate, plan.planned, pack=options.pack)}"
    click.echo(_wrapped(line), err=True)
    price = price_warning(target, prices) if options.max_usd is not None else None
    for warning in (*target.warnings, quota_warning(target, plan.rate), price):
        if warning:
            click.echo(f"warning: {warning}", err=True)
    if not target.on_aws or options.yes:
        if target.on_aws and plan.endless and not sys.stdin.isatty():
            raise UsageProblem(
                "an endless run against AWS without a terminal", "bound it with --duration or --events"
            )
        return line
    if not sys.stdin.isatty():
        raise UsageProblem(
            "sending to AWS without a terminal to ask at", "add --yes, and a bound: --duration or --events"
        )
    click.confirm("This sends to AWS itself. Go on?", abort=True, err=True)
    return line


def _bound(options: DeliveryOptions, prices: "Prices", plan: "Plan") -> int | None:
    """The billed bytes that --max-usd pays for; UsageProblem where that is not even one call for each worker."""
    from clickgen.cost.bill import usd  # noqa: PLC0415  # --help must not wait for these
    from clickgen.sink.firehose import LIMITS  # noqa: PLC0415

    if options.max_usd is None:
        return None
    bound = prices.billed_bytes(options.max_usd)
    records = 1 if plan.pack else min(LIMITS.records, plan.planned or LIMITS.records)
    least = plan.workers * records * LIMITS.bill_unit
    if bound < least:
        raise UsageProblem(
            f"--max-usd {options.max_usd:g} does not pay for one call ({usd(prices.usd(least))})",
            "raise --max-usd",
        )
    return bound


def _wrapped(line: str) -> str:
    """Broken between words where a terminal would break inside them; whole in a log."""
    if not sys.stderr.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)


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
