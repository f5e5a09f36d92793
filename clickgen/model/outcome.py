"""What became of events: the sender's states, outcomes as ranges of numbers, and the account."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The sender's states; every event of a run is in exactly one.

    accepted: the service gave a RecordId. unknown: attempted, no answer. rejected: refused for good after
    the retries. unsent: never attempted. Over several attempts the earlier in this order wins.
    """

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    UNSENT = "unsent"


class Lease(NamedTuple):
    """Events `first` up to, not including, `end` of a lane, which one worker may send."""

    lane: int
    first: int
    end: int


class Outcome(NamedTuple):
    """One state for the events `first` up to, not including, `end` of a lane.

    attempts: how often they were put on the wire. sent_ms, answered_ms: Unix time in milliseconds of the
    last attempt and its answer (0 where there was none).
    """

    lane: int
    first: int
    end: int
    state: State
    attempts: int
    sent_ms: int
    answered_ms: int


@dataclass(frozen=True, slots=True)
class Account:
    """How many events of a run are in which state: planned = accepted + rejected + unknown + unsent."""

    planned: int
    accepted: int
    rejected: int
    unknown: int
    unsent: int

    @property
    def closed(self) -> bool:
        """Whether the states add up to what was planned."""
        return self.planned == self.accepted + self.rejected + self.unknown + self.unsent
