"""Planting disorder in a lane: in its facts before they are encoded, and in the bytes that they become."""

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.model.disorder import Disorder
from clickgen.schema.facts import Facts
from clickgen.traffic.disorder.damage import damaged
from clickgen.traffic.disorder.decisions import COPY_REACH, Decisions
from clickgen.traffic.disorder.drift import Drifting, seal_again
from clickgen.traffic.disorder.order import Order, ReorderWindow


class LaneDisorder:
    """The disorder of one lane. Windows go through `order` and then, encoded, through `plant`, each in turn.

    reach: after this many events, a lane that is read from the middle gives the same bytes as ever.
    """

    def __init__(self, disorder: Disorder, *, run: str, seed: int, lane: int, count: int | None) -> None:
        """count: how many events the lane has, or None if it is endless."""
        self._run = run
        self._decisions = Decisions(disorder, seed=seed, lane=lane, count=count)
        self._drifts = [Drifting(drift) for drift in disorder.drift]
        self._malformed, self._copied = disorder.malformed > 0, disorder.duplicate > 0
        self._order = Order(self._decisions)
        self._reorders = disorder.reorder > 0
        self._copies: dict[int, list[bytes]] = {}  # by the event that they follow
        self.reach = (COPY_REACH if self._copied else 0) + self._reorders

    def order(self, first: int, due: NDArray[np.float64], facts: Facts) -> ReorderWindow:
        """A window with neighbours swapped and times set back; an event may be held back for the next window."""
        window = ReorderWindow(first, due, facts)
        return self._order.window(window) if self._reorders else self._order.late(window)

    def rest(self) -> ReorderWindow | None:
        """The event that is held back when the lane ends."""
        return self._order.rest()

    def plant(self, block: Block) -> Block:
        """The encoded events with drift, damage and copies.

        Check digits fit the final event; a damaged one keeps those of the sound event.
        """
        if not len(block):
            return block
        data, offsets = self._drifted(block)
        numbers = np.arange(block.first, block.end)
        replaced = self._damaged(data, offsets, numbers) if self._malformed else {}
        behind = self._copies_behind(data, offsets, numbers, replaced) if self._copied else {}
        copies: NDArray[np.int64] | None = None
        if replaced or behind:
            data, offsets, copies = _rebuilt(data, offsets, replaced, behind)
        return Block(block.lane, block.first, data, offsets, block.due, copies)

    def _drifted(self, block: Block) -> tuple[bytes | bytearray, NDArray[np.int64]]:
        data, offsets, changed = block.data, block.offsets, len(block)
        for drift in self._drifts:
            begin = int(np.searchsorted(block.due, drift.at_s))
            if begin == len(block):
                continue
            changed = min(changed, begin)
            data, tail = drift.changed(data, offsets[begin:])
            offsets = np.concatenate([offsets[:begin], tail])
        if changed < len(block):
            data = bytearray(data)
            seal_again(data, offsets[changed:], self._run)
        return data, offsets

    def _damaged(
        self, data: bytes | bytearray, offsets: NDArray[np.int64], numbers: NDArray[np.int64]
    ) -> dict[int, bytes]:
        """The damaged events, by their position, with their newlines."""
        positions = np.flatnonzero(self._decisions.malformed(numbers))
        bits = self._decisions.damage_bits(numbers[positions])
        return {
            position: damaged(bytes(data[offsets[position] : offsets[position + 1] - 1]), how) + b"\n"
            for position, how in zip(positions.tolist(), bits.tolist(), strict=True)
        }

    def _copies_behind(
        self,
        data: bytes | bytearray,
        offsets: NDArray[np.int64],
        numbers: NDArray[np.int64],
        replaced: dict[int, bytes],
    ) -> dict[int, list[bytes]]:
        """The copies that follow these events, by their position; copies for later events are kept until then."""
        carriers = self._decisions.carriers(numbers)
        for position in np.flatnonzero(carriers >= 0).tolist():
            event = replaced.get(position) or bytes(data[offsets[position] : offsets[position + 1]])
            self._copies.setdefault(int(carriers[position]), []).append(event)
        first, end = int(numbers[0]), int(numbers[-1]) + 1
        due = sorted(carrier for carrier in self._copies if carrier < end)
        return {carrier - first: self._copies.pop(carrier) for carrier in due}


def _rebuilt(
    data: bytes | bytearray,
    offsets: NDArray[np.int64],
    replaced: dict[int, bytes],
    behind: dict[int, list[bytes]],
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64] | None]:
    """Data, offsets and the positions of copies, with events replaced and copies put after them."""
    pieces: list[bytes | bytearray] = []
    growth = np.zeros(len(offsets), dtype=np.int64)
    copies: list[int] = []
    done, size = 0, 0
    for position in sorted({*replaced, *behind}):
        begin, end = int(offsets[position]), int(offsets[position + 1])
        event = replaced.get(position)
        if event is None:
            event = bytes(data[begin:end])
        added = behind.get(position, [])
        pieces += (data[done:begin], event, *added)
        size += begin - done + len(event)
        for copy in added:
            copies.append(size)
            size += len(copy)
        growth[position + 1] = len(event) + sum(map(len, added)) - (end - begin)
        done = end
    pieces.append(data[done:])
    found = np.array(copies, dtype=np.int64) if copies else None
    return b"".join(pieces), offsets + np.cumsum(growth), found
