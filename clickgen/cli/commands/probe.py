"""`clickgen probe`: the highest rate that a stream holds."""

import secrets
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.announce import announce, chosen_target, needed_pipeline
from clickgen.cli.app import App, exit_with, pass_app, say
from clickgen.cli.delivery import display_of, publishing
from clickgen.cli.delivery_options import DeliveryOptions, delivery_options, gather
from clickgen.cli.help import LIMITS, TRAFFIC, command, under
from clickgen.cli.traffic import named_profile, profile_option, traffic_model
from clickgen.cli.types import DURATION, PERCENTAGE_BELOW_ALL, STEADY_RATE
from clickgen.model.errors import ExitCode, UsageProblem
from clickgen.model.outside_text import one_line

if TYPE_CHECKING:
    from clickgen.model.errors import ClickgenError
    from clickgen.model.plan import Plan
    from clickgen.run.events import Handler, RunEvent
    from clickgen.run.probe import Search
    from clickgen.run.probe_steps import Bounds
    from clickgen.run.probing import Probed
    from clickgen.view.metrics.publish import Publisher

_EXAMPLES = """\b
Examples:
  clickgen probe --stream clicks --region eu-west-1 --max-usd 2
  clickgen probe --stream clicks --from 2000 --most 20000 --pack --yes --json
  clickgen probe --to kinesis:clicks --max-latency 200ms --throttled 1%
  clickgen probe --most 20000  # the embedded pipeline on this machine
"""

# one probe is several runs of one pace each: what settles a single run has no meaning here
_NOT_HERE = {"run_id": None, "max_lag": None, "threshold": ()}
_EXIT_CODES = {
    "interrupted": ExitCode.INTERRUPTED,
    "budget": ExitCode.INCOMPLETE,
    "none": ExitCode.LOST,
}
_SHORTEST_S = 2.0  # of a step: packed, a batch may take one second to fill


@command(epilog=_EXAMPLES)
@under(
    TRAFFIC,
    click.option(
        "--from",
        "first",
        type=STEADY_RATE,
        default="500",
        show_default=True,
        help="The rate to begin with.",
    ),
    click.option(
        "--most",
        "--to-rate",
        "most",
        type=STEADY_RATE,
        default="100k",
        show_default=True,
        help="The highest rate to try.",
    ),
    click.option("--step", type=DURATION, default="10s", show_default=True, help="How long each rate is offered."),
)
@under(
    LIMITS,
    click.option(
        "--max-latency",
        type=DURATION,
        default="1s",
        show_default=True,
        help="Longest p99 from due to answered, on top of --linger.",
    ),
    click.option(
        "--throttled",
        type=PERCENTAGE_BELOW_ALL,
        default="0.1%",
        show_default=True,
        help="Share of the records that may be throttled, and that may fail.",
    ),
)
@profile_option
@delivery_options
@pass_app
def probe(
    app: App,
    /,
    first: float,
    most: float,
    step: float,
    max_latency: float,
    throttled: float,
    profile: str,
    **delivery: Any,
) -> None:
    """Find the highest rate that a stream holds.

    The rate is doubled, step by step, until one does not hold: throttled, failing, falling behind, or too slow.
    Another run then goes up from the last that held in steps of about 10 %. A quota that saves up a second's worth
    carries a rate 10 % too high for 10 seconds: shorter steps may find too much.

    All of it is sent for good, and --max-usd bounds all of it. Every run has its ledger: `clickgen runs list`
    shows them, and `clickgen verify` proves them. The exit code is 1 if not even the first rate held, 4 if
    the budget was spent before there was an answer.
    """
    from clickgen.run.probe import Search
    from clickgen.run.probe_steps import Bounds
    from clickgen.view.probe import probe_json, probe_lines

    options = gather({**delivery, **_NOT_HERE}, as_json=app.as_json, home=app.home_path)
    if first > most:
        raise UsageProblem(
            f"--from {first:g} is above --most {most:g}", "begin lower with --from, or raise --most"
        )
    if step < _SHORTEST_S:
        raise UsageProblem(f"--step {step:g}s is too short to measure anything", "give it two seconds or more")
    if options.to is not None and options.to.kind == "stdout":
        raise UsageProblem("standard output is not a stream to probe", "name one with --stream or --to")
    with publishing(options.metrics) as publisher:
        search, bounds = Search(first, most, step), Bounds(max_latency, throttled)
        probed, problem = _carry_out(app, options, search, bounds, profile, publisher)
        lines = "\n".join(map(one_line, probe_lines(probed)))
        app.print_result(lambda: probe_json(probed), lambda console: console.print(lines, soft_wrap=True))
    if problem is not None:
        raise problem
    exit_with(_EXIT_CODES.get(probed.ended, ExitCode.OK))


# the options of delivery that mean nothing here
probe.params[:] = [option for option in probe.params if option.name not in _NOT_HERE]


def _carry_out(
    app: App, options: DeliveryOptions, search: "Search", bounds: "Bounds", profile: str, publisher: "Publisher"
) -> "tuple[Probed, ClickgenError | None]":
    """Announce the probe and carry it out; what it found, and what ended it early."""
    from clickgen.cost.bill import load_prices
    from clickgen.run.cost_words import advance_notice, default_quota
    from clickgen.run.probing import Probed, Probing
    from clickgen.run.targets.registry import tariff_of
    from clickgen.view.probe import bound_line, step_line

    seed = secrets.randbits(32)
    model = traffic_model(named_profile(profile), seed)
    home, prices = app.prepared_home(), load_prices()
    plan = _pattern(options, profile, seed)
    with needed_pipeline(options, home) as pipeline:
        target = chosen_target(options, plan, pipeline)
        pattern = plan.aimed_at(target.destination, target.place)
        probing = Probing(home, pattern, model, search, bounds, options.workers)
        terms = options.terms(tariff_of(target.destination, prices))
        say(bound_line(search))
        largest, bounded = probing.largest(), options.max_usd is not None
        notice = advance_notice(target, terms.tariff, largest, bounded_in_usd=bounded)
        announce(app, notice, bounds="--max-usd")

        def display(plan: "Plan") -> "Handler[RunEvent]":
            publisher.display = display_of(app, options, plan, notice.line)
            return publisher.display

        cut = probing.carry_out(terms, display, publisher, words_of=step_line)
    quota = default_quota(target)
    probed = Probed(search, target.destination, tuple(probing.runs), quota, probing.spent_usd, cut)
    return probed, probing.problem


def _pattern(options: DeliveryOptions, profile: str, seed: int) -> "Plan":
    """What the plans of all runs have in common."""
    from clickgen.model.destination import FirehoseDestination
    from clickgen.model.plan import Plan

    return Plan(
        run="",
        command="send",
        created_ms=0,
        start_ms=0,
        lanes=1,
        seed=seed,
        profile=profile,
        pack=options.pack,
        linger_s=options.linger,
        destination=FirehoseDestination(stream=""),
    )
