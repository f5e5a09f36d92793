"""What keeps a run from being a success whatever has arrived, in words, and the commands that mend it."""

from collections.abc import Iterator

from clickgen.ledger.ending import Shortfall
from clickgen.model.amounts import count
from clickgen.model.outcome import Account
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict


def shortfall_words(shortfall: Shortfall, account: Account | None = None) -> str:
    """Why, in words that go on a sentence; with what was left, where an account is given."""
    match shortfall:
        case Shortfall.RUNNING:
            return "the run is still going"
        case Shortfall.CRASHED:
            return f"the run crashed or was killed{_left(account)}"
        case Shortfall.FAILED:
            return f"a problem ended the run early{_left(account)}"
        case Shortfall.NOTHING_PLANNED:
            return "nothing was planned, so nothing is proved"
        case Shortfall.NOTHING_ACCEPTED:
            return "nothing was accepted, so nothing is proved"
        case Shortfall.OUTDATED:
            return "the run has gone on since this look"


def ways_on(report: DeliveryReport, place: str) -> Iterator[str]:
    """The commands that can make more of a verdict: looking again, and going on with the run.

    place: the word that the command line has for where was looked.
    """
    again = report.pending or report.unread or report.shortfall in (Shortfall.RUNNING, Shortfall.OUTDATED)
    if again and report.verdict is Verdict.INCOMPLETE:
        yield f"clickgen verify {place} delivery {report.run} --wait 10m"
    yield from going_on(report.shortfall, report.resume, report.account)


def going_on(shortfall: Shortfall | None, resume: str | None, account: Account | None = None) -> Iterator[str]:
    """How a run that has something left goes on. resume: the command, None where nothing can go on with it."""
    if shortfall is Shortfall.NOTHING_ACCEPTED and resume and account and not account.unsent:
        # nothing was left out, so only what was refused or not answered can be sent again
        again = [f" --{name}" for name in ("rejected", "unknown") if getattr(account, name)]
        resume += "".join(again)
    if shortfall in (Shortfall.CRASHED, Shortfall.FAILED, Shortfall.NOTHING_ACCEPTED):
        yield resume or "what the run had left was read from a pipe: it cannot be resumed, send it anew"


def _left(account: Account | None) -> str:
    """What of the plan was not settled by then."""
    if account is None:
        return ""
    parts = [f"{count(number)} {name}" for name in ("unsent", "unknown") if (number := getattr(account, name))]
    return f", {' and '.join(parts)}" if parts else ""
