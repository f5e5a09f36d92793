"""What a run knows of itself while it goes on: figures for the display, and the files of what went wrong."""

import math
from collections import Counter, deque
from pathlib import Path

import numpy as np
import orjson

from clickgen.cost.bill import packed_estimate
from clickgen.deliver.sender_context import RejectedRecord
from clickgen.deliver.timings import Durations
from clickgen.ledger.folder import RunFolder, explained, private
from clickgen.model.batch import SinkLimits
from clickgen.model.histogram import Histogram
from clickgen.model.outcome import State
from clickgen.model.skipped import Skipped
from clickgen.pace.schedule import Schedule
from clickgen.run.events import Figures
from clickgen.run.fleet import Fleet
from clickgen.run.linger import PackedLanes
from clickgen.run.messages import WorkerReport
from clickgen.run.targets.tariff import Tariff

HISTORY_S = 120
UNDER_WAY_S = 1.0  # answers that are on their way, or not reported yet, do not make a rate look lower


class RunTotals:
    """Sums up reports. The ledger, not this, says what happened to which event."""

    def __init__(
        self,
        folder: RunFolder,
        limits: SinkLimits,
        tariff: Tariff,
        *,
        planned: int | None,
        ending_lanes: int | None,
        schedule: Schedule | None,
        packed: PackedLanes | None,
    ) -> None:
        """Begin with nothing.

        planned: how many events there are to send; None if that is not known yet. ending_lanes: how many lanes
        show it when they end; None if they do not. schedule: None if due times are not known ahead. packed: None
        if only full calls leave.
        """
        self._folder = folder
        self._limits = limits
        self._tariff = tariff
        self._planned = planned
        self._ending_lanes = ending_lanes
        self._schedule = schedule
        self._packed = packed
        self._counts = dict.fromkeys(State, 0)
        self._durations = Durations(Histogram(), Histogram(), Histogram())
        self._course: Counter[int] = Counter()
        self._skipped = 0
        self._told: set[bytes] | None = None
        self._first_due = math.inf
        self._answered = -math.inf
        self._accepted_by: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=8 * HISTORY_S)

    def take(self, report: WorkerReport) -> None:
        """Take in a worker's report."""
        for outcome in report.outcomes:
            self._counts[outcome.state] += outcome.end - outcome.first
        self._first_due = min(self._first_due, math.inf if report.first_due is None else report.first_due)
        self._answered = max(self._answered, -math.inf if report.answered is None else report.answered)
        for so_far, new in zip(self._durations, report.durations, strict=True):
            so_far.merge(new)
        self._course += report.course
        if report.rejected:
            self._append(self._folder.rejected_file, [line for r in report.rejected for line in _told(r)])
        if report.skipped:
            self._take_skipped([_skipped(piece) for piece in report.skipped])

    def expect_repetition(self) -> None:
        """From here on a worker may report skipped pieces again: one that takes over reads from the start."""
        file = self._folder.skipped_file
        with explained(self._folder.path):
            self._told = set(file.read_bytes().splitlines(keepends=True)) if file.exists() else set()

    def _take_skipped(self, lines: list[bytes]) -> None:
        if self._told is not None:
            lines = [line for line in lines if line not in self._told]
            self._told.update(lines)
        self._skipped += len(lines)
        self._append(self._folder.skipped_file, lines)

    @property
    def unsent(self) -> int:
        """Events that were leased and given back unattempted."""
        return self._counts[State.UNSENT]

    def billed_at_most(self, accepted_bytes: int) -> int:
        """Billed bytes of an event that nothing is known of: a record of its own, of twice the usual size."""
        usual = accepted_bytes // max(1, self._counts[State.ACCEPTED])
        return self._limits.billed(max(1, 2 * usual))

    def figures(self, elapsed: float, fleet: Fleet, *, stopping: bool, ended: bool = False) -> Figures:
        """How far the run is. ended: no further answer will come."""
        tally = fleet.tally()
        reports = [member.last for member in fleet.members if member.last is not None]
        billed = sum(member.billed for member in fleet.members)
        accepted = self._counts[State.ACCEPTED]
        latencies = Histogram()
        latencies.merge(self._durations.latency)
        answers = Histogram()
        answers.merge(self._durations.answer)
        largest = max(self._limits.bill_unit, self._limits.pack_bytes)
        together = None if self._packed is None else self._packed.together(accepted, elapsed)
        packed = packed_estimate(accepted, tally.accepted_bytes, largest, together)
        expected = None if self._schedule is None else self._schedule.expected(max(0.0, elapsed))
        planned = self._planned_by(reports)
        if expected is not None and planned is not None:
            expected = min(expected, planned)
        self._course = Counter({s: n for s, n in self._course.items() if s >= elapsed - HISTORY_S})
        return Figures(
            elapsed=elapsed,
            planned=planned,
            expected=expected,
            accepted=accepted,
            rejected=self._counts[State.REJECTED],
            unknown=self._counts[State.UNKNOWN],
            tally=tally,
            lag=self._durations.lag.percentiles(),
            answer=self._durations.answer.percentiles(),
            latency=self._durations.latency.percentiles(),
            sending=self._sending(elapsed, ended=ended),
            backlog=max((r.backlog_s for r in reports), default=0.0),
            history=self._history(elapsed, accepted),
            cost_usd=self._tariff.usd(billed),
            cost_unpacked_usd=self._tariff.usd(tally.billed_alone),
            cost_packed_usd=self._tariff.usd(packed),
            stopping=stopping,
            skipped=self._skipped,
            out_of_order=sum(r.out_of_order for r in reports),
            without_time=sum(r.without_time for r in reports),
            latencies=latencies,
            answers=answers,
            course=dict(self._course),
        )

    def _planned_by(self, reports: list[WorkerReport]) -> int | None:
        """How many events there are to send, as far as these reports show."""
        if self._planned is not None or self._ending_lanes is None:
            return self._planned
        ended = {lane: count for report in reports for lane, count in report.ended.items()}
        return sum(ended.values()) if len(ended) == self._ending_lanes else None

    def _sending(self, elapsed: float, *, ended: bool) -> float:
        """Seconds from when the first event that left was due to the last answer.

        While the run goes on they grow though no answer comes, so that a rate falls while the stream stalls.
        """
        until = self._answered if ended else max(self._answered, elapsed - UNDER_WAY_S)
        return max(0.0, until - self._first_due)

    def _history(self, elapsed: float, accepted: int) -> tuple[int, ...]:
        """Events accepted in each past second, the latest last: the one that is going on would look slow."""
        if elapsed > self._accepted_by[-1][0]:
            self._accepted_by.append((elapsed, accepted))
        begin = math.ceil(self._accepted_by[0][0])
        seconds = np.arange(max(begin, int(elapsed) - HISTORY_S), int(elapsed) + 1)
        at, counts = np.array(self._accepted_by, dtype=np.float64).T
        return tuple(np.diff(np.interp(seconds, at, counts).round()).astype(int).tolist())

    def _append(self, path: Path, lines: list[bytes]) -> None:
        with explained(self._folder.path), private(path).open("ab") as file:
            file.write(b"".join(lines))


def _told(rejected: RejectedRecord) -> list[bytes]:
    """A line for each event of a rejected record."""
    events = rejected.data.removesuffix(b"\n").split(b"\n")
    return [
        orjson.dumps(
            {
                "lane": rejected.lane,
                "number": rejected.first + position,
                "code": rejected.code,
                "message": rejected.message,
                "attempts": rejected.attempts,
                "event": _as_it_was(event),
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for position, event in enumerate(events)
    ]


def _as_it_was(event: bytes) -> object:
    """An event as a part of a JSON document: itself if it is JSON, else its text."""
    try:
        orjson.loads(event)
    except orjson.JSONDecodeError:
        return event.decode("utf-8", "backslashreplace")
    return orjson.Fragment(event)


def _skipped(piece: Skipped) -> bytes:
    fields = {"file": piece.file, "line": piece.line, "reason": piece.reason, "text": piece.excerpt}
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
