"""A lane whose events leave as they are, whatever their times: many lines are stamped at once."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.model.errors import ClickgenError
from clickgen.model.form import Kind
from clickgen.model.recording import Recording
from clickgen.model.skipped import Skipped
from clickgen.read.by_lines import Lines
from clickgen.read.formats.row_lines import read_row_lines
from clickgen.read.json_lines import read_lines
from clickgen.read.open import open_chunks
from clickgen.read.pieces import JsonObject, Piece
from clickgen.traffic.replay import DueOfNumbers
from clickgen.traffic.replay_events import skipped_piece
from clickgen.traffic.replay_files import is_live
from clickgen.traffic.replay_source import LanePart, OpenSource, open_local, range_of
from clickgen.traffic.stamp import RecordedEvent, Stamper

_BLOCK_EVENTS = 500
_KINDS = (Kind.JSON, Kind.DELIMITED)


def can_be_bulk(parts: Sequence[LanePart], recording: Recording) -> bool:
    """Whether nothing needs to be known of the lane's events but where each begins."""
    changed = recording.filtered or recording.edited or recording.limit is not None or recording.ordered
    plain = all(part.form.kind in _KINDS and part.form.each is None and not is_live(part.name) for part in parts)
    return plain and not changed


class BulkLane:
    """The events of one lane, in order, stamped: a LaneSource, and a Feed by itself.

    It gives what RecordedLane gives, faster, if `can_be_bulk`.
    """

    out_of_order = 0
    without_time = 0

    def __init__(
        self,
        parts: Sequence[LanePart],
        *,
        run: str,
        lane: int,
        due: DueOfNumbers,
        id_field: str,
        first: int = 0,
        open_source: OpenSource = open_local,
    ) -> None:
        """first: the number to begin with."""
        self._lane = lane
        self._due = due
        self._id_field = id_field
        self._number = 0
        self._first = first
        self._stamper = Stamper(run, lane, id_field)
        self._skipped: deque[Skipped] = deque()
        self._stamped = self._blocks(parts, open_source)

    @property
    def source(self) -> Self:
        """Itself."""
        return self

    def begin_at(self, _start_ms: int, /) -> None:
        """Nothing: the events keep their times."""

    def take_skipped(self) -> list[Skipped]:
        """The pieces since the last call that are not an event; safe while another thread is in `next_block`."""
        taken = []
        while self._skipped:
            taken.append(self._skipped.popleft())
        return taken

    def next_block(self) -> Block | None:
        """The next events; None at the end."""
        for data, offsets in self._stamped:
            count = len(offsets) - 1
            first = self._number
            self._number += count
            if self._number > self._first:
                due = self._due(np.arange(first, self._number, dtype=np.int64))
                return Block(self._lane, first, data, offsets, due).part(max(0, self._first - first), count)
        return None

    def _blocks(
        self, parts: Sequence[LanePart], open_source: OpenSource
    ) -> Iterator[tuple[bytearray, NDArray[np.int64]]]:
        number = 0
        for part in parts:
            for found in self._read(part, open_source, alone=len(parts) == 1):
                if isinstance(found, Lines):
                    yield self._stamper.stamp_lines(found.data, found.newlines, number)
                    number += len(found.newlines)
                    continue
                events = self._events(part, found)
                for begin in range(0, len(events), _BLOCK_EVENTS):
                    group = events[begin : begin + _BLOCK_EVENTS]
                    yield self._stamper.stamp(group, number)
                    number += len(group)

    def _read(self, part: LanePart, open_source: OpenSource, *, alone: bool) -> Iterator[Lines | list[Piece]]:
        """What a source holds; one of several that cannot be read any more is noted, and the others go on."""
        ranged = part.begin or part.end is not None
        try:
            chunks = open_chunks(range_of(part) if ranged else open_source(part.name))
            if part.form.kind is Kind.DELIMITED:
                yield from read_row_lines(chunks, part.form, self._id_field)
            else:
                yield from read_lines(chunks, self._id_field)
        except ClickgenError as problem:
            if alone:
                raise
            self._skipped.append(Skipped(part.name, 1, f"{problem.message}: not read on", ""))

    def _events(self, part: LanePart, found: list[Piece]) -> list[RecordedEvent]:
        self._skipped.extend(skipped_piece(part, piece) for piece in found if not isinstance(piece, JsonObject))
        return [
            RecordedEvent(piece.data, bool(piece.value) and self._id_field not in piece.value)
            for piece in found
            if isinstance(piece, JsonObject)
        ]
