"""`clickgen local status`: what each station of a running pipeline has to say."""

import time
from pathlib import Path

import click

from clickgen.cli.app import App, home_option, json_option, pass_app
from clickgen.cli.help import command

_EXAMPLES = """\b
Examples:
  clickgen local status
  clickgen local status prime-day --watch
  clickgen local status --json | jq '.stations[] | select(.failed > 0)'
"""
_EVERY_S = 1.0


@command(epilog=_EXAMPLES)
@click.argument("pipeline", required=False)
@click.option("--watch", is_flag=True, help="Show it anew every second, until Ctrl-C.")
@json_option()
@home_option
@pass_app
def status(app: App, /, *, pipeline: str | None, watch: bool) -> None:
    """Show each station of PIPELINE in the order in which events pass it.

    arrived: records, items, objects or invocations that it took since its server started. handed on: those that it
    delivered or moved. waiting: those that it still holds; lag is the age of the oldest. failed: those that it
    refused or gave up.
    """
    from clickgen.model.errors import UsageProblem
    from clickgen.pipeline.description import in_order
    from clickgen.pipeline.pipeline_file import load_pipeline
    from clickgen.pipeline.running import find_running
    from clickgen.view.local_status import status_view

    running = find_running(app.home_path, pipeline)
    try:
        order = in_order(load_pipeline(Path(running.file)))
    except UsageProblem:  # the file was changed or moved; the pipeline runs on
        order = []
    if watch and app.as_json:
        raise UsageProblem("--watch shows a table", "without --watch, --json prints the status once")
    if watch:
        from rich.live import Live

        with Live(console=app.console(), auto_refresh=False) as live:
            while True:
                live.update(status_view(running.name, running.status(), order), refresh=True)
                time.sleep(_EVERY_S)
    document = running.status()
    app.print_result(lambda: document, lambda console: console.print(status_view(running.name, document, order)))
