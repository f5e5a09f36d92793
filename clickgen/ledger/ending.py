"""How a run ended, as its ledger says, and why one that ended so is no success whatever has arrived."""

from enum import StrEnum

from clickgen.model.outcome import Account


class Ending(StrEnum):
    """How the last process of a run ended.

    open: it has not closed the account, so it is at work or was killed. complete: with its plan carried out.
    stopped: somebody, or a bound that they had set (Ctrl-C, --max-usd), gave the rest up. failed: by a problem.
    """

    OPEN = "open"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"


class Shortfall(StrEnum):
    """What keeps a run from being a success, even with every accepted event there.

    running: it may still be sending. crashed: it never closed its account. failed: a problem ended it early.
    nothing_planned, nothing_accepted: there is nothing that a proof could be of. outdated: it went on after it was
    looked at.
    """

    RUNNING = "running"
    CRASHED = "crashed"
    FAILED = "failed"
    NOTHING_PLANNED = "nothing_planned"
    NOTHING_ACCEPTED = "nothing_accepted"
    OUTDATED = "outdated"


def shortfall_of(account: Account, ending: Ending, *, live: bool) -> Shortfall | None:
    """Why the run itself is no success; None where it did what it meant to do.

    live: a process is running it, whatever its ledger says of earlier ones.
    """
    if live:
        return Shortfall.RUNNING
    if ending is Ending.OPEN:
        return Shortfall.CRASHED
    if ending is Ending.FAILED:
        return Shortfall.FAILED
    if not account.planned:
        return Shortfall.NOTHING_PLANNED
    return None if account.accepted else Shortfall.NOTHING_ACCEPTED
