"""`clickgen generate`: the events that `send` would send, into files and objects, as fast as they can be made."""

import math
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app, say, yes_option
from clickgen.cli.delivery import print_end
from clickgen.cli.destination_checks import check_output_free
from clickgen.cli.disorder import disorder_options
from clickgen.cli.generate_plan import prepare
from clickgen.cli.help import DESTINATION, LIMITS, OUTPUT, TIME, TRAFFIC, command, under
from clickgen.cli.traffic import lanes_option, profile_option, schema_option, seed_option
from clickgen.cli.types import COUNT, DURATION, INSTANT, STEADY_RATE, WORKERS
from clickgen.cli.voice import voice_options
from clickgen.model.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from clickgen.ledger.claims import Claims
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan

_WITH_RESUME = frozenset(["resume", "workers", "as_json", "yes", "home_path"])

_EXAMPLES = """\b
Examples:
  clickgen generate -r 200 -d 1h -o events.jsonl
  clickgen generate --since 2026-01-01 --until 2026-04-01 -n 1M
  clickgen generate -n 100k -o - --format csv | head
  clickgen generate -r 50 -o visits.parquet  # needs the extra parquet
  clickgen generate -n 1e6 -o s3://my-bucket/clicks/ --gzip --region eu-west-1
  clickgen generate --resume 0a1b2c          # what a stopped run had left
"""


@command(epilog=_EXAMPLES)
@under(
    TRAFFIC,
    click.option("-r", "--rate", type=STEADY_RATE, help="Events per second on average.  [default: 100]"),
)
@profile_option
@schema_option
@seed_option
@lanes_option
@under(
    TIME,
    click.option("--since", "--start", "since", type=INSTANT, help="Time of the first second in the events."),
    click.option(
        "--until", type=INSTANT, help="Time at which the events end; it is not part of them.  [default: now]"
    ),
    click.option("-d", "--duration", type=DURATION, help="How long the events go on: 90m, 7d.  [default: 1h]"),
)
@disorder_options
@under(
    DESTINATION,
    click.option(
        "-o",
        "--to",
        metavar="PLACE",
        help="A file, a folder, lake, s3://BUCKET/PREFIX, or - for standard output.  [default: lake]",
    ),
    click.option(
        "--format",
        "kind",
        type=click.Choice(["jsonl", "csv", "parquet"]),
        help="Form of the files.  [default: by the file's name, or jsonl]",
    ),
    click.option("--gzip", "gzipped", is_flag=True, help="Compress the files; *.gz is compressed anyway."),
    click.option("--region", metavar="NAME", help="AWS region of the bucket."),
    click.option("--aws-profile", metavar="NAME", help="Profile of the AWS configuration to use."),
    click.option("--endpoint-url", metavar="URL", help="S3 endpoint to use instead of AWS."),
)
@under(
    LIMITS,
    click.option("-n", "--events", type=COUNT, help="About this many in all, in place of --rate."),
    click.option("--workers", type=WORKERS, help="Processes.  [default: one a core]"),
)
@under(
    OUTPUT,
    click.option("--run-id", metavar="ID", help="Id of the run, 12 hex digits.  [default: a fresh one]"),
    click.option(
        "--resume", metavar="RUN", help="Make what a run that was stopped or killed has left, as planned."
    ),
)
@yes_option("Do not ask before writing to AWS.")
@json_option("Print one JSON object at the end.")
@voice_options
@home_option
@pass_app
def generate(app: App, /, resume: str | None, **given: Any) -> None:
    """Make the events that `send` would send and put them into files, without sending.

    The lake, a folder and S3 get objects in Firehose's layout, by the hour of the events' own time, made by
    several processes. A file and standard output get all events in the order of time; a file has a temporary name
    until it is complete. Visitors arrive at random, so the number of events is known at the end only; CSV and
    Parquet take several times as long as JSON lines, and only these can be verified.
    The same --seed, --since, --run-id and plan give the same bytes.
    """
    before: Claims | None = None
    if resume is not None:
        _check_alone(click.get_current_context())
        folder, plan, before = _taken_up(app, resume, given["workers"])
    else:
        folder, plan = _begun(app, given)
    from clickgen.run.generate.generation import Generation
    from clickgen.run.session import carry_out, exit_code
    from clickgen.view.generate import generated_json, render_generated

    ended = carry_out(Generation(folder, plan, before))
    print_end(app, ended, lambda: generated_json(ended), render_generated(ended, app.home_words))
    exit_with(exit_code(ended))


def _check_alone(ctx: click.Context) -> None:
    """With --resume the plan is settled."""
    settled = [
        max(param.opts, key=len)
        for param in ctx.command.params
        if param.name not in _WITH_RESUME
        and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    ]
    if settled:
        raise UsageProblem(
            f"--resume with {' and '.join(settled)}: the run goes on as it was planned",
            "leave them out, or begin a new run",
        )


def _taken_up(app: App, run: str, workers: int | None) -> "tuple[RunFolder, Plan, Claims]":
    """A run that is there already; ends the command if it is complete."""
    from clickgen.run.generate.formats import check_format
    from clickgen.run.session import take_up_generating

    run_before = take_up_generating(app.home, run, workers)
    check_format(run_before.plan.format)
    if run_before.claims.facts.get("complete"):
        say(f"run {run_before.plan.run} is complete: there is nothing left to make")
        exit_with(ExitCode.OK)
    return run_before


def _begun(app: App, given: dict[str, Any]) -> "tuple[RunFolder, Plan]":
    """A new run, once it was said what it costs and confirmed."""
    from clickgen.run.session import create_run

    plan, model = prepare(given, app)
    check_output_free(plan.destination.kind, as_json=app.as_json)
    if plan.destination.on_aws:
        words = _cost_words(plan)
        app.confirm(
            f"This writes to AWS itself: {words}. Go on?",
            UsageProblem(f"writing to AWS ({words}) without a terminal to ask at", "add --yes"),
        )
    return create_run(app.prepared_home(), plan, model), plan


def _cost_words(plan: "Plan") -> str:
    """What a run costs at most that goes to S3 itself."""
    from clickgen.cost.bill import load_prices
    from clickgen.model.amounts import usd

    price = load_prices().s3.put_requests
    hours = math.ceil((plan.duration_s or 0.0) / 3600) + 1
    most = min(math.ceil((plan.rate or 0.0) * (plan.duration_s or 0.0)), hours * plan.lanes)
    return f"some {most:,} PUT requests, {usd(most * price.first / price.per)}"
