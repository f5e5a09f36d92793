"""Records and batches: what one call to a service carries, and what the service answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Consecutive events of one lane, cut into records, for one call."""

    lane: int
    first: int
    data: memoryview  # the events' bytes, newlines included
    record_offsets: list[int]  # r + 1 positions in `data`: where each record begins, and where the last ends
    record_events: list[int]
    """r + 1 event counts; record i holds events first + record_events[i] up to, not including,
    first + record_events[i + 1]: none if the record is a planted copy of an earlier event."""
    due: NDArray[np.float64]  # seconds since the start of the run, for each event
    close: float  # when the batch was to be handed off
    billed: int  # bytes that are billed for its records
    billed_alone: int  # bytes that would be billed if every event were a record of its own
    copies: Sequence[int] = ()  # positions in `data` at which a planted copy begins; it is one line

    def __len__(self) -> int:
        return len(self.record_offsets) - 1

    @property
    def events(self) -> int:
        return len(self.due)

    def record(self, index: int) -> bytes:
        return bytes(self.data[self.record_offsets[index] : self.record_offsets[index + 1]])

    def joined(self, records: Sequence[int] | None) -> memoryview:
        """The bytes of these records, or of all if None."""
        return self.data if records is None else memoryview(b"".join(map(self.record, records)))

    def own_events(self, index: int) -> bytes:
        """The bytes of one record without the copies in it."""
        begin, end = self.record_offsets[index], self.record_offsets[index + 1]
        record = self.record(index)
        for copy in reversed(self.copies):
            if begin <= copy < end:
                at = copy - begin
                record = record[:at] + record[record.index(b"\n", at) + 1 :]
        return record


class Refusal(StrEnum):
    """How a service refused, which determines whether to try again."""

    THROTTLED = "throttled"  # come back later, it is not an error
    TRANSIENT = "transient"  # a fault that may pass
    EXPIRED = "expired"  # the credentials are too old, fresh ones will do
    FINAL = "final"  # this record will never be accepted
    FATAL = "fatal"  # nothing will be accepted until somebody fixes the environment


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """One record of a call that was refused: its position in the call, and the service's words."""

    index: int
    kind: Refusal
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The service answered: every record of the call was accepted but those listed."""

    refused: Sequence[RefusedRecord] = ()
    overwritten: int = 0  # how many of the accepted events a later one of the same call has replaced
    unanswered: Sequence[int] = ()  # positions of records that left in a request of their own without an answer
    retry_after_s: float = 0.0  # how long the service wants to be left alone


@dataclass(frozen=True, slots=True)
class CallRefused:
    """The service refused the whole call; none of its records was accepted."""

    kind: Refusal
    code: str
    message: str
    hint: str | None = None
    retry_after_s: float = 0.0  # how long the service wants to be left alone


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The call left, and no answer came back: its records may or may not have been accepted.

    hint: what to do if an answer came that makes no sense, as every further one would; None if another attempt may
    help.
    """

    reason: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class NotReached:
    """No connection was made: nothing of the call left this machine."""

    reason: str
    hint: str | None = None


CallResult = Answer | CallRefused | NoAnswer | NotReached


@dataclass(frozen=True, slots=True)
class SinkLimits:
    """The largest call that a service accepts, and how its records are billed and packed."""

    records: int  # of a call
    record_bytes: int
    call_bytes: int  # as the service counts them
    bill_unit: int = 1  # bytes that a record is rounded up to when it is billed (1: not rounded)
    base64: bool = False  # a record counts towards `call_bytes` with its base64 length
    pack_bytes: int = 1  # how large a record with several events is made
    pack_events: int = 1  # the same
    packs: bool = False  # every record is made like that

    def encoded(self, size: int) -> int:
        """Bytes that a record of `size` bytes counts towards `call_bytes`."""
        return (size + 2) // 3 * 4 if self.base64 else size

    def billed(self, size: N) -> N:
        """Bytes that are billed for a record of `size` bytes, or for each of many."""
        return -(-size // self.bill_unit) * self.bill_unit
