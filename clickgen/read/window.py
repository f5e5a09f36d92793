"""The bytes a scanner holds, and the value that begins at a position among them."""

import json
import re
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from clickgen.read.pieces import MAX_OBJECT_BYTES

# An error of the decoder costs as much as all the text before it, so values are tried in growing pieces.
_FIRST_LOOK_BYTES = 2048
_LOOK_GROWTH = 8

# Numbers stay text: what they are does not matter here, and converting long ones takes time.
_decode_value = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode

_OPENER = re.compile(r"[{\[]")
_DEEP = 500  # openers that the decoder has passed at least when the nesting is too deep for it
LONGEST_TOKEN = 12  # an error this near to the end may only mean that the token has not arrived yet
_CUT_TOKEN = re.compile(
    r"-?|-I(nfinity)?|I(nfinity)?|N(aN?)?|t(r(ue?)?)?|f(a(l(se?)?)?)?|n(u(ll?)?)?|\.|[eE][+-]?|\\?u[0-9a-fA-F]{0,4}"
)


class Ending(Enum):
    """How a value ends."""

    COMPLETE = auto()
    BROKEN = auto()  # it is not JSON
    TOO_LONG = auto()
    OPEN = auto()  # the rest has not arrived yet


class Extent(NamedTuple):
    """How far a value goes."""

    ending: Ending
    at: int  # after a complete value, at the byte that is not JSON, or at the limit of length
    reason: str = ""


class ReadWindow:
    """Consecutive bytes of the input, the last ones if `final`."""

    __slots__ = ("data", "final")

    def __init__(self, data: bytes, *, final: bool) -> None:
        self.data = data
        self.final = final

    def extent(self, start: int) -> Extent:
        """How far the JSON value that begins at `start` goes. BROKEN at the end of a final window: cut off.

        The answer does not depend on how much of the input has arrived, unless it is OPEN.
        """
        size = _FIRST_LOOK_BYTES
        while True:
            stop = start + size
            arrived = stop >= len(self.data)
            extent = _extent(self.data[start:stop], final=self.final and arrived)
            if extent.ending is not Ending.OPEN or arrived:
                return Extent(extent.ending, start + extent.at, extent.reason)
            size *= _LOOK_GROWTH


def _extent(value: bytes, *, final: bool) -> Extent:
    # One character a byte: whether the bytes are UTF-8 is for the strict parser to judge.
    text = value.decode("latin-1")
    try:
        _, end = _decode_value(text)
    except json.JSONDecodeError as error:
        unterminated = error.msg.startswith("Unterminated string")
        at, reason = (len(text) if unterminated else error.pos), error.msg
        near_end = not unterminated and len(text) - at < LONGEST_TOKEN
        if not final and (near_end or (unterminated and at <= MAX_OBJECT_BYTES)):
            return Extent(Ending.OPEN, at)
    except RecursionError:
        at, reason = _deep_at(text), "nested too deeply"
    else:
        if end <= MAX_OBJECT_BYTES:
            return Extent(Ending.COMPLETE, end)
        at, reason = end, ""
    if at > MAX_OBJECT_BYTES:
        return Extent(Ending.TOO_LONG, MAX_OBJECT_BYTES, f"longer than {MAX_OBJECT_BYTES >> 20} MiB")
    return Extent(Ending.BROKEN, at, reason)


def is_cut_off(value: bytes) -> bool:
    """Whether the bytes are the beginning of a JSON value that more bytes could complete."""
    try:
        _decode_value(value.decode("latin-1"))
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated string"):
            return True
        rest = value[error.pos :].decode("latin-1")
        return _CUT_TOKEN.fullmatch(rest) is not None
    except RecursionError:
        return False
    return False


def _deep_at(text: str) -> int:
    """Where the nesting is deep; the decoder does not say where it gave up."""
    opener = next(islice(_OPENER.finditer(text), _DEEP - 1, None), None)
    return opener.start() if opener else 1
