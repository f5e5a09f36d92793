"""Choosing from a lane's blocks what a resumed run still has to send."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clickgen.model.block import Block
from clickgen.model.stretches import Stretch, within


class Selection:
    """Cuts blocks down to the wanted events, and closes the gaps in time that the others leave.

    The first wanted event is due at second 0; an event after a gap is due with the one before the gap. The events'
    own times and bytes stay as they are.
    """

    def __init__(self, wanted: Sequence[Stretch]) -> None:
        self._wanted = wanted
        self._expected = -1
        self._due = 0.0
        self._shift = 0.0

    def exhausted(self, number: int) -> bool:
        """Whether nothing from `number` on is wanted."""
        return not self._wanted or self._wanted[-1][1] <= number

    def pieces(self, block: Block) -> list[Block]:
        """The wanted parts of a lane's next block."""
        found = []
        for first, end in within(self._wanted, block.first, block.end):
            begin, stop = first - block.first, end - block.first
            due = block.due[begin:stop]
            if first != self._expected:
                self._shift = float(due[0]) - self._due
            due = np.maximum(due - self._shift, self._due)
            self._expected, self._due = end, float(due[-1])
            found.append(replace(block.part(begin, stop), due=due))
        return found
