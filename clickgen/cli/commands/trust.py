"""`clickgen trust`: accept a home or a lake that somebody else made, or that was moved."""

import sys
from pathlib import Path

import click

from clickgen.cli.say import say
from clickgen.cli.types import home_option
from clickgen.model.errors import UsageProblem

_EXAMPLES = """\b
Examples:
  clickgen trust                                # the home of this folder, .clickgen
  clickgen trust evidence/.clickgen --yes       # unpacked from an artifact of CI
"""


@click.command(epilog=_EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
def trust(folder: Path | None, yes: bool, home: Path) -> None:
    """Show what a home or a lake holds, and accept it: FOLDER, or else the home.

    A home says where events go and what is delivered where, so one that was not made on this machine by you, that
    was moved or copied, or that belongs to somebody else, is not used before you accept it. What you accept is
    remembered in your state folder (XDG_STATE_HOME), for that path.
    """
    from clickgen.ledger.folder import explained, reading
    from clickgen.ledger.holdings import holdings_of
    from clickgen.ledger.trust import keep_at
    from clickgen.view.trust import holdings_lines

    folder = folder or home
    with reading(folder):
        keep = keep_at(folder)
        if keep is None:
            raise UsageProblem(
                f"there is no home and no lake in {folder}", "name the folder: clickgen trust FOLDER"
            )
        reason = keep.why_not()
    if reason is None:
        say(f"{folder} is trusted already")
        return
    for line in holdings_lines(folder, reason, holdings_of(folder)):
        say(line)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageProblem("without a terminal nobody can be asked", "if you trust it, add --yes")
        click.confirm(
            "Trust it? What its runs plan can then be sent, and its lake delivered.", abort=True, err=True
        )
    with explained(folder):
        keep.accept(say)
    say(f"{folder} is trusted from now on")
