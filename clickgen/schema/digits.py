"""Numbers as text of a fixed width, for many events at once: one void item an event."""

import numpy as np
from numpy.typing import NDArray

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_HEX_QUADS = np.ascontiguousarray(_HEX[np.arange(1 << 16)[:, None] >> np.array([12, 8, 4, 0]) & 15]).view(
    np.uint32
)
_QUAD = 10_000
_DECIMAL_QUADS = np.ascontiguousarray(
    (np.arange(_QUAD)[:, None] // np.array([1000, 100, 10, 1]) % 10 + ord("0")).astype(np.uint8)
).view(np.uint32)

# The 16 hex digits of a number, cut where a UUID needs them, and a UUID of two numbers, the second one's last two
# digits left out.
_FIRST = np.dtype([("a", "V8"), ("b", "V4"), ("c", "V3"), ("d", "V1")])
_SECOND = np.dtype([("a", "V2"), ("b", "V12"), ("unused", "V2")])
_UUID = np.dtype("V8, V1, V4, V2, V3, V2, V1, V2, V1, V12")
_UUID.names = ("a", "dash1", "b", "version", "c", "variant", "d", "e", "dash4", "f")
_ODD = np.uint64(0x9E3779B97F4A7C15)

Texts = NDArray[np.void]


def hex_digits(numbers: NDArray[np.uint64]) -> Texts:
    return _HEX_QUADS.reshape(-1).take(numbers.astype(">u8").view(">u2")).view("V16")


def decimal_digits(numbers: NDArray[np.int64], width: int) -> Texts:
    """Numbers from 0 to 10^width - 1 in decimal, with leading zeros."""
    groups = -(-width // 4)
    digits = np.empty((len(numbers), groups), dtype=np.uint32)
    quads, left = _DECIMAL_QUADS.reshape(-1), numbers
    for group in range(groups - 1, 0, -1):
        rest = left // _QUAD
        digits[:, group] = quads.take(left - rest * _QUAD)
        left = rest
    digits[:, 0] = quads.take(left)
    return np.ndarray(len(numbers), f"V{width}", digits, offset=4 * groups - width, strides=(4 * groups,))


def uuids(numbers: NDArray[np.uint64]) -> Texts:
    """A random-looking version-4 UUID for each number; other numbers give other UUIDs.

    Its first 16 hex digits are the number's, but for the version and variant digits.
    """
    first = hex_digits(numbers).view(_FIRST)
    second = hex_digits(scrambled(numbers)).view(_SECOND)
    rows = np.empty(len(numbers), dtype=_UUID)
    rows["dash1"], rows["version"], rows["variant"] = np.void(b"-"), np.void(b"-4"), np.void(b"-8")
    rows["dash4"] = np.void(b"-")
    for name in ("a", "b", "c", "d"):
        rows[name] = first[name]
    rows["e"], rows["f"] = second["a"], second["b"]
    return rows.view(f"V{_UUID.itemsize}")


def scrambled(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Another 64-bit number for each one; different numbers stay different."""
    return (numbers ^ numbers >> np.uint64(29)) * _ODD
