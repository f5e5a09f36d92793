"""Where reading continues after bytes that are not a JSON object, so that nothing good beside them is lost.

A damaged object ends at the end of its line, unless the next line only continues it (is indented, or closes
a bracket), or earlier if the next object begins there. Whether a `{` is such a beginning or belongs to the
damaged object is decided by what precedes it, by whether it looks like the objects around it, and by what
follows the value that begins there: a nested value is followed by `,`, `]` or `}`.
"""

import re
from dataclasses import dataclass

import orjson

from clickgen.read.pieces import EXCERPT_BYTES, MAX_OBJECT_BYTES, Bad, BadKind
from clickgen.read.window import Ending, ReadWindow, is_cut_off

BLANK = b" \t\r\n"
_KEY_BYTES = 64
_LOOK_BYTES = 4096
_KEPT_BYTES = _LOOK_BYTES  # of damage that is too long to keep, for what stands before a `{`

_LANDMARK = re.compile(rb'\n[ \t\r\n]*+|\{(?=[ \t\r\n]{0,%d}+(?:["}]|\Z))' % _LOOK_BYTES)
_START = re.compile(rb'\{[ \t\r\n]{0,%d}+["}]' % _LOOK_BYTES)
_BLANKS = re.compile(rb"[ \t\r\n]{0,%d}+" % _LOOK_BYTES)
_FIRST_KEY = re.compile(rb'\{[ \t\r\n]{0,%d}+("[^"\n]*+"?)' % _LOOK_BYTES)
_BOM = b"\xef\xbb\xbf"
_OPEN_BRACE, _CLOSE_BRACE, _NEWLINE, _QUOTE = b'{}\n"'


def first_key(data: bytes, at: int, end: int) -> bytes:
    """The first key of an object with its quotes, which neighbours often share, or nothing."""
    found = _FIRST_KEY.match(data, at, end)
    return found.group(1)[:_KEY_BYTES] if found else b""


class Effort:
    """How much of the input was parsed more than once, limited to a multiple of its length."""

    __slots__ = ("_spent",)

    def __init__(self) -> None:
        self._spent = 0

    def spend(self, size: int) -> None:
        """Count `size` bytes that are parsed again."""
        self._spent += max(size, 0)

    def allows(self, offset: int) -> bool:
        """Whether there is effort left at this offset of the input."""
        return self._spent <= 8 * offset + MAX_OBJECT_BYTES


@dataclass(slots=True)
class Damage:
    """Bytes that are not a JSON object, as far as they have been looked through.

    offset, error_at and searched count from the beginning of the input.
    """

    offset: int  # where the damage begins
    line: int
    error_at: int  # where it stops being JSON
    searched: int  # how far the next beginning has been searched for
    reason: str
    keys: tuple[bytes, ...]  # the first keys of the damaged object and of the one before
    pretty: bool  # its brace is on a line of its own
    passed_lines: int = 0
    passed_excerpt: bytes = b""

    def end(self, window: ReadWindow, base: int, effort: Effort) -> int | None:
        """Where in the window the damage ends, or None while that cannot be known.

        base: the offset of the window's first byte.
        """
        for mark in _LANDMARK.finditer(window.data, self.searched - base):
            if window.data[mark.start()] == _NEWLINE:
                ended = self._ends_with_line(window, mark)
            else:
                ended = self._next_begins(window, mark.start(), base, effort)
            if ended is None:
                self.searched = base + mark.start()
                return None
            if ended:
                return mark.start()
        self.searched = base + len(window.data)
        return len(window.data) if window.final else None

    def _ends_with_line(self, window: ReadWindow, line_end: re.Match[bytes]) -> bool | None:
        data, following = window.data, line_end.end()
        if following - line_end.start() > _LOOK_BYTES:
            return True
        if following == len(data):
            return True if window.final else None
        indented = data[following - 1] != _NEWLINE
        first = data[following]
        return not (indented or first in b"}]" or (self.pretty and first == _QUOTE))

    def _next_begins(self, window: ReadWindow, at: int, base: int, effort: Effort) -> bool | None:
        """Whether the `{` at this position begins an object beside the damaged one."""
        data = window.data
        begins = _START.match(data, at)
        if begins is None:
            return False if window.final else None
        alike = self._is_alike(window, begins.end() - 1)
        if alike is None:
            return None
        before = _last_visible(data, at, max(0, self.offset - base))
        inside = data[before] in b":[,"
        follows = data[before] == _CLOSE_BRACE or data.find(b"\n", before, at) >= 0
        named = data[begins.end() - 1] == _QUOTE
        stumbled = self.error_at == base + at  # nothing can begin here within an object
        likely = named and (data[before] == _CLOSE_BRACE or stumbled or (alike and not inside))
        reached = named and not inside and base + begins.end() >= self.error_at
        possible = follows or alike or reached or stumbled
        if not (likely or possible):
            return False
        if not effort.allows(base + at):
            return likely
        return _proves(window, at, effort, unless_proved=likely)

    def _is_alike(self, window: ReadWindow, key_at: int) -> bool | None:
        for known in self.keys:
            here = window.data[key_at : key_at + len(known)]
            if known and here == known:
                return True
            if not window.final and len(here) < len(known) and known.startswith(here):
                return None
        return False

    def forgettable(self, window: ReadWindow, base: int) -> int:
        """How much of the window's beginning need not be kept: what was searched, once that is long."""
        keep_from = self.searched - base - _KEPT_BYTES
        if self.searched - self.offset <= MAX_OBJECT_BYTES or keep_from <= 0:
            return 0
        start = max(0, self.offset - base)
        self.passed_excerpt = self.passed_excerpt or window.data[start : start + EXCERPT_BYTES]
        self.passed_lines += window.data.count(b"\n", start, keep_from)
        return keep_from

    def close(self, window: ReadWindow, base: int, end: int) -> Bad:
        """What the damage was, now that its end in the window is known."""
        text = window.data[max(0, self.offset - base) : end].rstrip(BLANK).removesuffix(_BOM).rstrip(BLANK)
        size = max(base, self.offset) + len(text) - self.offset
        excerpt = self.passed_excerpt or text[:EXCERPT_BYTES]
        if size == len(text) and text[0] == _OPEN_BRACE and is_cut_off(text):
            reason = f"an object that is cut off after {size} bytes"
            return Bad(BadKind.TRUNCATED, reason, excerpt, size, self.offset, self.line)
        return Bad(BadKind.GARBAGE, self.reason, excerpt, size, self.offset, self.line)


def _last_visible(data: bytes, at: int, start: int) -> int:
    """The position of the last byte before `at` that is not white space, `start` at the earliest."""
    before = at - 1
    while before > start and data[before] in BLANK:
        before -= 1
    return before


def _proves(window: ReadWindow, at: int, effort: Effort, *, unless_proved: bool) -> bool | None:
    """Whether an object of its own begins here, judged by its end and by what follows it."""
    extent = window.extent(at)
    if extent.ending is Ending.OPEN:
        return None
    effort.spend(extent.at - at + _KEY_BYTES)
    if extent.ending is not Ending.COMPLETE:
        return unless_proved
    blanks = _BLANKS.match(window.data, extent.at)
    following = blanks.end() if blanks else extent.at
    if following == len(window.data) and not window.final:
        return None
    if window.data[following : following + 1] in (b",", b"]", b"}", b":"):
        return False
    return unless_proved or _is_object(window.data[at : extent.at])


def _is_object(data: bytes) -> bool:
    try:
        return isinstance(orjson.loads(data), dict)
    except orjson.JSONDecodeError:
        return False
