"""An object's bytes as lines, in bounded memory, however long a line is."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clickgen.read.pieces import Fault

_LONGEST_LINE = 1 << 20


class Lines(NamedTuple):
    """Consecutive lines, without their line ends. offset: of the first byte, decompressed.

    ended: whether the last one is ended by a newline; where it is not, its rest may follow.
    """

    texts: list[bytes]
    offset: int
    ended: bool


def split_lines(chunks: Iterable[bytes | Fault], start: bytes) -> Iterator[Lines | Fault]:
    """Cut chunks into lines; a line over 1 MiB is cut before an event (one that begins with `start`).

    A Fault stands where it was: the line before it is given as it is.
    """
    carry = b""
    offset = 0
    for chunk in chunks:
        if isinstance(chunk, Fault):
            if carry:
                yield Lines([carry], offset, ended=False)
            offset += len(carry)
            carry = b""
            yield chunk
            continue
        data = carry + chunk
        ended = True
        cut = data.rfind(b"\n")
        if cut < 0:
            ended = False
            cut = _cut_long(data, start)
        if cut > 0 or ended:
            yield Lines(data[:cut].split(b"\n") if ended else [data[:cut]], offset, ended)
        cut += ended
        carry = data[cut:]
        offset += cut
    if carry:
        yield Lines([carry], offset, ended=False)


def _cut_long(data: bytes, start: bytes) -> int:
    """Where to cut an unfinished line: nowhere (0) while it is short, else before its last event."""
    if len(data) <= _LONGEST_LINE:
        return 0
    cut = data.rfind(start)
    return cut if cut > 0 else len(data) - len(start)


def split_joined(text: bytes, start: bytes) -> list[bytes]:
    """A line in which events may stand without a newline between them, cut before each that begins so."""
    before, *events = text.split(start)
    return ([before] if before else []) + [start + event for event in events]
