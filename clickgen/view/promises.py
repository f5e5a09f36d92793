"""What a delivery promises, and whether a verification found that it holds: one promise a test case of CI."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from clickgen.ledger.ending import Shortfall
from clickgen.model.amounts import count
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.found.findings import Witness
from clickgen.view.states import headline_words, shortfall_words


class PromiseOutcome(Enum):
    """Whether a promise holds."""

    YES = "yes"
    OPEN = "open"  # something may still come
    NO = "no"


class Promise(NamedTuple):
    """A promise of a delivery, and whether it holds."""

    name: str  # for machines
    claim: str  # for people
    kept: PromiseOutcome
    found: str  # what there is instead, if it does not hold
    witnesses: Sequence[Witness]


def promises(report: DeliveryReport, *, exclusive: bool) -> list[Promise]:
    """Every promise that a verification checks, the verdict last."""
    return [_sent(report), *_single(report, exclusive=exclusive), _verdict(report, exclusive=exclusive)]


def _sent(report: DeliveryReport) -> Promise:
    """That the run sent what it meant to; one that is still going may yet do so."""
    kept, found = PromiseOutcome.YES, ""
    if report.shortfall is not None:
        kept = PromiseOutcome.OPEN if report.shortfall is Shortfall.RUNNING else PromiseOutcome.NO
        found = shortfall_words(report.shortfall, report.account)
    return Promise("sent", "the run sent what it meant to", kept, found, ())


def _single(report: DeliveryReport, *, exclusive: bool) -> Iterator[Promise]:
    def promise(name: str, claim: str, number: int, found: str, *kinds: str) -> Promise:
        witnesses = [witness for kind in kinds for witness in report.witnesses.get(kind, ())]
        kept = PromiseOutcome.NO if number else PromiseOutcome.YES
        return Promise(
            name, claim, kept, f"{count(number)} {found}" if number else "", witnesses if number else ()
        )

    missing = promise("nothing_missing", "every accepted event is there", report.missing, "missing", "missing")
    if report.pending and not report.missing:
        open_words = f"{count(report.pending)} not there yet"
        missing = missing._replace(
            kept=PromiseOutcome.OPEN, found=open_words, witnesses=report.witnesses.get("pending", ())
        )
    elif not report.account.accepted:
        missing = missing._replace(kept=PromiseOutcome.OPEN, found="nothing was accepted")
    yield missing
    failed = report.failed - report.failed_planted
    yield promise("nothing_failed", "nothing is in the error output", failed, "in the error output", "failed")
    yield promise(
        "no_unexplained_duplicates",
        "every extra copy is explained by an attempt",
        report.unexplained,
        "extra copies that no attempt explains",
        "duplicates",
    )
    for name, number in (
        ("conflicting", report.conflicting),
        ("corrupt", report.corrupt),
        ("truncated", report.truncated),
    ):
        yield promise(f"nothing_{name}", f"no event is {name}", number, name, name)
    unread = promise("everything_read", "every object could be read", report.unread, "unread", "unread")
    yield unread._replace(kept=PromiseOutcome.OPEN) if report.unread else unread
    if exclusive:
        others = report.other_runs + report.foreign
        yield promise("nothing_of_others", "no events of others are there", others, "events of others")


def _verdict(report: DeliveryReport, *, exclusive: bool) -> Promise:
    """The verdict itself; an open one does not hold, so that CI cannot take it for verified."""
    kept = PromiseOutcome.YES if report.verdict is Verdict.VERIFIED else PromiseOutcome.NO
    words = f"{report.verdict.value}: {headline_words(report, exclusive=exclusive)}"
    return Promise("verdict", "the delivery is verified", kept, "" if kept is PromiseOutcome.YES else words, ())
