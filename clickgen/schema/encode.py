"""Facts to the bytes of events: the parts of a schema, joined event by event and sealed.

Writing events one at a time costs a few microseconds of Python for each. So they are written by columns: the facts
of thousands of events lie in arrays, one for each fact, and every step is one numpy call for all of them.

A schema is a list of parts, each a stretch of the event. A part whose text has few different values (a page, a
device) has these written out as JSON beforehand, and the facts say which one; a part with a value of its own in
every event (the id, the time) is a row of bytes in which only the value's columns are filled in. With two parts:

    facts    page   [0, 1, 0]                   ms   [15, 17, 40]
    parts    Chosen {"page":"/", or             Fixed "ms":15,"id":"….000000"}
                    {"page":"/cart",

    texts    {"page":"/",                       "ms":15,"id":"….000000"}
             {"page":"/cart",                   "ms":17,"id":"….000000"}
             {"page":"/",                       "ms":40,"id":"….000000"}

1. Each part gives its texts and their lengths. The sums of an event's lengths say where the event begins and ends,
   and where its id is, before a byte of it is in place.
2. The texts are joined event by event, a few hundred at a time (`parts.ROWS`), so that their bytes are still in
   the processor's cache when the check of each is computed: a hash of the event with zeros for the check's digits.
3. The events are joined with newlines. One assignment then puts all the checks over the zeros, at the places that
   step 1 knows. This is why an id's place is a part and a distance into it, and not something to search for.

No step depends on where a stretch of events begins, so a run can be continued, or proved, from any event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import CHECK_AT, CHECK_DIGITS, LaneIds, check_texts, digests_of, items_at
from clickgen.schema.facts import Facts
from clickgen.schema.parts import ROWS, LayoutPart, Rows

_LONGEST_STRETCH = 8192  # events whose columns are made at once


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A schema over a vocabulary: the parts that an event consists of, in order; none holds a newline.

    The id begins `id_within` bytes into part `id_part`. tells_lines: whether it uses the products in the carts
    (`Facts.lines`), which cost some time.
    """

    parts: Sequence[LayoutPart]
    id_part: int = 0
    id_within: int = 0
    tells_lines: bool = False


class Encoder:
    """Facts of one lane to bytes, column by column."""

    def __init__(self, layout: Layout, run: str, lane: int) -> None:
        self._layout, self._ids = layout, LaneIds(run, lane)

    def encode(self, first: int, facts: Facts) -> tuple[bytearray, NDArray[np.int64]]:
        """The events as bytes, each ended by a newline, and their n + 1 offsets; `first` is the first's number."""
        if not len(facts):
            return bytearray(), np.zeros(1, dtype=np.int64)
        stretches = -(-len(facts) // _LONGEST_STRETCH)
        bounds = np.linspace(0, len(facts), stretches + 1).astype(np.int64).tolist()
        data, lengths = [], [np.zeros(1, dtype=np.int64)]
        for begin, end in pairwise(bounds):
            part = facts if stretches == 1 else facts.part(slice(begin, end))
            joined, sizes = self._events(Rows(self._ids.texts(first + begin, len(part)), part))
            data.append(joined)
            lengths.append(sizes)
        return data[0] if stretches == 1 else bytearray().join(data), np.cumsum(np.concatenate(lengths))

    def _events(self, rows: Rows) -> tuple[bytearray, NDArray[np.int64]]:
        """Some events, sealed, and their lengths with the newlines."""
        texts, lengths = zip(*(part.texts(rows) for part in self._layout.parts), strict=True)
        sizes = np.ones(len(rows), dtype=np.int64) + sum(lengths)
        ends = np.cumsum(sizes)
        data = bytearray(int(ends[-1]))
        digests = []
        events = map(b"".join, zip(*texts, strict=True))
        end = 0
        while some := list(islice(events, ROWS)):
            digests.append(digests_of(some))
            some.append(b"")
            joined = b"\n".join(some)
            data[end : end + len(joined)] = joined
            end += len(joined)
        id_at = sum(lengths[: self._layout.id_part]) + self._layout.id_within
        items_at(data, CHECK_DIGITS)[ends - sizes + id_at + CHECK_AT] = check_texts(b"".join(digests))
        return data, sizes
