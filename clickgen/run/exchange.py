"""What the run and its workers say to each other: all of it can cross to another process or machine."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from clickgen.deliver.delivery import RejectedRecord, Tally
from clickgen.model.errors import ClickgenError
from clickgen.model.histogram import Histogram
from clickgen.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one worker is to do: its lanes with the number each begins at, and where the run's folder is.

    most_billed: billed bytes that the worker may cause, None for no bound. give_up_after_s: how long the
    endpoint may be out of reach. senders: calls that may be under way at once.
    """

    folder: Path
    lanes: dict[int, int]
    most_billed: int | None = None
    give_up_after_s: float = 30.0
    senders: int = 8


@dataclass(frozen=True, slots=True)
class Start:
    """Second 0 of the schedule: on the machine's monotonic clock, and as the events tell it."""

    at: float
    start_ms: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What the run allows: for each lane the number up to which it is leased, and when to stop.

    stop_at: no event due after this second may leave. abandon: make no further attempt.
    """

    upto: dict[int, int] = field(default_factory=dict)
    stop_at: float = math.inf
    abandon: bool = False


@dataclass(slots=True)
class SkippedPiece:
    """A piece of a recorded file that is no JSON object."""

    file: str
    line: int
    reason: str
    excerpt: str


@dataclass(slots=True)
class Report:
    """What a worker has to say since its last report; `tally` and `billed` count from its start.

    prepared: for each lane the number up to which it could be leased now. read: for each lane the number of
    events read or made so far. ended: lanes whose source has ended, with their number of events. last_due: when
    the last event that left was due. backlog_s: how long ago the oldest event without an
    outcome was due. done: everything allowed
    has its outcome and nothing more will come.
    """

    outcomes: list[Outcome]
    prepared: dict[int, int]
    read: dict[int, int]
    ended: dict[int, int]
    tally: Tally
    billed: int
    lag: Histogram
    latency: Histogram
    rejected: list[RejectedRecord]
    skipped: list[SkippedPiece]
    out_of_order: int
    without_time: int
    last_due: float
    backlog_s: float
    done: bool
    budget_exhausted: bool
    problem: ClickgenError | None
