"""Malformed events: bytes damaged in the ways in which producers do it."""

import re
from collections.abc import Callable

_NUMBER = re.compile(rb":(-?[0-9][0-9.eE+-]*)(?=[,}\]])")
_E_ACUTE = "é".encode("latin-1")


def damaged(event: bytes, bits: int) -> bytes:
    """An event, without its line end, as it is after damage: never as before, and never with a newline in it.

    bits: 64 random bits, which decide how and where. An event that cannot be damaged that way is cut off.
    """
    way, where = _WAYS[bits & 15], bits >> 4
    return way(event, where)


def _cut(event: bytes, where: int) -> bytes:
    """The end is gone: a buffer was too small, or a process died."""
    return event[: 1 + where % (len(event) - 1)]


def _without_quote(event: bytes, where: int) -> bytes:
    """A quote is gone: the text was put together by hand."""
    count = event.count(b'"')
    if not count:
        return _cut(event, where)
    rest = event.split(b'"', 1 + where % count)[-1]
    return event[: -len(rest) - 1] + rest


def _wrong_type(event: bytes, where: int) -> bytes:
    """A number is text: valid JSON that a typed reader refuses."""
    numbers = list(_NUMBER.finditer(event))
    if not numbers:
        return _cut(event, where)
    start, end = numbers[where % len(numbers)].span(1)
    return event[:start] + b'"' + event[start:end] + b'"' + event[end:]


def _wrong_encoding(event: bytes, where: int) -> bytes:
    """A letter of Latin-1 is in what should be UTF-8."""
    at = where % (len(event) + 1)
    return event[:at] + _E_ACUTE + event[at:]


def _empty(_event: bytes, _where: int) -> bytes:
    """Only the line end is left."""
    return b""


# how often each: assumed
_WAYS: tuple[Callable[[bytes, int], bytes], ...] = (
    *(_cut,) * 5,
    *(_without_quote,) * 4,
    *(_wrong_type,) * 4,
    *(_wrong_encoding,) * 2,
    _empty,
)
