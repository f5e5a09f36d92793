"""The home and the lake as commands that write in them get them: this user's own, or none."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from clickgen.cli.say import say

if TYPE_CHECKING:
    from clickgen.ledger.folder import Home


def prepared_home(path: Path) -> "Home":
    """The home, made where there is none. Raises Untrusted where it is not this user's, EnvironmentProblem."""
    from clickgen.ledger.folder import Home

    home = Home(path, _tell)
    home.prepare()
    return home


def prepare_lake(folder: Path) -> None:
    """See to it that a lake is this user's, a new one from now on. Raises Untrusted, EnvironmentProblem."""
    from clickgen.ledger.trust import lake_keep

    with suppress(OSError):  # the server itself says why a folder cannot be used
        lake_keep(folder).make(_tell)


def check_lake(folder: Path) -> None:
    """Untrusted where a lake is not this user's."""
    from clickgen.ledger.trust import lake_keep

    with suppress(OSError):  # as above
        lake_keep(folder).check()


def _tell(words: str) -> None:
    say(words)
