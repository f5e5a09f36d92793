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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

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
_HEX_PAIRS = _HEX[np.stack([np.arange(256) >> 4, np.arange(256) & 15], axis=1)]
_LAST_DIGITS = 16**3
_HEX_TRIPLES = _HEX[np.stack([np.arange(_LAST_DIGITS) >> shift & 15 for shift in (8, 4, 0)], axis=1)]


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
    """The parts of a 36-byte id; None where it is no lower-case version-8 UUID of the RFC's variant."""
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
    """The event with its check digits filled in; the rest of its id must already stand at `id_at`."""
    check_at = id_at + CHECK_AT
    return b"%b%06x%b" % (event[:check_at], checksum(event, id_at), event[check_at + CHECK_DIGITS :])


def id_rows(run: str, lane: int, first: int, count: int) -> NDArray[np.uint8]:
    """Ids of consecutive numbers of one lane as a (count, 36) byte matrix whose check digits are zeros.

    `seal_all` fills in the check digits once the events' other bytes are there.
    """
    rows = np.empty((count, ID_LENGTH), dtype=np.uint8)
    begin = 0
    while begin < count:
        # up to the next number whose digits before the last three are others
        end = min(count, begin + _LAST_DIGITS - (first + begin) % _LAST_DIGITS)
        rows[begin:end] = np.frombuffer(format_id(EventId(run, lane, first + begin, 0)), dtype=np.uint8)
        begin = end
    rows[:, CHECK_AT - 3 : CHECK_AT] = _HEX_TRIPLES[np.arange(first, first + count) % _LAST_DIGITS]
    return rows


def seal_all(data: bytearray | memoryview, starts: list[int], ends: list[int], id_at: int) -> None:
    """Fill in, in place, the check digits of events that lie at [start, end) of `data`, line ends excluded.

    Every event has its id, check digits zero, at `start + id_at`.
    """
    digest, check_at = xxh3_64_intdigest, id_at + CHECK_AT
    with memoryview(data) as view:
        digests = [digest(view[start:end]) for start, end in zip(starts, ends, strict=True)]
    low_bytes = np.array(digests, dtype=">u8").view(np.uint8).reshape(-1, 8)[:, 5:]
    digits = _HEX_PAIRS[low_bytes].reshape(-1, CHECK_DIGITS)
    places = np.asarray(starts, dtype=np.int64)[:, None] + np.arange(check_at, check_at + CHECK_DIGITS)
    np.frombuffer(data, dtype=np.uint8)[places] = digits
