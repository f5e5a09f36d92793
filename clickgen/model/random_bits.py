"""Random bits by place instead of by moment: the same for a session's click, however it is reached.

The bits of place i are the i-th output of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
number generators", OOPSLA 2014) begun at a key. It is integer arithmetic modulo 2^64, so it gives the same on
every machine, and its last step is a bijection, so different places never share an id.
"""

from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORDS: Final = 4

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def key_of(*parts: object) -> np.uint64:
    """A 64-bit key for a purpose: the hash of what it depends on."""
    digest = blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))


def bits_at(key: np.uint64, places: NDArray[np.int64]) -> NDArray[np.uint64]:
    """64 random bits for each place (any 64-bit integers, negative ones too)."""
    mixed = places.view(np.uint64) * _GOLDEN
    mixed += key
    mixed ^= mixed >> _SHIFTS[0]
    mixed *= _MIX[0]
    mixed ^= mixed >> _SHIFTS[1]
    mixed *= _MIX[1]
    mixed ^= mixed >> _SHIFTS[2]
    return mixed
