"""JSON objects in a text that may have a line for each, or nothing at all between them.

Firehose puts records into an object as they are: they are lines if the producer ends each with a line break, and
`{…}{…}` if it does not. A torn record is followed by a whole one, which must not be lost with it.
"""

import json
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_MOST_CHARACTERS = 1 << 20
"""No record of Firehose's is longer; what is and does not end is torn."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Piece:
    """A JSON object, or text that is not one."""

    text: str
    value: dict[str, Any] | None  # or None if the text is not a JSON object


def pieces(chunks: Iterable[str]) -> Iterator[Piece]:
    """Everything in a text that is read chunk by chunk; only as much as one record is held at a time."""
    rest = ""
    for chunk in chunks:
        rest = yield from _pieces_of(rest + chunk, more=True)
    yield from _pieces_of(rest, more=False)


def _pieces_of(text: str, *, more: bool) -> Generator[Piece, None, str]:
    """more: whether the text goes on. Returns the end of it that may belong to what follows."""
    position = 0
    while (position := _SPACE.match(text, position).end()) < len(text):  # type: ignore[union-attr]  # it always matches
        value, end = _object_at(text, position)
        if value is None:
            line_end = text.find("\n", position)
            if line_end < 0 and more and len(text) - position <= _MOST_CHARACTERS:
                return text[position:]
            end = _next_object(text, position + 1, len(text) if line_end < 0 else line_end)
        yield Piece(text[position:end].rstrip(), value)
        position = end
    return ""


def _object_at(text: str, position: int) -> tuple[dict[str, Any] | None, int]:
    if text[position] != "{":
        return None, position
    try:
        return _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        return None, position


def _next_object(text: str, start: int, end: int) -> int:
    """Where the next whole object of a line begins behind a torn one; the end of the line if there is none."""
    position = text.find('{"', start, end)
    while position >= 0:
        if _object_at(text, position)[0] is not None:
            return position
        position = text.find('{"', position + 1, end)
    return end
