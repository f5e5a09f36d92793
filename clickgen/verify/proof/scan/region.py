"""A stretch of an object without an intact event in any line: read piece by piece, each event counted once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from clickgen.read.objects import JsonScanner
from clickgen.read.pieces import MAX_OBJECT_BYTES, Bad, BadKind, Fault, JsonObject, Piece
from clickgen.verify.proof.scan.event_classifier import EventClassifier
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern

_KEPT_BYTES = 2 * MAX_OBJECT_BYTES
_NESTED = (b",", b"]", b"}", b":")  # what follows a value within an object, and never begins anything


class RegionPiece(NamedTuple):
    """Bytes that are not an intact event, or a fault of the compression."""

    region: int  # the number of the stretch
    offset: int
    content: bytes | Fault


class Region:
    """Judges a stretch. One event whose damage made several pieces of it, or cut an object out of it, is one."""

    def __init__(self, marks: RunIdPattern, judge: EventClassifier) -> None:
        self._marks = marks
        self._judge = judge
        self._fault: RegionPiece | None = None
        self._kept = bytearray()
        self._kept_from = 0  # offset of the first byte that is kept
        self._base = 0  # what turns the scanner's offsets into the object's
        self._damage: Bad | None = None  # not judged yet: its rest may follow
        self._held: JsonObject | None = None  # after the damage, not judged yet: it may belong to it
        self._continues_at = -1  # the end of an object of the run that was judged to be damaged

    def read(self, parts: Iterator[RegionPiece]) -> None:
        """Judge all pieces, and the fault at the end, if any."""
        for piece in self._pieces(parts):
            if isinstance(piece, Bad):
                self._take_bad(piece)
            else:
                self._take_object(piece)
        if self._held is not None:
            self._settle()
        if self._fault is not None and isinstance(self._fault.content, Fault):
            self._damage = _with_fault(self._damage, self._fault.content, self._fault.offset - self._base)
        self._settle()

    def _pieces(self, parts: Iterator[RegionPiece]) -> Iterator[Piece]:
        scanner: JsonScanner | None = None
        for part in parts:
            if isinstance(part.content, Fault):
                self._fault = part
                break
            if scanner is None:
                scanner = JsonScanner()
                self._base = part.offset
            self._kept += part.content
            if len(self._kept) > 2 * _KEPT_BYTES:
                self._kept_from += len(self._kept) - _KEPT_BYTES
                del self._kept[:-_KEPT_BYTES]
            yield from scanner.feed(part.content)
        if scanner is not None:
            yield from scanner.end()

    def _take_object(self, piece: JsonObject) -> None:
        if self._held is not None:
            self._settle()
        self._held = piece
        if self._damage is None and piece.value:
            self._settle()

    def _take_bad(self, piece: Bad) -> None:
        text = self._text(piece)
        held, damage = self._held, self._damage
        if held is not None and held.offset + held.size == piece.offset:
            if damage is not None and text.startswith(_NESTED):
                self._held = None
                self._damage = _joined(damage, piece)
                return
            if not held.value and not text.startswith(b"{"):  # `{}` is how the damaged event began
                self._held = None
                self._settle()
                self._damage = _joined(replace(piece, offset=held.offset), piece)
                return
        if held is not None:
            self._settle()
        damage = self._damage
        if damage is not None and self._is_rest(
            text, self._text(damage), beside=damage.offset + damage.size == piece.offset
        ):
            self._damage = _joined(damage, piece)
        elif self._continues_at != piece.offset or not self._is_rest(text, self._marks.needle):
            self._settle()
            self._damage = piece

    def _is_rest(self, text: bytes, before: bytes, *, beside: bool = False) -> bool:
        """Whether bad bytes are the rest of the event before them: one id in all, and no beginning.

        beside: nothing is between the two, so that a `{` by itself does not begin an event.
        """
        begins = text.startswith(b"{") and not beside
        return not begins and not (self._bears_id(text) and self._bears_id(before))

    def _bears_id(self, text: bytes) -> bool:
        marks = self._marks
        return bool(marks.own_ids(text) or marks.other_ids(text) or marks.damaged_id(text) is not None)

    def _text(self, bad: Bad) -> bytes:
        start = bad.offset - self._kept_from
        return bytes(self._kept[start : start + bad.size]) if start >= 0 else bad.excerpt

    def _settle(self) -> None:
        damage, held = self._damage, self._held
        self._damage = self._held = None
        self._continues_at = -1
        if damage is not None:
            self._judge.damaged(self._text(damage), self._base + damage.offset, damage.kind, damage.reason)
        if held is not None and self._judge.whole(held.data, self._base + held.offset, held.value):
            self._continues_at = held.offset + held.size


def _joined(damage: Bad, rest: Bad) -> Bad:
    size = rest.offset + rest.size - damage.offset
    return replace(damage, kind=BadKind.GARBAGE, size=size)


def _with_fault(damage: Bad | None, fault: Fault, offset: int) -> Bad:
    """The fault, and the event that it cut, as one."""
    if damage is None:
        return Bad(fault.kind, fault.reason, b"", 0, offset, 0)
    return replace(damage, kind=BadKind.TRUNCATED, reason=f"{damage.reason}: {fault.reason}")
