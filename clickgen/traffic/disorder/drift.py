"""Drift: from some second on a field of the events has another type, or another name."""

import re
from itertools import pairwise

import numpy as np
import orjson
from numpy.typing import NDArray

from clickgen.model.disorder import Drift
from clickgen.model.event_id import CHECK_AT, CHECK_DIGITS, needle, seal_all

Offsets = NDArray[np.int64]


class Drifting:
    """One drift, applied to events that are JSON objects.

    A number or a truth value becomes text, and text becomes {"value": text}; null, arrays and objects stay. The
    field may be at any depth; of several fields with the name, the first one changes.
    """

    def __init__(self, drift: Drift) -> None:
        self._key = orjson.dumps(drift.field)
        self.at_s = drift.at_s
        self._name = None if drift.renamed is None else orjson.dumps(drift.renamed)
        value = rb'(-?[0-9][0-9.eE+-]*|true|false)|("[^"\\]*+(?:\\.[^"\\]*+)*+")'
        follows = rb"(?=\s*:)" if self._name else rb"\s*:\s*(?:" + value + rb")"
        self._member = re.compile(rb"(?<!\\)" + re.escape(self._key) + follows)

    def changed(self, data: bytes | bytearray, offsets: Offsets) -> tuple[bytes, Offsets]:
        """The events with the field changed, and where each begins; their check digits no longer fit.

        offsets: n + 1 positions of n events, as in the result.
        """
        find, match, key, replacement = data.find, self._member.match, self._key, self._replacement
        pieces: list[bytes | bytearray] = []
        growth = [0]
        done = 0
        for begin, end in pairwise(offsets.tolist()):
            at = find(key, begin, end)
            while at >= 0 and (member := match(data, at, end)) is None:
                at = find(key, at + 1, end)
            if at < 0 or member is None:
                growth.append(0)
                continue
            text, stop = replacement(member), member.end()
            pieces.append(data[done:at])
            pieces.append(text)
            growth.append(len(text) - (stop - at))
            done = stop
        pieces.append(data[done:])
        return b"".join(pieces), offsets + np.cumsum(growth)

    def _replacement(self, member: re.Match[bytes]) -> bytes:
        if self._name is not None:
            return self._name
        text, number, word = member.group(0, 1, 2)
        if number is not None:
            return text[: -len(number)] + b'"' + number + b'"'
        return text[: -len(word)] + b'{"value":' + word + b"}"


def seal_again(data: bytearray, offsets: Offsets, run: str) -> None:
    """Fill in, in place, the check digits of events whose other bytes have changed; each has an id of the run."""
    mark = needle(run)
    id_at = np.array([data.index(mark, begin, end) - begin for begin, end in pairwise(offsets.tolist())])
    digits = (offsets[:-1] + id_at + CHECK_AT)[:, None] + np.arange(CHECK_DIGITS)
    np.frombuffer(data, dtype=np.uint8)[digits] = ord("0")
    seal_all(data, offsets, id_at)
