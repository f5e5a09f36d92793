"""How a run ended, by its ledger, and what keeps it from being a success whatever has arrived."""

from enum import StrEnum

from clickgen.model.outcome import Account


class Ending(StrEnum):
    """How the last process of a run ended."""

    OPEN = "open"  # it has not closed the account, so it is at work or was killed
    COMPLETE = "complete"  # with its plan carried out
    STOPPED = "stopped"  # somebody, or a bound that they had set (Ctrl-C, --max-usd), gave up the rest
    FAILED = "failed"  # by a problem


class Shortfall(StrEnum):
    """What keeps a run from being a success, even if every accepted event is there."""

    RUNNING = "running"  # it may still be sending
    CRASHED = "crashed"  # it never closed its account
    FAILED = "failed"  # a problem ended it early
    NOTHING_PLANNED = "nothing_planned"  # there is nothing to prove
    NOTHING_ACCEPTED = "nothing_accepted"
    OUTDATED = "outdated"  # it went on after it was looked at


def shortfall_of(account: Account, ending: Ending, *, live: bool) -> Shortfall | None:
    """Why the run itself is not a success, or None if it did what was planned.

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
