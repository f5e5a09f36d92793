"""Whether another run holds the lake of a home, which one run at a time can send into."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from clickgen.model.errors import ClickgenError, EnvironmentProblem

if TYPE_CHECKING:
    from clickgen.ledger.folder import Home

_LEAVING_S = 5.0  # a run that was killed is over once its workers have seen it
_LOOK_S = 0.2


def wait_for_lake(home: "Home") -> None:
    """Wait a moment for a run that holds the home's lake; EnvironmentProblem that names it if it does not end."""
    deadline = time.monotonic() + _LEAVING_S
    while (holder := _holder_of(home)) is not None:
        if time.monotonic() > deadline:
            raise EnvironmentProblem(
                f"run {holder} is sending into the lake of this home, {home.lake}, and one run at a time can",
                f"wait for it to end, or give this one a home of its own: --home {home.path}-2",
            )
        time.sleep(_LOOK_S)


def _holder_of(home: "Home") -> str | None:
    """The run of this home that is sending into its lake now."""
    for folder in home.all_runs():
        # a run that cannot be read does not send
        with suppress(ClickgenError):
            if folder.is_live():
                plan = folder.read_plan()
                if plan.destination.embedded and plan.command != "generate":
                    return folder.run
    return None
