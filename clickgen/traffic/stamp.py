"""Stamping recorded events: clickgen's id as the first field, everything else as it was, one event a line."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from clickgen.model.event_id import ID_LENGTH, LaneIds, items_at, seal_all

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]', re.DOTALL)
_UNSET = b"0" * ID_LENGTH


class RecordedEvent(NamedTuple):
    """A recorded event."""

    data: bytes  # one valid JSON object
    plain: bool  # it has a member, and none that is named like the id


class Stamper:
    """Stamps the events of one lane. id_field: the name of the field that is put first."""

    def __init__(self, run: str, lane: int, id_field: str) -> None:
        self._ids = LaneIds(run, lane)
        self._id_field = id_field
        name = orjson.dumps(id_field)
        self._id_at = len(name) + 3
        self._only = b"{" + name + b':"' + _UNSET + b'"'
        self._followed = self._only + b","

    def stamp(self, events: Sequence[RecordedEvent], first: int) -> tuple[bytearray, NDArray[np.int64]]:
        """The events `first`, `first + 1`, … as bytes, each ended by a newline; and n + 1 offsets into them."""
        parts: list[bytes] = []
        sizes = np.empty(len(events), dtype=np.int64)
        for index, (event, plain) in enumerate(events):
            data = event
            if b"\n" in data or b"\r" in data:
                # Strings cannot hold line breaks, so these are white space between tokens.
                data = data.replace(b"\n", b" ").replace(b"\r", b" ")
            start = self._followed
            if not plain:
                data, members = without_member(data, self._id_field)
                start = self._followed if members else self._only
            parts += (start, data[1:], b"\n")
            sizes[index] = len(start) + len(data)
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        joined = bytearray(b"".join(parts))
        self._fill_in_ids(joined, offsets, first)
        return joined, offsets

    def stamp_lines(
        self, lines: bytes, newlines: NDArray[np.int64], first: int
    ) -> tuple[bytearray, NDArray[np.int64]]:
        """The same for events of one line each, all of them from `{` to `}`, with members, and without the id.

        newlines: where the lines end, each with a newline.
        """
        head = self._only
        before_each = lines.replace(b"\n", b"\n" + head)
        stamped = bytearray(len(before_each))  # of the right size: one that grows takes an eighth more
        stamped[: len(head)] = head
        stamped[len(head) :] = memoryview(before_each)[: -len(head)]
        offsets = np.zeros(len(newlines) + 1, dtype=np.int64)
        offsets[1:] = newlines + 1 + np.arange(1, len(offsets)) * len(head)
        # the brace that a line begins with is in the way: the event has begun with its id
        np.frombuffer(stamped, dtype=np.uint8)[offsets[:-1] + len(head)] = ord(",")
        self._fill_in_ids(stamped, offsets, first)
        return stamped, offsets

    def _fill_in_ids(self, joined: bytearray, offsets: NDArray[np.int64], first: int) -> None:
        ids = self._ids.texts(first, len(offsets) - 1)
        items_at(joined, ID_LENGTH)[offsets[:-1] + self._id_at] = ids
        seal_all(joined, offsets, self._id_at)


def without_member(event: bytes, name: str) -> tuple[bytes, int]:
    """A JSON object without its own members of this name, in any spelling, and how many others it has.

    The white space around a member and one comma are removed with it.
    """
    kept = [event[start:end] for key, start, end in _members(event) if json.loads(key) != name]
    return b"{" + b",".join(kept) + b"}", len(kept)


def _members(event: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The object's own members: each key as it is written, and where the member begins and ends."""
    depth = 0
    key = b""
    start = 1
    for token in _TOKEN.finditer(event):
        sign = token.group()
        if sign in (b"{", b"["):
            depth += 1
        elif sign in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and not key:
            key = sign
        if key and (depth == 0 or (depth == 1 and sign == b",")):
            yield key, start, token.start()
            key, start = b"", token.end()
