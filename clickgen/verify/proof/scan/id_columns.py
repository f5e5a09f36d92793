"""Ids in a buffer, parsed by columns: all of them at once, without a Python object for each id."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import CHECK_AT, CHECK_DIGITS

_WORD_BYTES = 8
_ROW_BYTES = 40  # an id as whole words: `rrrrrrrr` `-rrrr-8l` `ll-vnnn-` `nnnnnncc` `cccc` and what follows


def _bytes(digits: str) -> np.uint64:
    """The word that has these bytes in memory."""
    return np.uint64(int.from_bytes(bytes.fromhex(digits), "little"))


_LOW_HALF = _bytes("ffffffff 00000000")
_NEEDLE_REST = _bytes("ffffffff ffffff00")
_DASHES = _bytes("0000ff00 000000ff")
_DASHES_TO_ZEROS = _bytes("00001d00 0000001d")  # of all signs, only a dash becomes a zero
_THREE_ZEROS = _bytes("00000000 00303030")
_ONES, _SIXES = _bytes("01" * 8), _bytes("06" * 8)
_NO_DIGIT, _ZEROS = _bytes("f0" * 8), _bytes(f"{ord('0'):02x}" * 8)
_EVERY_OTHER_BYTE, _EVERY_OTHER_PAIR = _bytes("ff00" * 4), _bytes("ffff0000" * 2)
_FROM_ZERO_TO_A = np.uint64(ord("a") - 10 - ord("0"))


class IdColumns(NamedTuple):
    """For each of some ids: whether it is well formed, and its parts, which mean nothing if it is not."""

    good: NDArray[np.bool_]
    lanes: NDArray[np.int64]
    numbers: NDArray[np.int64]
    checks: NDArray[np.int64]


def id_rows(data: bytes, places: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The bytes at these places, as rows of words. Places may be outside the data: zeros fill the rest."""
    last = len(data) - _ROW_BYTES
    inside = (places >= 0) & (places <= last)
    if inside.all():
        return items(data, _ROW_BYTES)[places].view("<u8").reshape(len(places), -1)
    rows = np.zeros((len(places), _ROW_BYTES // _WORD_BYTES), dtype="<u8")
    rows[inside] = items(data, _ROW_BYTES)[places[inside]].view("<u8").reshape(-1, rows.shape[1])
    for row in np.flatnonzero(places > last).tolist():
        found = data[max(0, int(places[row])) :][:_ROW_BYTES]
        rows[row] = np.frombuffer(found.ljust(_ROW_BYTES, b"\0"), dtype="<u8")
    return rows


def of_run(rows: NDArray[np.uint64], needle: bytes) -> NDArray[np.bool_]:
    """Which rows begin with the needle of a run."""
    first, second = np.frombuffer(needle.ljust(2 * _WORD_BYTES, b"\0"), dtype="<u8")
    found: NDArray[np.bool_] = rows[:, 0] == first
    found &= rows[:, 1] & _NEEDLE_REST == second
    return found


def parse_rows(rows: NDArray[np.uint64]) -> IdColumns:
    """What the rows say after the needle. Eight digits are read at once, as the bytes of a word."""
    words = rows.T[2:].copy()
    words[0] ^= _DASHES_TO_ZEROS
    words[2] &= _LOW_HALF
    words[2] |= (rows[:, 1] >> np.uint64(56)) << np.uint64(32)
    words[2] |= _THREE_ZEROS
    letters = words >> np.uint64(6)
    letters &= _ONES
    digits = letters * _FROM_ZERO_TO_A
    digits += _ZEROS
    np.subtract(words, digits, out=digits)
    # for each byte by itself: only what is not a digit borrows from the next one
    wrong = digits + _SIXES
    wrong >>= np.uint64(4)
    wrong ^= letters  # a digit is over nine where it is a letter
    wrong &= _ONES
    wrong |= digits & _NO_DIGIT
    wrong[0] |= digits[0] & _DASHES
    good = wrong[0] | wrong[1] | wrong[2] == 0
    place, low, rest = _joined(digits)
    good &= place >> 18 & 3 == 2  # the variant of RFC 9562
    # place: `ll0vnnn0`, low: `nnnnnncc`, rest: `ccccl000`
    lanes = (rest >> 12 & 0xF) << 8 | place >> 24 & 0xFF
    return IdColumns(good, lanes, (place >> 4 & 0x3FFF) << 24 | low >> 8, (low & 0xFF) << 16 | rest >> 16)


def zero_checks(data: bytearray, places: NDArray[np.int64]) -> None:
    """Write zeros for the check digits of the ids at these places."""
    items(data, CHECK_DIGITS)[places + CHECK_AT] = np.void(b"0" * CHECK_DIGITS)


def items(data: bytes | bytearray, size: int) -> NDArray[np.void]:
    """For every position of `data`, the next `size` bytes; nothing is copied."""
    if len(data) < size:
        return np.empty(0, dtype=f"V{size}")
    return np.ndarray((len(data) - size + 1,), dtype=f"V{size}", buffer=data, strides=(1,))


def _joined(digits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Eight digits, the first in the lowest byte, as one number."""
    pairs = (digits << np.uint64(4) | digits >> np.uint64(8)) & _EVERY_OTHER_BYTE
    fours = (pairs << np.uint64(8) | pairs >> np.uint64(16)) & _EVERY_OTHER_PAIR
    return ((fours << np.uint64(16) | fours >> np.uint64(32)) & _LOW_HALF).view(np.int64)
