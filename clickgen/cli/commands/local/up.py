"""`clickgen local up` and `clickgen local down`: a pipeline of a file, started and stopped on this machine."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, home_option, json_option, pass_app, say
from clickgen.cli.commands.local.server_options import server_options
from clickgen.cli.help import command

if TYPE_CHECKING:
    from clickgen.view.console import Console

_UP_EXAMPLES = """\b
Examples:
  clickgen local up  # ./pipeline.toml
  clickgen local up examples/prime-day --speedup 60
  eval "$(clickgen local up examples/prime-day --export)"
"""
_DOWN_EXAMPLES = """\b
Examples:
  clickgen local down
  clickgen local down prime-day
"""


@command(epilog=_UP_EXAMPLES)
@click.argument("pipeline", type=click.Path(path_type=Path), required=False)
@server_options("Stop it")
@click.option("--export", is_flag=True, help="Print the shell variables that SDKs need.")
@json_option()
@home_option
@pass_app
def up(app: App, /, *, pipeline: Path | None, port: int, speedup: float, parent: int | None, export: bool) -> None:
    """Start what PIPELINE describes: a folder with a pipeline.toml, or a file.

    All resources are created by the SDK calls that anybody would make. It runs until `clickgen local down`; what
    it holds survives that and a kill, and the next `up` goes on with it.
    """
    from clickgen.ledger.trust import lake_keep
    from clickgen.model.errors import UsageProblem
    from clickgen.pipeline.pipeline_file import file_of, load_pipeline
    from clickgen.pipeline.running import lake_of, start

    description = load_pipeline(pipeline)
    file = file_of(pipeline)
    if not description.resources:
        raise UsageProblem(
            f"{file} describes no resources, only stations", "`clickgen verify all delivery --pipeline` reads it"
        )
    home = app.prepared_home()
    lake_keep(lake_of(home.path, description.name)).make(say)
    running, started = start(description, file, home.path, port=port, speedup=speedup, parent=parent)
    if export:
        for line in _exports(running.endpoint_url):
            say(line, err=False)
        return

    def show(console: "Console") -> None:
        verb = "started" if started else "is running already"
        console.print(f"{running.name} {verb}: {running.endpoint_url}", soft_wrap=True)
        console.print(f"events enter at {description.entry}; objects are in {running.lake}", soft_wrap=True)

    app.print_result(
        lambda: asdict(running) | {"started": started, "entry": description.entry}, show, only_json=True
    )


@command(epilog=_DOWN_EXAMPLES)
@click.argument("pipeline", required=False)
@home_option
@pass_app
def down(app: App, /, *, pipeline: str | None) -> None:
    """Deliver what PIPELINE holds, and stop it. PIPELINE is its name or folder; without it, the one that runs."""
    from clickgen.pipeline.running import find_running

    running = find_running(app.home_path, pipeline)
    running.stop()
    say(f"{running.name} delivered what it held, and stopped")


def _exports(endpoint_url: str) -> list[str]:
    variables = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
    }
    return [f"export {name}={value}" for name, value in variables.items()]
