"""From an object's bytes to findings. Lines whose check bits fit need no parser; the rest goes through `read`."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import ID_LENGTH
from clickgen.read.pieces import BadKind, Fault
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.scan.check import Checked, Checker
from clickgen.verify.proof.scan.event_classifier import Content, EventClassifier, NoEventsError, json_object
from clickgen.verify.proof.scan.lines import BriefLines, ScannedLines, split_joined, split_lines
from clickgen.verify.proof.scan.region import Region, RegionPiece
from clickgen.verify.proof.scan.run_id_pattern import PlantedLines, RunIdPattern

_LONGEST_KEPT = 1 << 20  # of a line of text
_NOTED_AT_ONCE = 1 << 16
_BEFORE_NESTED = (b":", b"[", b",")


def scan_object(
    chunks: Iterable[bytes | Fault],
    marks: RunIdPattern,
    findings: ObjectFindings,
    *,
    ids_only: bool = False,
    planted: PlantedLines | None = None,
    content: Content | None = None,
) -> None:
    """Add to `findings` all that an object holds, given its decompressed bytes.

    Every event is counted once, damaged ones too, however many lines or pieces the damage made of them. One
    fault of the compression and the event that it cut are one finding. Memory is bounded by the longest
    object that `read` accepts. ids_only: an event counts as found by its id, whatever else is in its line.
    planted: lines damaged on purpose; one that is as it was sent is an event. content: compares what a transform
    rewrote with what was sent. An object that is nothing but shreds is unread.
    """
    _keep_freed_memory()
    judge = EventClassifier(marks, findings, ids_only=ids_only, planted=planted, content=content)
    # a line that is damaged on purpose may still have its id
    by_id = ids_only and planted is None
    try:
        _Scan(marks, findings, judge, by_id=by_id, planted=planted is not None).run(chunks)
    except NoEventsError as problem:
        findings.unread, findings.lasting = str(problem), True


def _keep_freed_memory() -> None:
    """Free a large block first: after that, glibc keeps freed blocks instead of returning them to the system.

    Blocks are allocated and freed all the time, and for the system to clear them takes longer than to scan them.
    """
    np.empty(8 << 20, dtype=np.uint8)


class _Cut(NamedTuple):
    """The beginning of a line of text whose end has not arrived, and where it is."""

    text: bytes
    offset: int


class _Scan:
    def __init__(
        self, marks: RunIdPattern, findings: ObjectFindings, judge: EventClassifier, *, by_id: bool, planted: bool
    ) -> None:
        self._marks = marks
        self._findings = findings
        self._judge = judge
        self._region = 0
        self._open = False  # whether the region has bytes that what follows may continue
        self._fresh = True  # whether the next byte begins a line
        self._cut: _Cut | None = None
        self._checker = Checker(marks)
        self._by_id = by_id
        # what was damaged on purpose may have any length, and in text every line is an event
        self._brief_below = 0 if marks.text or planted else min(len(marks.start), ID_LENGTH)
        self._noted: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        self._noted_events = 0

    def run(self, chunks: Iterable[bytes | Fault]) -> None:
        for _, parts in groupby(self._parts(chunks), key=lambda part: part.region):
            Region(self._marks, self._judge).read(parts)
        self._settle_cut("its end is missing")
        self._give_noted()

    def _parts(self, chunks: Iterable[bytes | Fault]) -> Iterator[RegionPiece]:
        end = 0
        for lines in split_lines(chunks, self._marks.start):
            if isinstance(lines, Fault):
                if self._settle_cut(lines.reason):
                    continue
                yield RegionPiece(self._region, end, lines)
                self._open = True
                self._close()
                self._fresh = True
                continue
            end = lines.offset + lines.size
            yield from self._doubtful(lines)

    def _doubtful(self, lines: ScannedLines) -> Iterator[RegionPiece]:
        """Note the intact events; give the rest, in order."""
        checked = self._checked(lines)
        self._note(checked, lines)
        last = len(lines.starts) - 1
        before = -1
        doubtful = np.flatnonzero(~checked.intact)
        brief = BriefLines(lines, doubtful, self._brief_below)
        index = 0
        while index < len(doubtful):
            position = int(doubtful[index])
            if position > before + 1:
                self._close()
                self._fresh = True
            end = brief.end(index, only_empty=not self._open) if self._fresh and lines.ended else index
            if end > index:
                before = int(doubtful[end - 1])
                if self._open:
                    yield self._stretch(lines, position, before)
                index = end
                continue
            before = position
            offset = lines.offset + int(lines.starts[position])
            yield from self._line(lines.text(position), offset, ended=lines.ended or position < last)
            index += 1
        if before < last:
            self._close()
            self._fresh = lines.ended

    def _checked(self, lines: ScannedLines) -> Checked:
        """Which lines are intact events; if most are too short for an id, only the others are tried."""
        count = len(lines.starts)
        if lines.size < count * ID_LENGTH:
            long = np.flatnonzero(lines.ends - lines.starts >= ID_LENGTH)
            every = Checked(np.zeros(count, dtype=bool), *np.zeros((2, count), dtype=np.int64))
            if len(long):
                some = self._check(lines._replace(starts=lines.starts[long], ends=lines.ends[long]))
                for all_of, known in zip(every, some, strict=True):
                    all_of[long] = known
            return every
        return self._check(lines)

    def _check(self, lines: ScannedLines) -> Checked:
        if self._by_id:
            return self._checker.by_id(lines, begins=self._fresh)
        return self._checker.by_content(lines)

    def _stretch(self, lines: ScannedLines, first: int, last: int) -> RegionPiece:
        """Consecutive lines, none of which can be judged by itself, with their line ends."""
        start, end = int(lines.starts[first]), int(lines.ends[last]) + 1
        return RegionPiece(self._region, lines.offset + start, lines.data[start:end])

    def _line(self, text: bytes, offset: int, *, ended: bool) -> Iterator[RegionPiece]:
        """A line that is not one intact event: one other object, joined events, or anything else."""
        if self._settled(text, offset, ended=ended):
            return
        end = b"\n" if ended else b""
        self._fresh = ended
        if self._marks.start not in text:
            self._open = True
            yield RegionPiece(self._region, offset, text + end)
            return
        if _parsed(text) is not None:
            self._close()
            self._open = True
            yield RegionPiece(self._region, offset, text + end)
            return
        yield from self._joined(split_joined(text, offset, self._marks.start), end)

    def _settled(self, text: bytes, offset: int, *, ended: bool) -> bool:
        """Judge a line if that can be done by itself; whether it could."""
        alone = self._fresh and ended
        if alone and self._judge.planted(text, offset):
            self._close()
            return True
        if alone and not self._open:
            value = _parsed(text)
            if value is not None:
                self._judge.whole(text.strip(), offset + text.index(b"{"), value)
                return True
            if not text.strip():
                return True
        if self._marks.text:
            self._line_of_text(text, offset, ended=ended)
            return True
        if alone and (other := self._marks.other_run(text)) is not None:
            self._findings.note_other(other)
            self._close()
            return True
        return False

    def _line_of_text(self, text: bytes, offset: int, *, ended: bool) -> None:
        """A line of a run whose events are lines. One without an end is cut off, unless more of it follows."""
        cut, self._cut = self._cut, None
        if cut is not None and self._fresh:
            self._judge.line(cut.text, cut.offset)
        elif cut is not None:
            text, offset = (cut.text + text)[:_LONGEST_KEPT], cut.offset
        if ended:
            self._judge.line(text, offset)
        else:
            self._cut = _Cut(text, offset)
        self._fresh = ended

    def _settle_cut(self, reason: str) -> bool:
        """Judge a line of text that was waiting for its end as cut off; whether there was one."""
        cut, self._cut = self._cut, None
        if cut is not None:
            words = f"a line that is cut off after {len(cut.text)} bytes: {reason}"
            self._judge.damaged(cut.text, cut.offset, BadKind.TRUNCATED, words)
        return cut is not None

    def _joined(self, joined: ScannedLines, end: bytes) -> Iterator[RegionPiece]:
        """Events without a newline between them. end: what ends the last one."""
        checked = self._checker.by_content(joined)
        self._note(checked, joined)
        last = len(joined.starts) - 1
        before = -1
        nested = False  # what is next is a part of what is before
        for position in np.flatnonzero(~checked.intact).tolist():
            text = joined.text(position)
            if position > before + 1 or (text.startswith(self._marks.start) and not nested):
                self._close()
            before = position
            nested = text.rstrip().endswith(_BEFORE_NESTED)
            self._open = True
            offset = joined.offset + int(joined.starts[position])
            yield RegionPiece(self._region, offset, text + end if position == last else text)
        if before < last:
            self._close()

    def _note(self, checked: Checked, lines: ScannedLines) -> None:
        """Note intact events many at a time, which is faster for the sets."""
        chosen = checked.intact if not checked.intact.all() else slice(None)
        self._noted.append((checked.lanes[chosen], checked.numbers[chosen], lines.offset + lines.starts[chosen]))
        self._noted_events += len(self._noted[-1][0])
        if self._noted_events >= _NOTED_AT_ONCE:
            self._give_noted()

    def _give_noted(self) -> None:
        if self._noted_events:
            lanes, numbers, offsets = (np.concatenate(parts) for parts in zip(*self._noted, strict=True))
            self._findings.intact(lanes, numbers, offsets)
        self._noted, self._noted_events = [], 0

    def _close(self) -> None:
        if self._open:
            self._region += 1
            self._open = False


def _parsed(text: bytes) -> dict[str, Any] | None:
    return json_object(text) if text.lstrip().startswith(b"{") else None
