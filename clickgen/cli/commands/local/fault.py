"""`clickgen local fault`: what goes wrong at a station of a running pipeline."""

from typing import Any

import click

from clickgen.cli.app import App, home_option, json_option, pass_app
from clickgen.cli.help import command
from clickgen.cli.types import DURATION, PERCENTAGE, STEADY_RATE

_EXAMPLES = """\b
Examples:
  clickgen local fault firehose:clicks --fail-records 1%
  clickgen local fault kinesis:orders --throttle 500 --latency 50ms
  clickgen local fault lambda:enrich --lambda-error 5%
  clickgen local fault redshift:warehouse --pause
  clickgen local fault firehose:clicks --clear
"""


@command(epilog=_EXAMPLES)
@click.argument("station")
@click.option(
    "--pipeline", metavar="NAME|DIR", help="Name or folder of the pipeline.  [default: the one that runs]"
)
@click.option("--throttle", type=STEADY_RATE, help="Records a second let through.")
@click.option("--fail-records", type=PERCENTAGE, help="Share of records that fail.")
@click.option("--fail-calls", type=PERCENTAGE, help="Share of calls refused whole.")
@click.option("--drop-replies", type=PERCENTAGE, help="Share of calls carried out but never answered.")
@click.option("--latency", type=DURATION, help="Time before every answer.")
@click.option("--poison", type=PERCENTAGE, help="Share of records, items or objects damaged on their way in.")
@click.option("--lambda-error", type=PERCENTAGE, help="Share of a function's invocations that fail.")
@click.option("--pause/--resume", default=None, help="Let it stand still or refuse everything, or go on.")
@click.option("--clear", is_flag=True, help="Lift all of its faults first.")
@json_option("Print the faults that hold now as one JSON object.")
@home_option
@pass_app
def fault(app: App, /, *, station: str, pipeline: str | None, clear: bool, **options: Any) -> None:
    """Let STATION misbehave from now on; what is not named stays as it is. STATION is like firehose:clicks."""
    from clickgen.model.errors import UsageProblem
    from clickgen.pipeline.running import find_running

    wanted = {name: value for name, value in options.items() if value is not None}
    if not wanted and not clear:
        raise UsageProblem(
            "no fault is named", "name one, like --fail-records 1%, or lift all of them with --clear"
        )
    running = find_running(app.home_path, pipeline)
    if clear:
        faults = running.set_faults(station, {})
    if wanted:
        faults = running.set_faults(station, wanted)
    app.print_result(
        lambda: {"station": station, "faults": faults},
        lambda console: console.print(_words(station, faults), soft_wrap=True),
        only_json=True,
    )


def _words(station: str, faults: dict[str, Any]) -> str:
    parts = [f"{name.replace('_', '-')} {value:g}" for name, value in faults.items() if value and name != "seed"]
    return f"{station}: {', '.join(parts) or 'no faults'}"
