"""`clickgen local logs`: what a function of a running pipeline has printed."""

import time

import click

from clickgen.cli.app import App, home_option, pass_app, printing_result, written
from clickgen.cli.help import command

_EXAMPLES = """\b
Examples:
  clickgen local logs enrich
  clickgen local logs enrich --follow
"""
_EVERY_S = 0.5


@command(epilog=_EXAMPLES)
@click.argument("function")
@click.option(
    "--pipeline", metavar="NAME|DIR", help="Name or folder of the pipeline.  [default: the one that runs]"
)
@click.option("--follow", "-f", is_flag=True, help="Go on with what it prints, until Ctrl-C.")
@home_option
@pass_app
def logs(app: App, /, *, function: str, pipeline: str | None, follow: bool) -> None:
    """Print what FUNCTION has printed and logged, with the START, END and REPORT line of each invocation."""
    from clickgen.pipeline.running import find_running

    running = find_running(app.home_path, pipeline)
    last = 0
    while True:
        lines, last = running.logs(function.removeprefix("lambda:"), last)
        with printing_result():
            for line in lines:
                click.echo(written(line))  # noqa: TID251  # made harmless at a terminal
        if not follow:
            return
        time.sleep(_EVERY_S)
