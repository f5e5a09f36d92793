"""Pseudonyms: what takes the place of a value, the same for the same value and key, and of its type."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

from clickgen.read.json_value import value_of

_TEXT_BYTES = 10  # 20 hexadecimal digits: no two of a hundred million values meet
_ROUNDS = 8  # of the Feistel network; four are the least that are secure
# A number stays within the type that it fits: INT, what JavaScript has exactly, BIGINT, and its unsigned form.
_BOUNDS = (2**31 - 1, 2**53 - 1, 2**63 - 1, 2**64 - 1)
_MOST_DIGITS = 400  # of a number written out; a double has 309 before its point
_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")


@lru_cache(maxsize=1 << 16)
def pseudonym(written: bytes, name: str, key: bytes) -> bytes:
    """What takes the place of a text or a number, both as JSON; all else, and an empty text, stays.

    A text becomes 20 hexadecimal digits. A number becomes one with the same sign and as many digits before and
    after its point; different numbers never become the same.
    """
    if written.startswith(b'"'):
        text = value_of(written)
        return b'"' + _digest(f"text {name}\0{text}", key).hex().encode() + b'"' if text else written
    number = _NUMBER.fullmatch(written.decode("latin-1"))
    return written if number is None else _number(number, name, key).encode()


def _number(written: "re.Match[str]", name: str, key: bytes) -> str:
    sign, whole, fraction, exponent = written.groups()
    if len(written.group()) > _MOST_DIGITS:
        return sign + str(int.from_bytes(_digest(f"long {name} {written.group()}", key), "big"))
    is_float = fraction is not None or exponent is not None
    behind = ""
    if exponent is not None and len(exponent) <= 4 and abs(int(exponent)) <= _MOST_DIGITS:
        whole, _, fraction = format(Decimal(written.group()).copy_abs(), "f").partition(".")
    elif exponent is not None:
        behind = f"e{exponent}"
    fraction = (fraction or "").rstrip("0")  # 2.50 is 2.5
    found = _permuted(whole, fraction, f"number {name}\0{sign}", key)
    whole, fraction = found[: len(whole)], found[len(whole) :]
    return f"{sign}{whole}" + (f".{fraction or '0'}" if is_float else "") + behind


def _permuted(whole: str, fraction: str, tweak: str, key: bytes) -> str:
    """As many other digits, of a number of the same kind."""
    digits = whole + fraction
    kind = _kind(whole, fraction)
    size = len(digits)
    step = _permutation(10**size, f"{tweak} {len(whole)}.{len(fraction)}", key)
    value = int(digits)
    while True:  # walking on along a cycle of the permutation comes back to the kind it began with
        value = step(value)
        found = f"{value:0{size}}"
        if _kind(found[: len(whole)], found[len(whole) :]) == kind:
            return found


def _kind(whole: str, fraction: str) -> tuple[object, ...]:
    """What stays of a number: whether it is below 1, how many digits it has, and the type that it fits."""
    below_one = whole == "0" if fraction else None
    ends_in_zero = fraction.endswith("0")
    leads_with_zero = len(whole) > 1 and whole.startswith("0")
    fits = 0 if fraction else sum(int(whole) > bound for bound in _BOUNDS)
    return below_one, leads_with_zero, ends_in_zero, fits


def _permutation(size: int, tweak: str, key: bytes) -> Callable[[int], int]:
    """A keyed permutation of the numbers below `size`: a Feistel network over as many bits, walked until below."""
    half = ((size - 1).bit_length() + 1) // 2
    mask = (1 << half) - 1

    def permuted(value: int) -> int:
        while True:
            left, right = value >> half, value & mask
            for number in range(_ROUNDS):
                mixed = int.from_bytes(_digest(f"{tweak} {half} {number} {right}", key, 64), "big") & mask
                left, right = right, left ^ mixed
            value = left << half | right
            if value < size:
                return value

    return permuted


def _digest(text: str, key: bytes, size: int = _TEXT_BYTES) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=size).digest()
