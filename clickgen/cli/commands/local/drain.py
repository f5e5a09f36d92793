"""`clickgen local drain`: what a server that died left buffered."""

import json
from contextlib import suppress
from pathlib import Path

import click

from clickgen.cli.app import App, home_option, pass_app, say
from clickgen.cli.commands.local.serve import problems_of_local
from clickgen.cli.help import command
from clickgen.cli.types import DURATION

_EXAMPLES = """\b
Examples:
  clickgen local drain
  clickgen local drain --dir /tmp/lake --wait 30s
"""


@command(epilog=_EXAMPLES)
@home_option
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLICKGEN_LOCAL_DRAIN_DIR",
    help="The lake of the dead server.  [default: HOME/lake]",
)
@click.option(
    "--wait", type=DURATION, default="30s", show_default=True, help="Wait this long for a live server to stop."
)
@pass_app
def drain(app: App, /, folder: Path | None, wait: float) -> None:
    """Deliver what a server left buffered when it died, and print {"objects", "records"}."""
    from clickgen.ledger.trust import lake_keep
    from clickgen.local.drain import drain

    lake = folder or app.prepared_home().lake
    with suppress(OSError):  # the server itself says why a folder cannot be used
        lake_keep(lake).check()
    with problems_of_local():
        drained = drain(lake, wait)
    say(json.dumps({"objects": drained.objects, "records": drained.records}), err=False)
