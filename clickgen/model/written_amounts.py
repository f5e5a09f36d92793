"""Amounts as people write them: 5k, 1e6, 10_000, 500/s, 30k/min, 64KiB."""

import re
from decimal import Decimal

_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*|(?=\.\d))(?:\.\d*)?(?:e[+-]?\d{1,3})?)\s*([a-z]*)", re.IGNORECASE
)
# a lower-case m would be read as minutes by one and as millions by another
_MULTIPLES = {"": 1, "k": 1000, "K": 1000, "M": 1000**2, "G": 1000**3}
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second"), 1),
    **dict.fromkeys(("min", "minute"), 60),
    **dict.fromkeys(("h", "hour"), 3600),
    **dict.fromkeys(("d", "day"), 86400),
}
_BYTES = {
    **dict.fromkeys(("", "b"), 1),
    **dict.fromkeys(("k", "kb"), 1000),
    **dict.fromkeys(("m", "mb"), 1000**2),
    "kib": 1024,
    "mib": 1024**2,
}


def number_of(text: str) -> float | None:
    """The number that a text such as 10_000, 10,000, 5k, 1.5M or 1e6 says, or None if it says none."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2] not in _MULTIPLES:
        return None
    return float(_plain(found[1]) * _MULTIPLES[found[2]])


def rate_of(text: str) -> float | None:
    """Events a second of a text such as 500, 5k, 500/s, 30k/min or 1M/day, or None if it says none."""
    amount, slash, unit = text.strip().partition("/")
    number = number_of(amount)
    seconds = _SECONDS.get(unit.strip().lower()) if slash else 1
    return None if number is None or seconds is None else number / seconds


def bytes_of(text: str) -> float | None:
    """Bytes of a text such as 420, 64KiB or 1MB, or None if it says none."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2].lower() not in _BYTES:
        return None
    return float(_plain(found[1]) * _BYTES[found[2].lower()])


def _plain(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))  # 1.005M is 1,005,000, which floats miss
