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
from clickgen.model.skipped import Skipped
from clickgen.model.stretches import Stretch


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one worker is to do."""

    folder: Path  # the run's
    lanes: dict[int, int]  # its lanes with the number that each begins at
    wanted: dict[int, list[Stretch]] | None = None  # what of each lane of a resumed run is to be sent; None is all
    most_billed: int | None = None  # billed bytes that it may cause; None is no bound
    patience: Patience = field(default_factory=Patience)  # when its senders give up


@dataclass(frozen=True, slots=True)
class Start:
    """Second 0 of the schedule: on the machine's monotonic clock, and as the events date it."""

    at: float
    start_ms: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What the run allows a worker."""

    upto: dict[int, int] = field(default_factory=dict)  # for each lane the number up to which it is leased
    stop_at: float = math.inf  # no event that is due after this second may leave
    abandon: bool = False  # make no further attempt
    allowance: Allowance | None = None  # its share of what may be sent while the stream throttles


@dataclass(slots=True)
class WorkerReport:
    """What a worker has to say since its last report; `tally` and `billed` count from its start."""

    outcomes: list[Outcome]
    prepared: dict[int, int]  # for each lane the number up to which it could be leased now
    read: dict[int, int]  # for each lane how many events were read or made so far
    ended: dict[int, int]  # the lanes whose source has ended, with their number of events
    tally: SendCounts
    billed: int  # billed bytes
    durations: Durations  # of what was sent and answered
    course: Counter[int]  # events accepted by the second that they count for
    rejected: list[RejectedRecord]
    skipped: list[Skipped]
    out_of_order: int
    without_time: int
    first_due: float | None  # when the first event that left was due
    answered: float | None  # when the service last answered; None if it never did
    backlog_s: float  # how long ago the oldest event without an outcome was due
    done: bool  # everything allowed has its outcome and nothing more will come
    budget_exhausted: bool
    problem: ClickgenError | None  # why its lanes end
    waiting_for: str | None = None  # what cannot go on without the user, in words
