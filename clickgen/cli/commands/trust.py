"""`clickgen trust`: accept a home or a lake that somebody else made, or that was moved."""

from pathlib import Path

import click

from clickgen.cli.app import App, home_option, pass_app, say, yes_option
from clickgen.cli.help import command
from clickgen.model.errors import UsageProblem

_EXAMPLES = """\b
Examples:
  clickgen trust                          # the home of this folder, .clickgen
  clickgen trust evidence/.clickgen --yes  # unpacked from an artifact of CI
"""


@command(epilog=_EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@yes_option("Do not ask.")
@home_option
@pass_app
def trust(app: App, /, folder: Path | None) -> None:
    """Show what a home or a lake holds, and accept it: FOLDER, or else the home.

    A home says where events go and what is delivered where, so one that was not made on this machine by you, that
    was moved or copied, or that belongs to somebody else, is not used before you accept it. What you accept is
    remembered in your state folder (XDG_STATE_HOME), for that path.
    """
    from clickgen.ledger.folder import explained, reading
    from clickgen.ledger.holdings import holdings_of
    from clickgen.ledger.trust import keep_at
    from clickgen.view.trust import holdings_lines

    folder = folder or app.home_path
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
    app.confirm(
        "Trust it? What its runs plan can then be sent, and its lake delivered.",
        UsageProblem("without a terminal nobody can be asked", "if you trust it, add --yes"),
    )
    with explained(folder):
        keep.accept(say)
    say(f"{folder} is trusted from now on")
