"""A verification in words, for all that show it: headline, states with counts, latencies, what to do next."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from clickgen.ledger.ending import Shortfall
from clickgen.model.amounts import count, counted, duration, latency, measured
from clickgen.model.outcome import Account
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict

VERDICT_STYLES = {
    Verdict.VERIFIED: "bold green",
    Verdict.INCOMPLETE: "bold yellow",
    Verdict.ANOMALOUS: "bold red",
}


class Tone(Enum):
    """What the events of a state do to the verdict."""

    BAD = "bad"  # they spoil it
    OPEN = "open"  # they keep it open: something may still come
    INFORMS = "informs"  # nothing


class StateRow(NamedTuple):
    """A state, how many events are in it, and what it means."""

    name: str
    number: int
    tone: Tone
    meaning: str


def headline_words(report: DeliveryReport, *, exclusive: bool) -> str:
    """The reason for the verdict in one line, without the verdict itself."""
    account = report.account
    parts = []
    if report.verdict is Verdict.ANOMALOUS:
        rows = state_rows(report, exclusive=exclusive)
        parts.append(", ".join(f"{count(row.number)} {row.name}" for row in rows if row.tone is Tone.BAD))
    elif report.unread:
        parts.append(
            f"{counted(report.unread, 'object')} could not be read, {count(report.pending)} events not found"
        )
    elif report.pending:
        parts.append(f"{count(report.pending)} of {count(account.accepted)} accepted events are not there yet")
    elif account.accepted:
        parts.append(_arrived(report))
    if report.shortfall is not None:
        parts.append(shortfall_words(report.shortfall, account))
    if report.unknown_absent and not report.live:
        parts.append(f"{count(report.unknown_absent)} of {count(account.unknown)} unknown were not found")
    return "; ".join(parts)


def _arrived(report: DeliveryReport) -> str:
    """How all accepted events arrived."""
    accepted = count(report.account.accepted)
    if report.failed_planted:
        refused = f"but {count(report.failed_planted)} malformed on purpose, which the stream refused"
        return f"all {accepted} accepted events arrived {refused}"
    if report.dropped:
        there = count(report.account.accepted - report.dropped)
        return f"{there} of {accepted} accepted events are there; the others were {dropped_words(report)}"
    if not report.content_checked:
        return f"all {accepted} accepted events arrived, by their ids; content was not compared"
    whole = " as sent" if report.planted is not None and report.planted.malformed else ", whole"
    return f"all {accepted} accepted events arrived{whole}"


def state_rows(report: DeliveryReport, *, exclusive: bool) -> Iterator[StateRow]:
    """What is delivered and missing, and each other state that has events."""
    others = Tone.BAD if exclusive else Tone.INFORMS
    accepted = f"of {count(report.account.accepted)} accepted"
    yield StateRow("delivered", report.delivered, Tone.INFORMS, accepted)
    lost = Tone.BAD if report.missing else Tone.INFORMS
    yield StateRow("missing", report.missing, lost, _missing(report))
    for row in (
        StateRow("pending", report.pending, Tone.OPEN, "accepted, not found yet: not lost"),
        StateRow("failed", report.failed, *_failed(report)),
        StateRow("also failed", report.also_failed, Tone.INFORMS, "found, and in the stream's error output too"),
        StateRow("dropped", report.dropped, Tone.INFORMS, f"accepted and not kept: {dropped_words(report)}"),
        StateRow("recovered", report.recovered, Tone.INFORMS, "unknown or rejected, yet found"),
        StateRow("duplicates", report.explained, Tone.INFORMS, f"copies explained by {_explained_by(report)}"),
        StateRow("unexplained duplicates", report.unexplained, Tone.BAD, "extra copies that no attempt explains"),
        StateRow(
            "conflicting", report.conflicting, Tone.BAD, "an id of this run with other content, or never sent"
        ),
        StateRow("corrupt", report.corrupt, Tone.BAD, "damaged bytes of what was an event"),
        StateRow("truncated", report.truncated, Tone.BAD, "events cut off"),
        StateRow("unread", report.unread, Tone.OPEN, "objects that could not be read"),
        StateRow("other runs", report.other_runs, others, "events of other clickgen runs"),
        StateRow("foreign", report.foreign, others, _foreign(report)),
    ):
        if row.number:
            yield row


class LatencyRow(NamedTuple):
    """How long it took from a beginning (due, sent, accepted) to landed; the figures as people read them."""

    since: str
    figures: tuple[tuple[str, str], ...]


def latency_rows(report: DeliveryReport) -> Iterator[LatencyRow]:
    """p50, p90, p99, p99.9 and max from each beginning that is known."""
    for since, seconds in report.latency_seconds().items():
        yield LatencyRow(since, tuple((name, latency(value)) for name, value in seconds.items()))


def throughput_words(report: DeliveryReport) -> str | None:
    """How many landed a second, and for how long; None if all landed at once, or if it is not known when."""
    rate = report.latencies.throughput()
    if rate is None:
        return None
    landed = report.latencies.landed
    return f"{measured(rate)}/s as delivered, for {duration(max(landed) - min(landed))} from first to last landing"


def dropped_words(report: DeliveryReport, *, brief: bool = False) -> str:
    """Why a place did not keep what it dropped."""
    if report.dropped_planted == report.dropped:
        return "malformed on purpose"
    overwritten = "overwritten" if brief else "overwritten: other events have their keys"
    both = "overwritten or malformed on purpose"
    return both if report.dropped_planted else overwritten


def _failed(report: DeliveryReport) -> tuple[Tone, str]:
    where = "in the stream's error output"
    if report.failed_planted:
        where += f", {count(report.failed_planted)} of them malformed on purpose"
    return Tone.BAD if report.failed > report.failed_planted else Tone.INFORMS, where


def _foreign(report: DeliveryReport) -> str:
    """What the foreign pieces are: what another run damaged on purpose has no readable id any more."""
    if not report.damaging_runs:
        return "without an id of clickgen"
    first, more = report.damaging_runs[0], len(report.damaging_runs) - 1
    others = f" and {count(more)} more" if more else ""
    return f"no id of clickgen; run {first}{others} damaged some on purpose"


def _missing(report: DeliveryReport) -> str:
    """What the missing events are: some may be there, though not whole."""
    if not report.damaged:
        return "accepted, not found, and overdue"
    if report.damaged == report.missing:
        return "accepted, and there only as damaged bytes"
    return f"accepted, not found, and overdue; {count(report.damaged)} are there as damaged bytes"


def _explained_by(report: DeliveryReport) -> str:
    planted = report.planted is not None and report.planted.duplicates
    return "planted duplicates and repeated attempts" if planted else "repeated attempts"


def shortfall_words(shortfall: Shortfall, account: Account | None = None) -> str:
    """What keeps a run from being a success whatever has arrived; with what was left, if an account is given."""
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
    """The commands that may improve a verdict: looking again, and resuming the run.

    place: the name of the place on the command line.
    """
    again = report.pending or report.unread or report.shortfall in (Shortfall.RUNNING, Shortfall.OUTDATED)
    if again and report.verdict is Verdict.INCOMPLETE and not report.unreadable:
        yield f"clickgen verify {place} delivery {report.run} --wait 10m"
    yield from going_on(report.shortfall, report.resume, report.account)


def going_on(shortfall: Shortfall | None, resume: str | None, account: Account | None = None) -> Iterator[str]:
    """How to go on with a run that has something left. resume: the command, or None if it cannot be resumed."""
    if shortfall is Shortfall.NOTHING_ACCEPTED and resume and account and not account.unsent:
        # nothing was left out, so only what was refused or not answered can be sent again
        again = [f" --{name}" for name in ("rejected", "unknown") if getattr(account, name)]
        resume += "".join(again)
    if shortfall in (Shortfall.CRASHED, Shortfall.FAILED, Shortfall.NOTHING_ACCEPTED):
        yield resume or "the rest of the run came from a pipe, so it cannot be resumed: send it again"


def _left(account: Account | None) -> str:
    """What of the plan was not settled when the run ended."""
    if account is None:
        return ""
    parts = [f"{count(number)} {name}" for name in ("unsent", "unknown") if (number := getattr(account, name))]
    return f", {' and '.join(parts)}" if parts else ""
