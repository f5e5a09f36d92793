"""Blocks: runs of consecutive events of a lane as bytes. What travels on the line, never one object an event."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Events `first`, `first + 1`, … of `lane`."""

    lane: int
    first: int
    data: bytes | bytearray  # the events joined, each ended by one newline
    offsets: NDArray[np.int64]  # n + 1 positions in `data`; event i is data[offsets[i]:offsets[i + 1]]
    due: NDArray[np.float64]  # n seconds since the start of the run, never falling
    copies: NDArray[np.int64] | None = None
    """Rising positions in `data` at which a planted copy of an earlier event begins. Copies follow an event,
    belong to its part of `data`, and end with one newline each."""
    breaks: NDArray[np.int64] | None = None  # rising positions of events that must begin a call

    def __len__(self) -> int:
        return len(self.due)

    @property
    def end(self) -> int:
        """The number after the last event's."""
        return self.first + len(self.due)

    def event(self, index: int) -> bytes:
        """Event `index` of the block, without its newline and without copies behind it."""
        begin, end = int(self.offsets[index]), int(self.offsets[index + 1])
        inside = self.copies_within(begin, end)
        return bytes(self.data[begin : (int(inside[0]) if len(inside) else end) - 1])

    def copies_within(self, begin: int, end: int) -> NDArray[np.int64]:
        """The positions of the copies from position `begin` of the data up to, not including, `end`."""
        if self.copies is None:
            return np.zeros(0, dtype=np.int64)
        return self.copies[np.searchsorted(self.copies, begin) : np.searchsorted(self.copies, end)]

    def part(self, begin: int, stop: int) -> Self:
        """Events `begin` up to, not including, `stop` of the block, with the copies behind them."""
        if begin == 0 and stop == len(self):
            return self
        offsets = self.offsets[begin : stop + 1]
        start, end = int(offsets[0]), int(offsets[-1])
        return type(self)(
            lane=self.lane,
            first=self.first + begin,
            data=bytes(memoryview(self.data)[start:end]),
            offsets=offsets - start,
            due=self.due[begin:stop],
            copies=None if self.copies is None else self.copies_within(start, end) - start,
            breaks=None if self.breaks is None else _within(self.breaks, begin, stop) - begin,
        )


def _within(positions: NDArray[np.int64], begin: int, stop: int) -> NDArray[np.int64]:
    return positions[np.searchsorted(positions, begin) : np.searchsorted(positions, stop)]


class LaneSource(Protocol):
    """The events of one lane, in order, from any source."""

    def next_block(self) -> Block | None:
        """The next events (at least one, usually up to a few thousand), or None at the end of the lane."""
