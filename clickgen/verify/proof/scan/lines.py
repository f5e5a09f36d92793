"""An object's bytes as lines, in bounded memory, however long a line is."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.read.pieces import Fault

_LONGEST_LINE = 1 << 20
_BLOCK_BYTES = 1 << 20  # worth a pass of numpy, and still little memory
_NEWLINE = ord("\n")
_WORD_BYTES = 8
_ONE, _LOWEST_BITS = np.uint64(1), np.uint64(0x0101010101010101)
_RETURN = ord("\r")  # which half of the world writes before a newline
_WORTH = 64  # so many are looked at one by one in no time


class ScannedLines(NamedTuple):
    """Consecutive lines."""

    data: bytes  # after the last line and its end there may be bytes that come again with the next lines
    starts: NDArray[np.int64]  # position of each line in `data`
    ends: NDArray[np.int64]  # and where it ends, without its line end
    offset: int  # of the first byte of `data` in the decompressed object
    ended: bool  # whether a newline ends the last line; if not, its rest may follow

    def text(self, position: int) -> bytes:
        return self.data[self.starts[position] : self.ends[position]]

    @property
    def size(self) -> int:
        """Bytes from the first line to the last, line ends included."""
        return int(self.ends[-1]) + self.ended


def split_lines(chunks: Iterable[bytes | Fault], start: bytes) -> Iterator[ScannedLines | Fault]:
    """Cut chunks into lines; a line over 1 MiB is cut before an event (one that begins with `start`).

    A Fault stays where it was: the line before it is given as it is.
    """
    waiting: list[bytes] = []  # the beginning of a line first, where there is one
    fresh = offset = 0
    for chunk in _ended_by_none(chunks):
        if isinstance(chunk, bytes):
            waiting.append(chunk)
            fresh += len(chunk)
            if fresh < _BLOCK_BYTES:
                continue
        data, fresh = b"".join(waiting), 0
        lines = _lines(data, offset, start)
        rest = data if lines is None else data[lines.size :]
        if lines is not None:
            yield lines
        offset += len(data) - len(rest)
        if not isinstance(chunk, bytes) and rest:
            yield _unended(rest, len(rest), offset)
            offset += len(rest)
            rest = b""
        waiting = [rest]
        if isinstance(chunk, Fault):
            yield chunk


def _ended_by_none(chunks: Iterable[bytes | Fault]) -> Iterator[bytes | Fault | None]:
    yield from chunks
    yield None


def _lines(data: bytes, offset: int, start: bytes) -> ScannedLines | None:
    """The complete lines, or what can be cut off one that is too long."""
    ends = _newlines(data)
    if len(ends):
        starts = np.empty_like(ends)
        starts[0] = 0
        np.add(ends[:-1], 1, out=starts[1:])
        return ScannedLines(data, starts, ends, offset, ended=True)
    if len(data) <= _LONGEST_LINE:
        return None
    cut = data.rfind(start)
    return _unended(data, cut if cut > 0 else len(data) - len(start), offset)


def _newlines(data: bytes) -> NDArray[np.int64]:
    """Where the newlines are: found word by word, which takes half as long as byte by byte."""
    there = np.frombuffer(data, dtype=np.uint8) == _NEWLINE
    whole = len(data) & -_WORD_BYTES
    words = there[:whole].view("<u8")
    at = np.flatnonzero(words != 0)
    below = words[at] - _ONE
    if (words[at] & below).any():
        return np.flatnonzero(there)  # two within a word
    within = (below & _LOWEST_BITS) * _LOWEST_BITS >> np.uint64(56)
    behind = np.flatnonzero(there[whole:]) + whole
    return np.concatenate([at * _WORD_BYTES + within.view(np.int64), behind])


def _unended(data: bytes, size: int, offset: int) -> ScannedLines:
    return ScannedLines(data, np.array([0]), np.array([size]), offset, ended=False)


def split_joined(text: bytes, offset: int, start: bytes) -> ScannedLines:
    """A line in which events may be without a newline between them, cut before each that begins with `start`."""
    starts = [match.start() for match in re.finditer(re.escape(start), text)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    return ScannedLines(text, np.array(starts), np.array([*starts[1:], len(text)]), offset, ended=False)


class BriefLines:
    """Which of some lines of a block are side by side and empty, or too short for any event.

    They are handled in stretches: an object may consist of millions of them.
    """

    def __init__(self, lines: ScannedLines, chosen: NDArray[np.int64], longest: int) -> None:
        """chosen: positions of the lines, in order. longest: lines below this length are short; 0: none is."""
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
        """The index among the chosen after the stretch that begins at this one; the same if none does."""
        if not self._worth:
            return index
        return int((self._empty if only_empty else self._brief)[index])


def _ends(there: NDArray[np.bool_], apart: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each index, the first later one that is not there, or that is apart from the one before it."""
    stops = np.union1d(np.append(np.flatnonzero(~there), len(there)), apart)
    at = np.arange(len(there))
    ends: NDArray[np.int64] = stops[np.searchsorted(stops, at, side="right")]
    return np.where(there, ends, at)
