"""How a run went, second by second: lines in its folder, which a report draws."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from clickgen.ledger.folder import private
from clickgen.model.histogram import Histogram
from clickgen.pace.clock import Clock
from clickgen.run.events import Figures, Finished, Progressed, RunEvent, Started

EVERY_S = 1.0
ON_TIME_S = 2.0  # from due to answered; it leaves a second to fill a batch, and one to be answered
FINE_S = (
    3600.0  # from then on a line in each 3,600th of the time gone by: a day has 15,000 of them, a month 27,000
)


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a run was at a time; counts are since the beginning of the session, times in seconds."""

    session: int  # when the session began, Unix time in milliseconds; a resumed run has several
    at_ms: int  # now, Unix time in milliseconds
    elapsed: float  # since second 0, before which it is negative
    expected: int | None  # events due by now; None if that is not known ahead
    released: int
    accepted: int
    rejected: int
    unknown: int
    attempts: int
    retried: int  # records that were sent again
    throttled: int  # records that were to come back later
    behind: float  # how long ago the oldest event without an outcome was due
    lag_p50: float  # over the session so far
    lag_p99: float
    latency_p50: float | None  # of what was answered since the line before; None if nothing was
    latency_p99: float | None
    # seconds of the schedule with the events that were accepted since the line before and count for them; None in
    # the lines of earlier versions
    course: list[tuple[int, int]] | None = None
    answer_p50: float | None = None  # of the service's own answers since the line before
    answer_p99: float | None = None


class Timeline:
    """Writes how far a run is, a line a second. If it cannot write, it stops; the run does not."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._session: int | None = None
        self._due = 0.0
        self._latencies, self._answers = Histogram(), Histogram()  # as they were at the line before
        self._counted: Mapping[int, int] = {}
        self._course: Counter[int] = Counter()
        self._descriptor: int | None = None

    def start(self) -> None:
        """Open the file; a line that an earlier session left cut is ended first."""
        try:
            cut = self._file.exists() and not self._file.read_bytes().endswith(b"\n")
            self._descriptor = os.open(private(self._file), os.O_WRONLY | os.O_APPEND)
            if cut:
                os.write(self._descriptor, b"\n")
        except OSError:
            self.close()

    def handle(self, event: RunEvent) -> None:
        """Write a line, if one is due."""
        match event:
            case Started():
                self._session = self._clock.wall_ms()
            case Progressed(figures=figures):
                self._collect(figures)
                if figures.elapsed >= self._due:
                    self._due = figures.elapsed + _spacing(figures)
                    self._write(figures)
            case Finished(figures=figures):
                self._collect(figures)
                self._write(figures)
            case _:
                pass  # a notice for people

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _collect(self, figures: Figures) -> None:
        """Keep for the next line what was accepted meanwhile; seconds are joined where lines lie far apart."""
        width = int(_spacing(figures))
        for second, events in figures.course.items():
            if fresh := events - self._counted.get(second, 0):
                self._course[second - second % width] += fresh
        self._counted = figures.course

    def _write(self, figures: Figures) -> None:
        if self._descriptor is None or self._session is None:
            return
        latencies = figures.latencies.since(self._latencies)
        answers = figures.answers.since(self._answers)
        self._latencies, self._answers = figures.latencies, figures.answers
        course = sorted(self._course.items())
        moment = _moment(figures, latencies, answers, self._session, self._clock.wall_ms(), course)
        self._course.clear()
        line = orjson.dumps(asdict(moment), option=orjson.OPT_APPEND_NEWLINE)
        try:
            os.write(self._descriptor, line)
        except OSError:  # a full disk: the ledger, which the run needs, will say so
            self.close()


def read_timeline(file: Path) -> list[Moment]:
    """The lines of a timeline in order; none if there is no file. A cut or damaged line is left out."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return []
    return list(_moments(lines))


def _moments(lines: list[bytes]) -> Iterator[Moment]:
    for line in lines:
        try:
            yield Moment(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            continue


def _spacing(figures: Figures) -> float:
    """Seconds from a line to the next."""
    return max(EVERY_S, figures.elapsed * EVERY_S / FINE_S)


def _moment(
    figures: Figures,
    latencies: Histogram,
    answers: Histogram,
    session: int,
    at_ms: int,
    course: list[tuple[int, int]],
) -> Moment:
    tally = figures.tally
    return Moment(
        session=session,
        at_ms=at_ms,
        elapsed=round(figures.elapsed, 3),
        expected=figures.expected,
        released=tally.released,
        accepted=figures.accepted,
        rejected=figures.rejected,
        unknown=figures.unknown,
        attempts=tally.attempts,
        retried=tally.retried,
        throttled=tally.throttled,
        behind=round(figures.backlog, 3),
        lag_p50=round(figures.lag.p50, 6),
        lag_p99=round(figures.lag.p99, 6),
        latency_p50=_quantile(latencies, 0.5),
        latency_p99=_quantile(latencies, 0.99),
        course=course,
        answer_p50=_quantile(answers, 0.5),
        answer_p99=_quantile(answers, 0.99),
    )


def _quantile(durations: Histogram, share: float) -> float | None:
    return round(durations.quantile(share), 6) if durations.total else None


def seconds_of(now: NDArray[np.float64] | float, since_due: NDArray[np.float64]) -> Counter[int]:
    """How many of the events accepted at each `now` count for which second; second 0 ends at 1.0, inclusive.

    since_due: how long ago each was due. One that is answered within `ON_TIME_S` counts for the second that it was
    due in, so that a schedule that is kept shows as it is. A later one counts for the second of its answer.
    """
    if not len(since_due):
        return Counter()
    at = np.where(since_due <= ON_TIME_S, now - since_due, now)
    # a microsecond for what subtracting has rounded
    seconds = np.maximum(np.ceil(at - 1e-6) - 1, 0).astype(np.int64)
    first = int(seconds.min())
    counts = np.bincount(seconds - first)
    return Counter({first + second: int(counts[second]) for second in np.flatnonzero(counts).tolist()})
