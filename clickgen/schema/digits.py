"""Numbers and times as text of a fixed width, for many events at once: one void item an event."""

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_HEX_QUADS = np.ascontiguousarray(_HEX[np.arange(1 << 16)[:, None] >> np.array([12, 8, 4, 0]) & 15]).view(
    np.uint32
)
_MS_A_MINUTE = 60_000
_ZERO = ord("0")

Texts = NDArray[np.void]


def hex_digits(numbers: NDArray[np.uint64]) -> Texts:
    """The 16 hex digits of each number."""
    return _HEX_QUADS.reshape(-1).take(numbers.astype(">u8").view(">u2")).view("V16")


def decimal_digits(numbers: NDArray[np.int64], width: int) -> Texts:
    """Numbers from 0 to 10^width - 1 in decimal, with leading zeros."""
    digits = np.empty((len(numbers), width), dtype=np.uint8)
    left = numbers
    for place in range(width - 1, -1, -1):
        left, digit = np.divmod(left, 10)
        digits[:, place] = digit + _ZERO
    return digits.view(f"V{width}").reshape(-1)


def iso_minute(times_ms: NDArray[np.int64]) -> Texts | np.void:
    """The minutes of Unix times in ms (never falling) as `2026-11-21T10:00`; one text where all are the same."""
    minutes = times_ms // _MS_A_MINUTE
    first, last = int(minutes[0]), int(minutes[-1])
    if first == last:
        return np.void(_iso_minute(first))
    if last - first < len(minutes):
        texts = b"".join(map(_iso_minute, range(first, last + 1)))
        return np.frombuffer(texts, dtype="V16").take(minutes - first)
    return np.frombuffer(b"".join(map(_iso_minute, minutes.tolist())), dtype="V16")


def seconds(times_ms: NDArray[np.int64]) -> Texts:
    """Unix times in ms within their minutes as `:SS.mmmZ`."""
    return _seconds().take(times_ms % _MS_A_MINUTE)


@lru_cache(4096)
def _iso_minute(minute: int) -> bytes:
    return str(np.datetime64(minute, "m")).encode()


@cache
def _seconds() -> Texts:
    second, ms = np.divmod(np.arange(_MS_A_MINUTE), 1000)
    rows = np.empty(_MS_A_MINUTE, dtype=[("a", "V1"), ("second", "V2"), ("b", "V1"), ("ms", "V3"), ("c", "V1")])
    rows["a"], rows["b"], rows["c"] = np.void(b":"), np.void(b"."), np.void(b"Z")
    rows["second"], rows["ms"] = decimal_digits(second, 2), decimal_digits(ms, 3)
    return rows.view("V8")
