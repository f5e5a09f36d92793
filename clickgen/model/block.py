"""Blocks: runs of consecutive events of a lane as bytes. What travels on the line, never one object an event."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Events `first`, `first + 1`, … of `lane`.

    data: the events joined, each ended by one newline.
    offsets: n + 1 positions in `data`; event i is data[offsets[i]:offsets[i + 1]], newline included.
    due: n seconds since the start of the run, never falling.
    """

    lane: int
    first: int
    data: bytes | bytearray
    offsets: NDArray[np.int64]
    due: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.due)

    @property
    def end(self) -> int:
        """The number after the last event's."""
        return self.first + len(self.due)

    def event(self, index: int) -> bytes:
        """Event `index` of the block, without its newline."""
        return bytes(self.data[self.offsets[index] : self.offsets[index + 1] - 1])


class LaneSource(Protocol):
    """The events of one lane, in order, from wherever they come."""

    def next_block(self) -> Block | None:
        """The next events (at least one, usually up to a few thousand), or None at the end of the lane."""
