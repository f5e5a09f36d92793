"""`clickgen generate`: the events that `send` would send, into files and objects, as fast as they can be made."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from clickgen.cli.commands.send import Instant, LaneCount
from clickgen.cli.generate_plan import Prepared, prepare
from clickgen.cli.home import prepared_home
from clickgen.cli.options.disorder import disorder_options
from clickgen.cli.say import say, say_problem
from clickgen.cli.traffic import MAX_LANES, keep_traffic, schema_option
from clickgen.cli.types import DURATION, Finite, home_option
from clickgen.model.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from clickgen.ledger.claims import Claims
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.run.generate.generation import Generated, GenerationProgress

_WITH_RESUME = frozenset(["resume", "workers", "as_json", "yes", "home"])

_EXAMPLES = """\b
Examples:
  clickgen generate --rate 200 --duration 1h --to events.jsonl
  clickgen generate --since 2026-01-01 --until 2026-04-01 --events 1000000      # three months into the lake
  clickgen generate --events 100000 --to - --format csv | head
  clickgen generate --rate 50 --to visits.parquet         # needs the extra parquet
  clickgen generate --events 1e6 --to s3://my-bucket/clicks/ --gzip --region eu-west-1
  clickgen generate --resume 0a1b2c                       # what a run that was stopped had left to make
"""


class Amount(click.ParamType[int]):
    """A whole number of events over 0: 1000000 or 1e6."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (1 <= number < 1e13 and number.is_integer()):
            self.fail(f"{value!r} is no number of events; write 1000000 or 1e6", param, ctx)
        return int(number)


@click.command(epilog=_EXAMPLES)
@click.option(
    "--to", help="A file, a folder, lake, s3://BUCKET/PREFIX, or - for standard output.  [default: lake]"
)
@click.option("--rate", type=Finite(min=0, min_open=True), help="Mean events a second.  [default: 100]")
@click.option("--events", type=Amount(), help="About so many in all, in place of --rate: the mean follows.")
@click.option("--since", "--start", "since", type=Instant(), help="Time of the first second in the events.")
@click.option(
    "--until", type=Instant(), help="Time at which the events end; it is not part of them.  [default: now]"
)
@click.option("--duration", type=DURATION, help="How long the events go on: 90m, 7d.  [default: 1h]")
@click.option("--profile", default="shop", show_default=True, help="Traffic profile: a name or a TOML file.")
@schema_option
@disorder_options
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of the traffic.  [default: drawn]")
@click.option(
    "--lanes", type=LaneCount(), help="Independent slices of the visitors.  [default: as the events need]"
)
@click.option("--workers", type=click.IntRange(1, MAX_LANES), help="Processes.  [default: one a core]")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    help="[default: by the file's name, or jsonl]",
)
@click.option("--gzip", "gzipped", is_flag=True, help="Compress; a file also by its name.")
@click.option("--run-id", help="Id of the run, 12 hex digits.  [default: a fresh one]")
@click.option("--resume", metavar="RUN", help="Make what a run that was stopped or killed has left, as planned.")
@click.option("--region", help="AWS region of the bucket.")
@click.option("--aws-profile", help="Profile of the AWS configuration to use.")
@click.option("--endpoint-url", help="S3 endpoint to use instead of AWS.")
@click.option("--yes", is_flag=True, help="Do not ask before writing to AWS.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@home_option
@click.pass_context
def generate(
    ctx: click.Context, /, resume: str | None, as_json: bool, yes: bool, home: Path, **given: Any
) -> None:
    """Make the events that `send` would send and put them into files, without sending.

    The lake, a folder and S3 get objects in Firehose's layout, by the hour of the events' own time, made by
    several processes. A file and standard output get all events in the order of time; a file has a temporary name
    until it is complete. Visitors come as they do, so the number of events is known at the end only; CSV and
    Parquet take several times as long as JSON lines, and only these can be verified.
    The same --seed, --since, --run-id and plan give the same bytes.
    """
    if resume is not None:
        _check_alone(ctx)
        folder, plan, before = _stopped_run(resume, home, given["workers"])
        if before.facts.get("complete"):
            say(f"run {plan.run} is complete: there is nothing left to make")
            ctx.exit(ExitCode.OK)
    else:
        prepared, before = prepare(given, home), None
        plan = prepared.plan
        if plan.destination.kind == "stdout" and as_json:
            raise UsageProblem(
                "--json with --to -: both would go to standard output",
                "leave --json out; `clickgen runs show --json` tells the account afterwards",
            )
        _confirm(plan, yes=yes)
        folder = _begun(prepared, home)
    ended = _watched(folder, plan, before)
    _say_end(ended, as_json=as_json)
    ctx.exit(exit_code(ended))


def exit_code(ended: "Generated") -> ExitCode:
    """The exit code of a generated run. A reader of standard output that leaves had what it wanted."""
    from clickgen.run.generate.stream import ReaderGone

    if isinstance(ended.problem, ReaderGone):
        return ExitCode.OK
    if ended.problem is not None:
        return ended.problem.exit_code
    if ended.interrupted:
        return ExitCode.INTERRUPTED
    account = ended.account
    return ExitCode.INCOMPLETE if account.unknown or account.unsent else ExitCode.OK


def _check_alone(ctx: click.Context) -> None:
    """With --resume the plan is settled."""
    settled = [
        param.opts[0]
        for param in ctx.command.params
        if param.name not in _WITH_RESUME
        and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    ]
    if settled:
        raise UsageProblem(
            f"--resume with {' and '.join(settled)}: the run goes on as it was planned",
            "leave them out, or begin a new run",
        )


def _stopped_run(run: str, home: Path, workers: int | None) -> "tuple[RunFolder, Plan, Claims]":
    """A run that is there already, and what its ledger claims."""
    from clickgen.ledger.claims import read_claims
    from clickgen.ledger.folder import Home
    from clickgen.run.generate.formats import check_format

    folder = Home(home).find_run(run)
    plan = folder.read_plan()
    if plan.command != "generate":
        raise UsageProblem(f"run {plan.run} was not generated", f"finish it with: clickgen runs resume {plan.run}")
    if plan.destination.kind == "stdout":
        raise UsageProblem(
            f"run {plan.run} went to standard output, which cannot be taken up again", "begin a new run"
        )
    check_format(plan.format)
    folder.check_free()
    changed: dict[str, Any] = {} if workers is None else {"workers": min(workers, plan.lanes)}
    if plan.destination.embedded and plan.place is not None:
        # wherever the home is now, should it have been moved
        changed["place"] = plan.place.model_copy(update={"lake": str(Home(home).lake.resolve())})
    return folder, plan.model_copy(update=changed), read_claims(folder, plan)


def _confirm(plan: "Plan", *, yes: bool) -> None:
    """Say what it will cost where it is AWS itself, and ask."""
    if not plan.destination.on_aws or yes:
        return
    from clickgen.cost.bill import load_prices, usd

    price = load_prices().s3.put_requests
    hours = math.ceil((plan.duration_s or 0.0) / 3600) + 1
    most = min(math.ceil((plan.rate or 0.0) * (plan.duration_s or 0.0)), hours * plan.lanes)
    words = f"some {most:,} PUT requests, {usd(most * price.first / price.per)}"
    if not sys.stdin.isatty():
        raise UsageProblem(f"writing to AWS ({words}) without a terminal to ask at", "add --yes")
    click.confirm(f"This writes to AWS itself: {words}. Go on?", abort=True, err=True)


def _begun(prepared: Prepared, home: Path) -> "RunFolder":
    """The folder of a new run, with all that it is made from."""
    from clickgen.ledger.store import LedgerWriter

    folder = prepared_home(home).new_run(prepared.plan.run)
    keep_traffic(folder, prepared.profile, prepared.tables)
    # with a ledger from the first moment, a ledger that is missing later is known to be damage
    LedgerWriter(folder.ledger_file).close()
    folder.write_plan(prepared.plan)
    return folder


def _watched(folder: "RunFolder", plan: "Plan", before: "Claims | None") -> "Generated":
    """Carry the plan out with a line that says how far it has come."""
    from clickgen.cli.delivery import heeding_signals
    from clickgen.run.generate.generation import Generation
    from clickgen.view.console import Console
    from clickgen.view.generate import MadeBar, MadeLines

    def carried_out(listen: "Callable[[GenerationProgress], None]") -> "Generated":
        return heeding_signals(Generation(folder, plan, listen, before))

    console = Console(stderr=True)
    if console.is_terminal:
        with MadeBar(console) as bar:
            return carried_out(bar.take)
    return carried_out(MadeLines(sys.stderr).take)


def _say_end(ended: "Generated", *, as_json: bool) -> None:
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.view.generate import generated_json, render_generated

    aside = as_json or ended.plan.destination.kind == "stdout"
    with printing_result():
        if as_json:
            sys.stdout.write(json.dumps(generated_json(ended)) + "\n")
        ResultConsole(stderr=aside, soft_wrap=True).print(render_generated(ended))
    if ended.problem is not None:
        say_problem(ended.problem)
