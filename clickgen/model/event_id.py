"""The event id: a version-8 UUID (RFC 9562, section 5.8) that carries the event's place and a checksum.

    rrrrrrrr-rrrr-8lll-vnnn-nnnnnncccccc

run 48 bits · version 4 · lane 12 · variant 2 · number 38 · check 24. To a pipeline it looks like any other
UUID; to a verifier `rrrrrrrr-rrrr-8` is a fixed needle and the rest says which event it is.

The check is the low 24 bits of xxh3-64 over the event's bytes, line end excluded, with the six check digits
themselves read as zeros. So it covers every byte of the event, the place in the id included.
"""

import re
import secrets
import time
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_digest, xxh3_64_intdigest

ID_LENGTH = 36
CHECK_DIGITS = 6
CHECK_AT = ID_LENGTH - CHECK_DIGITS
MAX_LANES = 1 << 12
MAX_NUMBER = (1 << 38) - 1

_ZEROS = b"0" * CHECK_DIGITS
_CHECK_MASK = (1 << 24) - 1
_RUN = re.compile(r"[0-9a-f]{12}\Z")
_ID = re.compile(rb"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{6})([0-9a-f]{6})")
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_HEX_PAIRS = _HEX[np.stack([np.arange(256) >> 4, np.arange(256) & 15], axis=1)].view(np.uint16).reshape(-1)
_LAST_DIGITS = 3
IDS_A_PAGE = 16**_LAST_DIGITS  # ids that differ in their last digits only
_HEX_TRIPLES = _HEX[np.arange(IDS_A_PAGE)[:, None] >> np.array([8, 4, 0]) & 15].view("V3").reshape(-1)
_ID_PARTS = np.dtype(
    [("place", f"V{CHECK_AT - _LAST_DIGITS}"), ("last", f"V{_LAST_DIGITS}"), ("check", f"V{CHECK_DIGITS}")]
)


class EventId(NamedTuple):
    """The parts of an id: the run's 12 hex digits, lane, number within the lane, and the check bits."""

    run: str
    lane: int
    number: int
    check: int


def new_run_id() -> str:
    """A fresh run id, 12 hex digits: the Unix time in seconds, then 16 random bits. Ids sort by start."""
    return f"{int(time.time()) & 0xFFFFFFFF:08x}{secrets.randbits(16):04x}"


def is_run_id(text: str) -> bool:
    """Whether `text` is 12 lower-case hex digits."""
    return _RUN.match(text) is not None


def needle(run: str) -> bytes:
    """The 15 bytes that every id of this run begins with."""
    return f"{run[:8]}-{run[8:]}-8".encode()


def format_id(event_id: EventId) -> bytes:
    """The 36 ASCII bytes of an id."""
    run, lane, number, check = event_id
    high, low = number >> 24, number & 0xFFFFFF
    return f"{run[:8]}-{run[8:]}-8{lane:03x}-{0x8000 | high:04x}-{low:06x}{check:06x}".encode()


def parse_id(text: bytes) -> EventId | None:
    """The parts of a 36-byte id, or None if it is not a lower-case version-8 UUID of the RFC's variant."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    run_high, run_low, lane, high, low, check = found.groups()
    number = (int(high, 16) & 0x3FFF) << 24 | int(low, 16)
    return EventId((run_high + run_low).decode(), int(lane, 16), number, int(check, 16))


def checksum(event: bytes, id_at: int) -> int:
    """The 24 check bits of an event (one JSON object, without line end) whose id begins at `id_at`."""
    check_at = id_at + CHECK_AT
    return xxh3_64_intdigest(event[:check_at] + _ZEROS + event[check_at + CHECK_DIGITS :]) & _CHECK_MASK


def seal(event: bytes, id_at: int) -> bytes:
    """The event with its check digits filled in; the rest of its id must already be at `id_at`."""
    check_at = id_at + CHECK_AT
    return b"%b%06x%b" % (event[:check_at], checksum(event, id_at), event[check_at + CHECK_DIGITS :])


class LaneIds:
    """The ids of a lane as items of 36 bytes whose check digits are zeros, for stretches of numbers in order.

    `check_texts` of their `digests_of`, or `seal_all`, completes them once the events' other bytes are there.
    """

    def __init__(self, run: str, lane: int) -> None:
        self._run, self._lane = run, lane
        self._page = np.empty(IDS_A_PAGE, dtype=_ID_PARTS)
        self._page["last"], self._page["check"] = _HEX_TRIPLES, np.void(_ZEROS)
        self._number = -1

    def texts(self, first: int, count: int) -> NDArray[np.void]:
        """The ids of `count` numbers from `first` on; they are good until the next call."""
        number, begin = divmod(first, IDS_A_PAGE)
        if begin + count > IDS_A_PAGE:
            texts = np.empty(count, dtype=f"V{ID_LENGTH}")
            here = IDS_A_PAGE - begin
            texts[:here] = self.texts(first, here)
            texts[here:] = self.texts(first + here, count - here)
            return texts
        if number != self._number:
            place = format_id(EventId(self._run, self._lane, first, 0))
            self._page["place"], self._number = np.void(place[: CHECK_AT - _LAST_DIGITS]), number
        return self._page[begin : begin + count].view(f"V{ID_LENGTH}")


def digests_of(events: Iterable[bytes | memoryview]) -> bytes:
    """The digests, eight bytes each, of events without line ends, whose check digits are zeros."""
    return b"".join(map(xxh3_64_digest, events))  # big-endian


def check_texts(digests: bytes) -> NDArray[np.void]:
    """The check digits that follow from events' digests, as items of six bytes."""
    last = np.frombuffer(digests, dtype=np.uint8).reshape(-1, 8)[:, 5:]
    return _HEX_PAIRS.take(last).view(f"V{CHECK_DIGITS}").reshape(-1)


def seal_all(data: bytearray, offsets: NDArray[np.int64], id_at: int | NDArray[np.int64]) -> None:
    """Fill in, in place, the check digits of events in `data`, each ended by a line end of one byte.

    offsets: n + 1 positions of n events. Every event has its id, check digits zero, at its start + id_at.
    """
    starts = offsets.tolist()
    with memoryview(data) as view:
        checks = check_texts(digests_of([view[start : end - 1] for start, end in pairwise(starts)]))
    items_at(data, CHECK_DIGITS)[offsets[:-1] + (id_at + CHECK_AT)] = checks


def items_at(data: bytearray, size: int) -> NDArray[np.void]:
    """An item of so many bytes at every byte of the data, so that one assignment fills in many of them."""
    return np.ndarray((max(0, len(data) - size + 1),), f"V{size}", data, strides=(1,))
