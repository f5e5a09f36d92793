"""A verification in words, for whatever shows it: the headline, the states with their counts, the latencies."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from clickgen.model.amounts import count, counted, duration, latency, measured
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.view.shortfall import shortfall_words


class Tone(Enum):
    """bad: it spoils the verdict. open: something may still come. informs: neither."""

    BAD = "bad"
    OPEN = "open"
    INFORMS = "informs"


class StateRow(NamedTuple):
    """A state, how many events are in it, and what it means."""

    name: str
    number: int
    tone: Tone
    meaning: str


def headline_words(report: DeliveryReport, *, exclusive: bool) -> str:
    """Why the verdict is what it is, in one line without the verdict itself."""
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
    """What is delivered and missing always, the rest where there is any."""
    others = Tone.BAD if exclusive else Tone.INFORMS
    accepted = f"of {count(report.account.accepted)} accepted"
    yield StateRow("delivered", report.delivered, Tone.INFORMS, accepted)
    lost = Tone.BAD if report.missing else Tone.INFORMS
    yield StateRow("missing", report.missing, lost, "accepted, not found, and overdue")
    for row in (
        StateRow("pending", report.pending, Tone.OPEN, "accepted, not found yet: not lost"),
        StateRow("failed", report.failed, *_failed(report)),
        StateRow("also failed", report.also_failed, Tone.INFORMS, "found, and in the stream's error output too"),
        StateRow("dropped", report.dropped, Tone.INFORMS, f"accepted and not kept: {dropped_words(report)}"),
        StateRow("recovered", report.recovered, Tone.INFORMS, "unknown or rejected, yet found"),
        StateRow(
            "duplicates",
            report.explained,
            Tone.INFORMS,
            f"copies explained by {_explained_by(report)}",
        ),
        StateRow("unexplained duplicates", report.unexplained, Tone.BAD, "extra copies that no attempt explains"),
        StateRow(
            "conflicting", report.conflicting, Tone.BAD, "an id of this run with other content, or never sent"
        ),
        StateRow("corrupt", report.corrupt, Tone.BAD, "bytes that are no event any more"),
        StateRow("truncated", report.truncated, Tone.BAD, "events cut off"),
        StateRow("unread", report.unread, Tone.OPEN, "objects that could not be read"),
        StateRow("other runs", report.other_runs, others, "events of other clickgen runs"),
        StateRow("foreign", report.foreign, others, "without an id of clickgen"),
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
    """How many landed a second, and over how long; None where all landed at once or nobody knows when."""
    rate = report.latencies.throughput()
    if rate is None:
        return None
    landed = report.latencies.landed
    return f"{measured(rate)}/s as delivered, for {duration(max(landed) - min(landed))} from first to last landing"


def dropped_words(report: DeliveryReport, *, brief: bool = False) -> str:
    """Why a place does not keep what it dropped."""
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


def _explained_by(report: DeliveryReport) -> str:
    planted = report.planted is not None and report.planted.duplicates
    return "planted duplicates and repeated attempts" if planted else "repeated attempts"
