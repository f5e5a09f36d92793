"""JSON objects out of bytes: a line each, joined, pretty-printed or mixed, and what is between them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import orjson

from clickgen.read.damage import BLANK, Damage, Effort, first_key
from clickgen.read.json_value import value_of
from clickgen.read.pieces import EXCERPT_BYTES, MAX_OBJECT_BYTES, Bad, BadKind, Fault, JsonObject, Piece
from clickgen.read.window import LONGEST_TOKEN, Ending, Extent, ReadWindow

_BOM = b"\xef\xbb\xbf"
_BLANKS = re.compile(rb"[ \t\r\n\0]*+(?:\xef\xbb\xbf[ \t\r\n\0]*+)*+")
_OTHER_END = re.compile(rb"[ \t\r]{0,4096}+(?:\n|\{|\Z)")
_PRETTY = re.compile(rb"\{[ \t\r]*+\n")
_COMMA_BEFORE_OBJECT = re.compile(rb",[ \t\r\n]{0,4096}+(?=\{|\Z)")
_OPEN_BRACE, _CLOSE_BRACE, _COMMA = b"{},"
_KINDS = {ord("["): "an array", ord('"'): "a string", ord("t"): "a boolean", ord("f"): "a boolean"}
_KINDS |= {ord("n"): "null"} | dict.fromkeys(b"-0123456789", "a number")
_PROMPT_BYTES = 64 << 10
COMMA_BETWEEN = "a comma between objects"  # the reason of a bad piece


def scan(chunks: Iterable[bytes | Fault]) -> Iterator[Piece]:
    """Every JSON object in the bytes, in order, and every stretch between them that is not one.

    Objects may be one a line, joined, pretty-printed, with any white space or zeros between them, after a UTF-8
    byte order mark; in any mixture. An object is valid if its UTF-8 and its JSON are, strictly, and it is at most
    MAX_OBJECT_BYTES long. A line that is JSON but not an object is bad as a whole. How the bytes are cut into
    chunks makes no difference. A Fault among the chunks ends the object before it, and is bad itself. Memory and
    time are bounded by MAX_OBJECT_BYTES, the chunks and a multiple of the length, for any input.
    """
    scanner = JsonScanner()
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield from scanner.fault(chunk)
        else:
            yield from scanner.feed(chunk)
    yield from scanner.end()


class JsonScanner:
    """`scan` for callers that get the bytes piecemeal: feed, then end. Use up each iterator it returns.

    offset, line: where the first bytes are in the input, line from 1. array: the objects are the elements of one
    array, so that a line may end with a comma; its brackets, and other commas, are bad pieces for the caller to
    drop.
    """

    def __init__(self, offset: int = 0, line: int = 1, *, array: bool = False) -> None:
        self._array = array
        self._opened = not array
        self._base = offset  # offset of the window's first byte
        self._window = ReadWindow(b"", final=False)
        self._at = 0  # position in the window that is read next
        self._line = line
        self._begins_line = True
        self._damage: Damage | None = None
        self._last = b""  # the last good object
        self._effort = Effort()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._received = 0
        self._joined = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The pieces that are complete with `data`."""
        if not self._opened:
            data = self._open_array(data)
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._received += len(data)
        size = len(self._window.data) - self._at + self._waiting_bytes
        # what is incomplete is tried again with new chunks, but not with each, so that the work stays linear
        if self._joined + size <= 4 * self._received + _PROMPT_BYTES:
            self._joined += size
            self._join(final=False)
            yield from self._pieces()

    def _open_array(self, data: bytes) -> bytes:
        """The input with a space in place of the array's bracket."""
        begin = data.find(b"[")
        self._opened = begin >= 0
        return data if begin < 0 else data[:begin] + b" " + data[begin + 1 :]

    @property
    def idle(self) -> bool:
        """Whether all that was fed is used up, and what follows begins a line."""
        nothing = not self._waiting and self._at == len(self._window.data) and self._damage is None
        return nothing and (self._begins_line or not self._received or self._window.data.endswith(b"\n"))

    def skip(self, size: int, lines: int) -> None:
        """Note that whole lines, which are not fed, come next; only if it is idle."""
        self._base += size
        self._line += lines
        self._begins_line = True

    def end(self) -> Iterator[Piece]:
        """The last pieces: the input, or an independent part of it, ends here. More may be fed."""
        self._join(final=True)
        yield from self._pieces()
        self._join(final=False)
        self._begins_line = True

    def fault(self, fault: Fault) -> Iterator[Piece]:
        """The last pieces before a fault of the compression, and the fault: one piece if it cut an object."""
        last: Piece | None = None
        for piece in self.end():
            if last is not None:
                yield last
            last = piece
        if isinstance(last, Bad) and last.kind is BadKind.TRUNCATED and fault.kind is BadKind.TRUNCATED:
            yield replace(last, reason=f"{last.reason}: {fault.reason}")
            return
        if last is not None:
            yield last
        yield Bad(fault.kind, fault.reason, fault.excerpt, fault.size, self._base + self._at, self._line)

    def _join(self, *, final: bool) -> None:
        rest = self._window.data[self._at :]
        parts = [rest, *self._waiting] if rest else self._waiting
        self._window = ReadWindow(b"".join(parts), final=final)
        self._base += self._at
        self._at = 0
        self._waiting = []
        self._waiting_bytes = 0

    def _pieces(self) -> Iterator[Piece]:
        while True:
            if self._damage is not None:
                bad = self._pass_damage(self._damage)
                if bad is None:
                    return
                yield bad
            elif self._begins_line:
                yield from self._whole_lines()
                self._begins_line = False
            elif not self._pass_blanks():
                return
            elif not self._begins_line:
                piece = self._value()
                if piece is not None:
                    yield piece
                elif self._damage is None:
                    return

    def _whole_lines(self) -> Iterator[JsonObject]:
        """The fast way: lines that hold one object each, up to the first that does not."""
        data, at, line, base = self._window.data, self._at, self._line, self._base
        find, loads, row = data.find, orjson.loads, self._last
        while 0 <= (end := find(b"\n", at)) <= at + MAX_OBJECT_BYTES:
            text = data[at:end]
            try:
                value = loads(text)
            except orjson.JSONDecodeError:
                if not self._array or (element := _element(text)) is None:
                    break
                text, value = element
            if type(value) is not dict:
                break
            row, offset = text, base + at
            if text[0] != _OPEN_BRACE or text[-1] != _CLOSE_BRACE:
                row = text.strip(BLANK)
                offset += text.index(b"{")
            yield JsonObject(row, offset, line, value)
            at = end + 1
            line += 1
        self._at, self._line, self._last = at, line, row

    def _pass_blanks(self) -> bool:
        """Go to the next byte that is not white space; False if there is none yet."""
        data = self._window.data
        blanks = _BLANKS.match(data, self._at)
        self._advance(blanks.end() if blanks else self._at)
        if self._window.final:
            return self._at < len(data)
        return not _BOM.startswith(data[self._at : self._at + len(_BOM)])

    def _advance(self, at: int) -> None:
        lines = self._window.data.count(b"\n", self._at, at)
        self._begins_line = lines > 0
        self._line += lines
        self._at = at

    def _value(self) -> Piece | None:
        """The piece that begins here, or None if it is damage or has not all arrived."""
        window, at = self._window, self._at
        first = window.data[at]
        if first == _COMMA and (comma := _COMMA_BEFORE_OBJECT.match(window.data, at)):
            return self._comma(comma.end())
        if first != _OPEN_BRACE and first not in _KINDS:
            self._damaged(at, "not JSON")
            return None
        extent = window.extent(at)
        if extent.ending is Ending.OPEN:
            return None
        if extent.ending is not Ending.COMPLETE:
            self._damaged(extent.at, _reason(extent, at))
            return None
        return self._object(extent.at) if first == _OPEN_BRACE else self._other(extent.at, _KINDS[first])

    def _object(self, end: int) -> Piece:
        start, offset, line = self._at, self._base + self._at, self._line
        data = self._window.data[start:end]
        self._advance(end)
        self._begins_line = False
        try:
            value = value_of(data)
        except ValueError as error:
            reason = f"not JSON: {str(error).partition(': line ')[0]}"
            return Bad(BadKind.GARBAGE, reason, data[:EXCERPT_BYTES], len(data), offset, line)
        self._last = data
        return JsonObject(data, offset, line, value)

    def _other(self, end: int, kind: str) -> Bad | None:
        """A value that is not an object, if it fills its line, or all of it up to an object."""
        data, at = self._window.data, self._at
        arriving = len(data) - end < LONGEST_TOKEN and not self._window.final  # of a number, perhaps
        following = _OTHER_END.match(data, end)
        if arriving or (following and following.end() == len(data) and not self._window.final):
            return None
        if following is None:
            self._damaged(at, "not JSON")
            return None
        offset, line = self._base + at, self._line
        self._advance(end)
        self._begins_line = False
        reason = f"JSON, but {kind} and not an object"
        return Bad(BadKind.GARBAGE, reason, data[at:end][:EXCERPT_BYTES], end - at, offset, line)

    def _comma(self, following: int) -> Bad | None:
        if following == len(self._window.data) and not self._window.final:
            return None
        offset, line = self._base + self._at, self._line
        self._at += 1
        self._begins_line = False
        return Bad(BadKind.GARBAGE, COMMA_BETWEEN, b",", 1, offset, line)

    def _damaged(self, error_at: int, reason: str) -> None:
        data, at, offset = self._window.data, self._at, self._base + self._at
        behind_error = max(offset + 1, self._base + error_at)
        self._damage = Damage(
            offset=offset,
            line=self._line,
            error_at=self._base + error_at,
            searched=offset + 1 if self._effort.allows(offset) else behind_error,
            reason=reason,
            keys=(first_key(data, at, error_at), first_key(self._last, 0, len(self._last))),
            pretty=_PRETTY.match(data, at) is not None,
        )

    def _pass_damage(self, damage: Damage) -> Bad | None:
        end = damage.end(self._window, self._base, self._effort)
        if end is None:
            self._at = max(self._at, damage.forgettable(self._window, self._base))
            return None
        bad = damage.close(self._window, self._base, end)
        self._effort.spend(damage.error_at - self._base - end)
        self._damage = None
        self._advance(end)
        self._line += damage.passed_lines
        self._begins_line = False
        return bad


def _element(text: bytes) -> tuple[bytes, Any] | None:
    """The element of an array that fills a line up to its comma, and what it parses to; None if none does."""
    element = text.rstrip(BLANK).removesuffix(b",")
    try:
        return (element, orjson.loads(element)) if len(element) < len(text) else None
    except orjson.JSONDecodeError:
        return None


def _reason(extent: Extent, start: int) -> str:
    if extent.ending is Ending.TOO_LONG:
        return extent.reason
    if extent.at == start:
        return "not JSON"
    return f"not JSON: {extent.reason.removesuffix(' at')} at byte {extent.at - start + 1}"
