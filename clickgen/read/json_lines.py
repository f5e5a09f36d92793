"""The fast way through JSON of one object a line: many lines checked at once, and anything else read with care."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from clickgen.read.objects import JsonScanner
from clickgen.read.pieces import Fault, Piece


class Lines(NamedTuple):
    """Some lines that hold one JSON object each, from `{` to `}`, with nothing else in them."""

    data: bytes  # each ended by a newline
    values: Sequence[dict[str, Any]]  # what they parse to, in order


def read_lines(chunks: Iterable[bytes | Fault]) -> Iterator[Lines | list[Piece]]:
    """The objects in the bytes, as lines as far as they are that, else as the pieces that `scan` gives."""
    scanner = JsonScanner()
    begun = b""  # of a line
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield [*scanner.feed(begun), *scanner.fault(chunk)]
            begun = b""
            continue
        end = chunk.rfind(b"\n") + 1
        if not end and scanner.idle:
            begun += chunk
            if len(begun) > 2 * len(chunk):  # a long line: the scanner bounds what it keeps
                yield list(scanner.feed(begun))
                begun = b""
            continue
        lines = _checked(begun + chunk[:end]) if scanner.idle else None
        if lines is None:
            yield list(scanner.feed(begun + chunk))
            begun = b""
        else:
            scanner.skip(len(lines.data), len(lines.values))
            yield lines
            begun = chunk[end:]
    yield [*scanner.feed(begun), *scanner.end()]


def _checked(data: bytes) -> Lines | None:
    """The lines, if each of them is one object; None if one of them may not be.

    They are parsed as one array, with a number between them that the input cannot know: only if every line is a
    value of its own does it come back between every two.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not (data.startswith(b"{") and data.endswith(b"}\n")) or b"\r" in data:
        return None
    try:
        values = orjson.loads(b"[%b]" % data[:-1].replace(b"}\n{", _BETWEEN))
    except orjson.JSONDecodeError:
        return None
    # a line end that is not between two objects is white space within one, and then there are too few values
    count = data.count(b"\n")
    if len(values) != 2 * count - 1 or values[1::2].count(_MARK) != count - 1:
        return None
    return Lines(data, values[::2])


_MARK = secrets.randbits(50)
_BETWEEN = b"},%d,{" % _MARK
