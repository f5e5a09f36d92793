"""What the run and its workers say to each other: all of it can cross to another process or machine."""

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from clickgen.deliver.allowance import Allowance
from clickgen.deliver.sender_context import Patience, RejectedRecord, SendCounts
from clickgen.deliver.timings import Durations
from clickgen.model.errors import ClickgenError
from clickgen.model.outcome import Outcome
from clickgen.model.stretches import Stretch
from clickgen.traffic.replay import Skipped


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one worker is to do: its lanes with the number each begins at, and where the run's folder is.

    wanted: for each lane of a resumed run what is to be sent of it; None is everything.
    most_billed: billed bytes that the worker may cause, None for no bound. patience: when its senders give up.
    senders: calls that may be under way at once.
    """

    folder: Path
    lanes: dict[int, int]
    wanted: dict[int, list[Stretch]] | None = None
    most_billed: int | None = None
    patience: Patience = field(default_factory=Patience)
    senders: int = 8


@dataclass(frozen=True, slots=True)
class Start:
    """Second 0 of the schedule: on the machine's monotonic clock, and as the events date it."""

    at: float
    start_ms: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What the run allows: for each lane the number up to which it is leased, and when to stop.

    stop_at: no event due after this second may leave. abandon: make no further attempt. allowance: the worker's
    share of what may be sent while the stream throttles; None is no bound.
    """

    upto: dict[int, int] = field(default_factory=dict)
    stop_at: float = math.inf
    abandon: bool = False
    allowance: Allowance | None = None


@dataclass(slots=True)
class WorkerReport:
    """What a worker has to say since its last report; `tally` and `billed` count from its start.

    prepared: for each lane the number up to which it could be leased now. read: for each lane the number of
    events read or made so far. course: events accepted by the second that they count for. ended: lanes whose
    source has ended, with their number of events. durations: of what was sent and answered. first_due: when
    the first event that left was due. answered: when the service last answered; None where it never did.
    backlog_s: how long ago the oldest event without an outcome was due. done: everything allowed has its outcome
    and nothing more will come. waiting_for: what cannot go on without the user, in words.
    """

    outcomes: list[Outcome]
    prepared: dict[int, int]
    read: dict[int, int]
    ended: dict[int, int]
    tally: SendCounts
    billed: int
    durations: Durations
    course: Counter[int]
    rejected: list[RejectedRecord]
    skipped: list[Skipped]
    out_of_order: int
    without_time: int
    first_due: float | None
    answered: float | None
    backlog_s: float
    done: bool
    budget_exhausted: bool
    problem: ClickgenError | None
    waiting_for: str | None = None
