"""Facts to the bytes of events: the parts of a schema, joined event by event and sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import CHECK_AT, CHECK_DIGITS, LaneIds, check_texts
from clickgen.schema.facts import Facts
from clickgen.schema.parts import ROWS, Part, Rows


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A schema over a vocabulary: the parts that an event consists of, in their order.

    The id stands `id_within` bytes into part `id_part`. An event has no newline in it. tells_lines: whether it
    wants to know which products are in the carts (`Facts.lines`), which costs some time.
    """

    parts: Sequence[Part]
    id_part: int = 0
    id_within: int = 0
    tells_lines: bool = False


class Encoder:
    """Facts of one lane to bytes, column by column."""

    def __init__(self, layout: Layout, run: str, lane: int) -> None:
        self._layout, self._ids = layout, LaneIds(run, lane)

    def encode(self, first: int, facts: Facts) -> tuple[bytearray, NDArray[np.int64]]:
        """The events as bytes, each ended by a newline, and their n + 1 offsets; `first` is the first's number."""
        data, lengths = [], [np.zeros(1, dtype=np.int64)]
        begin = 0
        while begin < len(facts):
            # at round numbers, so that the ids are of one page
            part = facts.part(slice(begin, begin + ROWS - (first + begin) % ROWS))
            joined, sizes = self._events(Rows(self._ids.texts(first + begin, len(part)), part))
            data.append(joined)
            lengths.append(sizes)
            begin += len(part)
        offsets = np.cumsum(np.concatenate(lengths))
        return data[0] if len(data) == 1 else bytearray().join(data), offsets

    def _events(self, rows: Rows) -> tuple[bytearray, NDArray[np.int64]]:
        """Some events, sealed, and their lengths with the newlines."""
        texts, lengths = zip(*(part.texts(rows) for part in self._layout.parts), strict=True)
        events = list(map(b"".join, zip(*texts, strict=True)))
        checks = check_texts(events)
        sizes = np.ones(len(rows), dtype=np.int64) + sum(lengths)
        id_at = sum(lengths[: self._layout.id_part]) + self._layout.id_within
        events.append(b"")
        data = bytearray(b"\n").join(events)
        # an item of six bytes at every byte, so that one assignment fills in all checks
        spots = np.ndarray((len(data) - CHECK_DIGITS + 1,), f"V{CHECK_DIGITS}", data, strides=(1,))
        spots[np.cumsum(sizes) - sizes + id_at + CHECK_AT] = checks
        return data, sizes
