"""Lines that are too short for an event, in stretches: an object may be made of nothing but millions of them."""

import numpy as np
from numpy.typing import NDArray

from clickgen.verify.proof.scan.lines import ScannedLines

_RETURN = ord("\r")  # which half of the world writes before a newline
_WORTH = 64  # so many are looked at one by one in no time


class BriefLines:
    """Of some lines of a block, which of them stand side by side and are empty, or too short for any event."""

    def __init__(self, lines: ScannedLines, chosen: NDArray[np.int64], longest: int) -> None:
        """chosen: positions of the lines, rising. longest: what is as long is not short any more; 0: none is."""
        self._worth = longest > 0 and len(chosen) > _WORTH
        if self._worth:
            lengths = (lines.ends - lines.starts)[chosen]
            apart = np.flatnonzero(np.diff(chosen) != 1) + 1
            first = np.frombuffer(lines.data, dtype=np.uint8)[
                np.minimum(lines.starts[chosen], len(lines.data) - 1)
            ]
            self._empty = _ends((lengths == 0) | ((lengths == 1) & (first == _RETURN)), apart)
            self._brief = _ends(lengths < longest, apart)

    def end(self, index: int, *, only_empty: bool) -> int:
        """The index among the chosen behind the stretch that begins at this one; the same where none does."""
        if not self._worth:
            return index
        return int((self._empty if only_empty else self._brief)[index])


def _ends(there: NDArray[np.bool_], apart: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each index, the first one behind it that is not there, or apart from the one before it."""
    stops = np.union1d(np.append(np.flatnonzero(~there), len(there)), apart)
    at = np.arange(len(there))
    ends: NDArray[np.int64] = stops[np.searchsorted(stops, at, side="right")]
    return np.where(there, ends, at)
