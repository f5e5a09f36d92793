"""Times of one form, read many at once: numbers, ISO 8601, and those of access logs."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.traffic.event_time import EARLIEST, EPOCH_UNITS, LATEST

# 2026-03-01T00:00:09.125+01:00
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.(?P<f>\d{3}(?:\d{3})?))?"
    r"(?P<z>Z|[+-](?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d))?",
    re.ASCII,
)
_ISO_DIGITS = 14  # before the fraction
# 01/Mar/2026:00:00:09 +0000
_LOG = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}", re.ASCII)
_LOG_SIGNS = np.array([2, 6, 11, 14, 17, 20])  # where it has the same signs always
_LOG_DIGITS = np.array([7, 8, 9, 10, 0, 1, 12, 13, 15, 16, 18, 19, 22, 23, 24, 25])
_LOG_MONTH, _LOG_OFFSET = slice(3, 6), 21
_MONTHS = np.array([list(b"JanFebMarAprMayJunJulAugSepOctNovDec"[at : at + 3]) for at in range(0, 36, 3)])
_ZERO, _PLUS, _MINUS = b"0+-"
_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAY_S = 86_400

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


def times_at_once(values: Sequence[Any], *, naive: bool) -> _Floats | None:
    """The Unix times of these; None if they are not of one form that is known here, or one is not a time.

    naive: whether times without a zone are read, as UTC.
    """
    types = set(map(type, values))
    if types in ({int}, {float}):
        return _of_numbers(np.array(values, dtype=np.float64))
    if types != {str}:
        return None
    form = _ISO.fullmatch(values[0])
    if form is not None:
        return _checked(_of_iso, values) if naive or form["z"] else None
    if _LOG.fullmatch(values[0]) is not None:
        return _checked(_of_logs, values)
    try:
        return _of_numbers(np.fromiter(map(float, values), np.float64, len(values)))
    except ValueError:
        return None


def _of_numbers(numbers: _Floats) -> _Floats | None:
    """The times that numbers mean, which are all in one unit."""
    for unit in EPOCH_UNITS:
        if ((numbers >= EARLIEST * unit) & (numbers < LATEST * unit)).all():
            return numbers / unit
    return None


def _checked(read: Any, values: Sequence[str]) -> _Floats | None:
    """What a form says of texts that are as long as the first, with its letters in a row for each."""
    length, joined = len(values[0]), "".join(values)
    if set(map(len, values)) != {length} or not joined.isascii():
        return None
    found: _Floats | None = read(np.frombuffer(joined.encode(), dtype=np.uint8).reshape(len(values), length))
    return found if found is not None and ((found >= EARLIEST) & (found < LATEST)).all() else None


def _of_iso(letters: NDArray[np.uint8]) -> _Floats | None:
    form = _ISO.fullmatch(letters[0].tobytes().decode())
    if form is None:
        return None
    decimals = len(form["f"] or "")
    places = np.flatnonzero((letters[0] >= _ZERO) & (letters[0] < _ZERO + 10))[: _ISO_DIGITS + decimals]
    digits, signs = _digits(letters, places), np.delete(letters, places, axis=1)
    if digits is None or not (signs == signs[0]).all():
        return None
    month = digits[:, 4] * 10 + digits[:, 5]
    seconds = _seconds(_number(digits[:, :4]), month, digits[:, 6:_ISO_DIGITS])
    if seconds is None:
        return None
    if form["h"]:
        east = int(form["h"]) * 3600 + int(form["m"]) * 60
        seconds = seconds + (east if form["z"][0] == "-" else -east)
    parts = 10**decimals  # of a second: with them as one whole number only the division rounds
    found: _Floats = (seconds * parts + _number(digits[:, _ISO_DIGITS:])) / parts
    return found


def _of_logs(letters: NDArray[np.uint8]) -> _Floats | None:
    digits = _digits(letters, _LOG_DIGITS)
    if digits is None or not (letters[:, _LOG_SIGNS] == letters[0, _LOG_SIGNS]).all():
        return None
    is_month = (letters[:, None, _LOG_MONTH] == _MONTHS).all(axis=2)
    west = letters[:, _LOG_OFFSET] == _MINUS
    seconds = _seconds(_number(digits[:, :4]), is_month.argmax(axis=1) + 1, digits[:, 4:12])
    hours, minutes = _number(digits[:, 12:14]), _number(digits[:, 14:])
    right = is_month.any(axis=1) & (west | (letters[:, _LOG_OFFSET] == _PLUS)) & (hours < 24) & (minutes < 60)
    if seconds is None or not right.all():
        return None
    found: _Floats = (seconds - np.where(west, -1, 1) * (hours * 3600 + minutes * 60)).astype(np.float64)
    return found


def _digits(letters: NDArray[np.uint8], places: _Ints) -> _Ints | None:
    digits = letters[:, places] - np.uint8(_ZERO)
    return None if (digits > 9).any() else digits.astype(np.int64)


def _number(digits: _Ints) -> _Ints:
    """The numbers whose digits, the highest first, are the columns."""
    number: _Ints = digits @ 10 ** np.arange(digits.shape[1] - 1, -1, -1)
    return number


def _seconds(year: _Ints, month: _Ints, rest: _Ints) -> _Ints | None:
    """Unix times in UTC; None if one is not a time of the calendar. rest: two digits each for day to second."""
    day, hour, minute, second = (rest[:, at] * 10 + rest[:, at + 1] for at in range(0, 8, 2))
    in_month = _DAYS[(month - 1).clip(0, 11)]
    common = (year % 4 != 0) | ((year % 100 == 0) & (year % 400 != 0))
    in_month = in_month - (common & (month == 2))
    right = (month >= 1) & (month <= 12) & (day >= 1) & (day <= in_month)
    if not (right & (hour < 24) & (minute < 60) & (second < 60) & (year > 0)).all():
        return None
    begin = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    days = begin.astype("datetime64[D]").astype(np.int64) + day - 1
    found: _Ints = days * _DAY_S + hour * 3600 + minute * 60 + second
    return found
