"""`clickgen probe`: the highest rate that a stream holds."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.delivery import DeliveryOptions, delivery_options, gather
from clickgen.cli.options.schedule import MAX_RATE
from clickgen.cli.options.watch import publishing
from clickgen.cli.probing import Probing
from clickgen.cli.types import DURATION, Finite
from clickgen.model.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from clickgen.view.probe import Probed

_EXAMPLES = """\b
Examples:
  clickgen probe --stream clicks --region eu-west-1 --max-usd 2
  clickgen probe --stream clicks --from 2000 --most 20000 --pack --yes --json
  clickgen probe --to kinesis:clicks --max-latency 200ms --throttled 1%
  clickgen probe --most 20000                        # the embedded pipeline on this machine
"""

# one probe is several runs of one pace each: what settles a single run has no meaning here
_NOT_HERE = {"run_id": None, "max_lag": None, "threshold": ()}
_SHORTEST_S = 2.0  # of a step: packed, a batch may take one second to fill


class Share(click.ParamType[float]):
    """0.1%, as 0.001."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / 100
        except ValueError:
            share = -1.0
        if not text.endswith("%") or not 0 <= share < 1:
            self.fail(f"{value!r} is no share; write a percentage under 100, like 0.1%", param, ctx)
        return share


_RATE = Finite(min=0, min_open=True, max=MAX_RATE)


@click.command(epilog=_EXAMPLES)
@click.option("--from", "first", type=_RATE, default=500, show_default=True, help="Events a second to begin with.")
@click.option(
    "--most",
    "--to-rate",
    "most",
    type=_RATE,
    default=100_000,
    show_default=True,
    help="The highest rate to try.",
)
@click.option("--step", type=DURATION, default="10s", show_default=True, help="How long each rate is offered.")
@click.option(
    "--max-latency",
    type=DURATION,
    default="1s",
    show_default=True,
    help="Longest p99 from due to answered, on top of --linger.",
)
@click.option(
    "--throttled",
    type=Share(),
    default="0.1%",
    show_default=True,
    help="Share of the records that may be throttled, and that may fail.",
)
@click.option("--profile", default="shop", show_default=True, help="Traffic profile: a name or a TOML file.")
@delivery_options
@click.pass_context
def probe(
    ctx: click.Context,
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
    shows them, and `clickgen verify` proves them. The exit code is 1 where not even the first rate held, 4 where
    the budget was spent before there was an answer.
    """
    from clickgen.run.probe import Search
    from clickgen.run.probe_steps import Bounds

    options = gather({**delivery, **_NOT_HERE})
    if first > most:
        raise UsageProblem(
            f"--from {first:g} is above --most {most:g}", "begin lower with --from, or raise --most"
        )
    if step < _SHORTEST_S:
        raise UsageProblem(f"--step {step:g}s is too short to measure anything", "give it two seconds or more")
    if options.to is not None and options.to.kind == "stdout":
        raise UsageProblem("standard output is no stream to probe", "name one with --stream or --to")
    with publishing(options.metrics) as publisher:
        probing = Probing(options, Search(first, most, step), Bounds(max_latency, throttled), profile, publisher)
        probed = probing.carry_out()
        _say(probed, options)
    if probing.problem is not None:
        raise probing.problem
    ctx.exit(_exit_code(probed))


# the options of delivery that mean nothing here
probe.params[:] = [option for option in probe.params if option.name not in _NOT_HERE]


def _say(probed: "Probed", options: DeliveryOptions) -> None:
    """Print the table and the answer, and the JSON object if it is wanted."""
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.model.outside_text import one_line
    from clickgen.view.probe import probe_json, probe_lines

    with printing_result():
        if options.as_json:
            sys.stdout.write(json.dumps(probe_json(probed)) + "\n")
        console = ResultConsole(stderr=options.as_json, soft_wrap=True)
        console.print("\n".join(map(one_line, probe_lines(probed))))


def _exit_code(probed: "Probed") -> ExitCode:
    codes = {
        "interrupted": ExitCode.INTERRUPTED,
        "budget": ExitCode.INCOMPLETE,
        "none": ExitCode.LOST,
    }
    return codes.get(probed.ended, ExitCode.OK)
