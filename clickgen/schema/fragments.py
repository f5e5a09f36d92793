"""Byte fragments in tables: rows padded with NUL, which no JSON text contains and which is dropped at the end."""

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_HEX_PAIRS = _HEX[np.stack([np.arange(256) >> 4, np.arange(256) & 15], axis=1)].view(np.uint16).reshape(-1)
_MS_A_MINUTE = 60_000
_ZERO = ord("0")

Bytes = NDArray[np.uint8]


class Fragments:
    """A pool of byte strings, taken by number for many events at once.

    rows: one void item a string, as wide as the longest. lengths: their lengths without the padding.
    """

    __slots__ = ("lengths", "rows", "width")

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.width = max(1, *map(len, texts))
        self.rows = np.array(texts, dtype=f"S{self.width}").view(f"V{self.width}")
        self.lengths = np.array([len(text) for text in texts], dtype=np.int64)


def hex_digits(numbers: NDArray[np.uint64]) -> Bytes:
    """The 16 hex digits of each number, as an (n, 16) matrix."""
    return _HEX_PAIRS.take(numbers.astype(">u8").view(np.uint8)).view(np.uint8).reshape(-1, 16)


def time_digits(times_ms: NDArray[np.int64]) -> Bytes:
    """Unix times in ms as `2026-11-21T10:00:00.123Z`, an (n, 24) matrix."""
    minutes = times_ms // _MS_A_MINUTE
    rows = np.empty((len(times_ms), 24), dtype=np.uint8)
    changes = [0, *(np.flatnonzero(np.diff(minutes)) + 1).tolist(), *([len(minutes)] * (len(minutes) > 0))]
    for begin, end in pairwise(changes):
        rows[begin:end, :16] = np.frombuffer(_minute(int(minutes[begin])), dtype=np.uint8)
    rows[:, 16:] = _seconds()[times_ms - minutes * _MS_A_MINUTE]
    return rows


@lru_cache(64)
def _minute(minute: int) -> bytes:
    return str(np.datetime64(minute, "m")).encode()


@cache
def _seconds() -> Bytes:
    """`:SS.mmmZ` for each ms of a minute."""
    rows = np.empty((_MS_A_MINUTE, 8), dtype=np.uint8)
    rows[:] = np.frombuffer(b":SS.mmmZ", dtype=np.uint8)
    digits = decimal_digits(np.arange(_MS_A_MINUTE) + 100_000, 6)
    rows[:, 1:3] = digits[:, 1:3]
    rows[:, 4:7] = digits[:, 3:]
    return rows


def decimal_digits(numbers: NDArray[np.int64], width: int) -> Bytes:
    """Numbers from 0 to 10^width - 1 in decimal, right-aligned after NULs, as an (n, width) matrix."""
    digits = np.zeros((len(numbers), width), dtype=np.uint8)
    left, shown = numbers, np.ones(len(numbers), dtype=np.bool_)
    for place in range(width - 1, -1, -1):
        left, digit = np.divmod(left, 10)
        digits[:, place] = np.where(shown, digit + _ZERO, 0)
        shown = left > 0
        if not shown.any():
            break
    return digits
