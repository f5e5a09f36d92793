"""The fast way through JSON of one object a line: many lines are checked at once."""

import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from clickgen.read.by_lines import Lines, by_lines
from clickgen.read.objects import JsonScanner
from clickgen.read.pieces import Fault, Piece

_NEWLINE, _BLANK, _QUOTE, _OPEN_BRACE, _CLOSE_BRACE = b'\n "{}'


def read_lines(chunks: Iterable[bytes | Fault], absent: str) -> Iterator[Lines | list[Piece]]:
    """The objects in the bytes, as lines as far as they are that, else as the pieces that `scan` gives.

    absent: the name of a member that no object of Lines has.
    """
    return by_lines(chunks, JsonScanner(), LineCheck(absent).lines)


class LineCheck:
    """Says whether bytes are Lines, without making objects of what they hold."""

    def __init__(self, absent: str) -> None:
        import msgspec  # noqa: PLC0415  # 10 ms that few runs have a use for

        # whatever the member that must be absent holds, it is not this word, and then decoding fails
        word = secrets.token_hex(16)
        fields = [("absent", Literal[word], word)]
        event = msgspec.defstruct("Event", fields, rename={"absent": absent}, gc=False)
        self._decoder = LineDecoder(event)

    def lines(self, data: bytes) -> Lines | None:
        """The lines, if each of them is one object; None if one of them may not be."""
        found = self._decoder.decode(data)
        return None if found is None else found[0]


class LineDecoder:
    """Makes structs of lines that hold one object each. event: the type, a struct of msgspec."""

    def __init__(self, event: Any) -> None:
        import msgspec  # noqa: PLC0415  # 10 ms that few runs have a use for

        self._decode = msgspec.json.Decoder(event).decode_lines
        self._refused = (msgspec.DecodeError, RecursionError)

    def decode(self, data: bytes) -> tuple[Lines, list[Any]] | None:
        """The lines and their structs, if each line is one object; None if one of them may not be."""
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
            if b"\r" in data:
                return None
        letters = np.frombuffer(data, dtype=np.uint8)
        newlines = np.flatnonzero(letters == _NEWLINE)
        if not len(newlines) or not _from_brace_to_brace(letters, newlines):
            return None
        try:
            # the decoder passes over what it does not keep without looking whether it is UTF-8
            if not data.isascii():
                data.decode()
            found = self._decode(data)
        except (*self._refused, UnicodeDecodeError):
            return None
        # no object goes on behind `}`, a line end and `{`, so that each line holds at least one
        return (Lines(data, newlines), found) if len(found) == len(newlines) else None


def _from_brace_to_brace(letters: NDArray[np.uint8], newlines: NDArray[np.int64]) -> bool:
    """Whether each line begins with the begin of an object that has a member, and ends with an object's end."""
    starts = np.concatenate(([0], newlines[:-1] + 1))
    if newlines[-1] != len(letters) - 1 or newlines[0] == 0 or np.any(letters[newlines - 1] != _CLOSE_BRACE):
        return False
    if np.any(letters[starts] != _OPEN_BRACE):
        return False
    following = letters[starts + 1]
    if np.any(following == _BLANK):  # some writers put one blank there
        following = np.where(following == _BLANK, letters[np.minimum(starts + 2, newlines)], following)
    return bool(np.all(following == _QUOTE))
