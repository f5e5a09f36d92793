"""What became of events: the sender's states, outcomes as ranges of numbers, and the account."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The sender's states; every event of a run is in exactly one, the first in this order over its attempts."""

    ACCEPTED = "accepted"  # the service gave a RecordId
    UNKNOWN = "unknown"  # attempted, no answer
    REJECTED = "rejected"  # refused for good after the retries
    UNSENT = "unsent"  # never attempted


class Lease(NamedTuple):
    """Events `first` up to, not including, `end` of a lane, which one worker may send."""

    lane: int
    first: int
    end: int


class Outcome(NamedTuple):
    """One state for the events `first` up to, not including, `end` of a lane."""

    lane: int
    first: int
    end: int
    state: State
    attempts: int  # how often they were put on the wire
    sent_ms: int  # Unix time of the last attempt, or 0
    answered_ms: int  # Unix time of its answer, or 0


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
