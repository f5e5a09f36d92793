"""Text in UTF-16 or UTF-32, as some tools write JSON, turned into UTF-8."""

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from clickgen.read.pieces import BadKind, Fault

_ENOUGH_BYTES = 8
# Byte order marks (Unicode 15, section 23.8); without one, an object's or an array's first two characters.
_BEGINNINGS = {
    "utf-32-le": re.compile(rb"\xff\xfe\0\0|[{\[]\0\0\0[^\0]\0\0\0", re.DOTALL),
    "utf-32-be": re.compile(rb"\0\0\xfe\xff|\0\0\0[{\[]\0\0\0[^\0]", re.DOTALL),
    "utf-16-le": re.compile(rb"\xff\xfe|[{\[]\0[^\0]\0", re.DOTALL),
    "utf-16-be": re.compile(rb"\xfe\xff|\0[{\[]\0[^\0]", re.DOTALL),
}
_MAY_BEGIN = b"\xff\xfe\0{["


def as_utf8(chunks: Iterator[bytes | Fault]) -> Iterator[bytes | Fault]:
    """The chunks, converted to UTF-8 if they begin as UTF-16 or UTF-32; else as they are.

    A character that is cut off at the end is a Fault (truncated); one that is damaged becomes U+FFFD. A Fault
    among the chunks stays where it is.
    """
    first = b""
    waiting: list[bytes | Fault] = []
    for chunk in chunks:
        if isinstance(chunk, Fault):
            waiting.append(chunk)
            break
        first += chunk
        if first and not _undecided(first):
            break
    whole = chain([first] if first else [], waiting, chunks)
    encoding = next((name for name, begins in _BEGINNINGS.items() if begins.match(first)), None)
    yield from whole if encoding is None else _converted(whole, encoding)


def _undecided(first: bytes) -> bool:
    """Whether more bytes are needed to say what they are; a pipe is waited for as little as possible."""
    if first[0] not in _MAY_BEGIN or len(first) >= _ENOUGH_BYTES:
        return False
    return len(first) < 2 or first[0] not in b"{[" or first[1] == 0  # `{"` is UTF-8


def _converted(chunks: Iterator[bytes | Fault], encoding: str) -> Iterator[bytes | Fault]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        if isinstance(chunk, Fault):
            decoder.reset()
            yield chunk
        elif text := decoder.decode(chunk):
            yield text.encode()
    if decoder.getstate()[0]:
        yield Fault(BadKind.TRUNCATED, f"the last character is cut off (the text is {encoding.upper()})")
