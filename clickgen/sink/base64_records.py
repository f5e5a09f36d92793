"""The records of a batch in base64, as a body in JSON holds them."""

from collections.abc import Sequence

import numpy as np
from pybase64 import b64encode

from clickgen.model.batch import Batch
from clickgen.model.event_id import items_at

BETWEEN = b'"},{"Data":"'  # its length is a multiple of four, as that of all base64
_GAP = len(BETWEEN) // 4 * 3
_SMALL = 1024  # bytes of a record
_FILL = [b"\0" * (_GAP + missing) for missing in range(3)]
_PADDING = ord("=")


def base64_body(batch: Batch, positions: Sequence[int], head: bytes, tail: bytes) -> bytes:
    """A body: the records in base64, with BETWEEN between every two, behind a head and before a tail.

    Every call of the encoder releases the interpreter to other threads, which for small records costs several
    times the encoding itself; so they are encoded in one call, each padded with NULs to whole groups of three
    bytes. Behind each are as many more as become a text of BETWEEN's length, which takes its place.
    """
    data, offsets = batch.data, batch.record_offsets
    if len(data) > _SMALL * len(batch):
        texts = [b64encode(data[offsets[index] : offsets[index + 1]]) for index in positions]
        # one join is one copy of what may be megabytes
        texts[0] = head + texts[0]
        texts[-1] += tail
        return BETWEEN.join(texts)
    sizes = np.diff(offsets)
    if len(positions) < len(batch):
        sizes = sizes[positions]
    missing = -sizes % 3
    events = bytes(data)  # slices of bytes are made in half the time of slices of a view
    pieces = [b""] * (2 * len(sizes))
    pieces[::2] = [events[offsets[index] : offsets[index + 1]] for index in positions]
    pieces[1::2] = map(_FILL.__getitem__, missing.tolist())
    text = bytearray(b64encode(b"".join(pieces)))
    ends = np.cumsum((sizes + missing + _GAP) // 3 * 4) - len(BETWEEN)
    letters = np.frombuffer(text, dtype=np.uint8)
    for fill in (1, 2):
        letters[ends[missing >= fill] - fill] = _PADDING
    items_at(text, len(BETWEEN))[ends] = np.void(BETWEEN)
    return b"".join([head, memoryview(text)[: -len(BETWEEN)], tail])
