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
_ISO_DATE, _ISO_CLOCK, _ISO_FRACTION = slice(0, 11), slice(11, 19), 20
# 01/Mar/2026:00:00:09 +0000
_LOG = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}", re.ASCII)
_LOG_DATE, _LOG_CLOCK, _LOG_OFFSET = slice(0, 12), slice(12, 20), slice(20, 26)
_LOG_DATE_SIGNS = np.array([2, 6, 11])
_MONTHS = np.array([list(b"JanFebMarAprMayJunJulAugSepOctNovDec"[at : at + 3]) for at in range(0, 36, 3)])
_CLOCK_DIGITS, _CLOCK_SIGNS = np.array([0, 1, 3, 4, 6, 7]), np.array([2, 5])  # of 00:00:09
_OF_CLOCK = np.array([36_000.0, 3600.0, 600.0, 60.0, 10.0, 1.0])  # seconds that each digit stands for
_LATEST_CLOCK = np.array([2, 9, 5, 9, 5, 9])
_ZERO, _PLUS, _MINUS, _COLON, _SPACE = b"0+-: "
_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAY_S = 86_400

_Letters = NDArray[np.uint8]  # of texts of one length: a row for each
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


def _of_iso(letters: _Letters) -> _Floats | None:
    form = _ISO.fullmatch(letters[0].tobytes().decode())
    if form is None:
        return None
    dates, decimals = _different(letters[:, _ISO_DATE]), len(form["f"] or "")
    clock, fraction = _clock(letters[:, _ISO_CLOCK]), letters[:, _ISO_FRACTION : _ISO_FRACTION + decimals]
    digits = _digits(dates[:, [0, 1, 2, 3, 5, 6, 8, 9]])
    signs = (dates[:, [4, 7, 10]] == letters[0, [4, 7, 10]]).all()
    zone = letters[:, _ISO_CLOCK.stop + bool(decimals) + decimals :]
    if digits is None or clock is None or (fraction - np.uint8(_ZERO) > 9).any() or not signs:
        return None
    if not (zone == zone[0]).all() or not (letters[:, _ISO_CLOCK.stop :][:, : bool(decimals)] == ord(".")).all():
        return None
    days = _days(_number(digits[:, :4]), _number(digits[:, 4:6]), _number(digits[:, 6:]))
    if days is None:
        return None
    seconds = days * _DAY_S + clock
    if form["h"]:
        east = int(form["h"]) * 3600 + int(form["m"]) * 60
        seconds = seconds + (east if form["z"][0] == "-" else -east)
    parts = 10**decimals  # of a second: with them as one whole number only the division rounds
    found: _Floats = (seconds * parts + _number(fraction - np.uint8(_ZERO))) / parts
    return found


def _of_logs(letters: _Letters) -> _Floats | None:
    dates, offsets = _different(letters[:, _LOG_DATE]), _different(letters[:, _LOG_OFFSET])
    clock = _clock(letters[:, _LOG_CLOCK])
    digits, offset = _digits(dates[:, [7, 8, 9, 10, 0, 1]]), _digits(offsets[:, 2:])
    if digits is None or offset is None or clock is None:
        return None
    is_month = (dates[:, None, 3:6] == _MONTHS).all(axis=2)
    west = offsets[:, 1] == _MINUS
    hours, minutes = _number(offset[:, :2]), _number(offset[:, 2:])
    signs = (dates[:, _LOG_DATE_SIGNS] == letters[0, _LOG_DATE_SIGNS]).all() and (offsets[:, 0] == _SPACE).all()
    right = (west | (offsets[:, 1] == _PLUS)) & (hours < 24) & (minutes < 60)
    if not signs or not is_month.any(axis=1).all() or not right.all():
        return None
    days = _days(_number(digits[:, :4]), is_month.argmax(axis=1) + 1, _number(digits[:, 4:]))
    return None if days is None else days * _DAY_S + clock - np.where(west, -1, 1) * (hours * 3600 + minutes * 60)


def _different(letters: _Letters) -> _Letters:
    """The first row if all are like it, as dates mostly are; else all of them."""
    return letters[:1] if (letters == letters[0]).all() else letters


def _digits(letters: _Letters) -> _Letters | None:
    digits = letters - np.uint8(_ZERO)
    return None if (digits > 9).any() else digits


def _number(digits: _Letters) -> _Ints:
    """The numbers whose digits, the highest first, are the columns."""
    number: _Ints = (digits @ 10.0 ** np.arange(digits.shape[1] - 1, -1, -1)).astype(np.int64)
    return number


def _clock(letters: _Letters) -> _Floats | None:
    """Seconds since midnight; None if one is not a time of the day."""
    digits = letters[:, _CLOCK_DIGITS] - np.uint8(_ZERO)
    right = (digits <= _LATEST_CLOCK).all() and (letters[:, _CLOCK_SIGNS] == _COLON).all()
    if not right or ((digits[:, 0] == _LATEST_CLOCK[0]) & (digits[:, 1] > 3)).any():
        return None
    seconds: _Floats = digits @ _OF_CLOCK
    return seconds


def _days(year: _Ints, month: _Ints, day: _Ints) -> _Floats | None:
    """Days since 1970; None if one is not a day of the calendar."""
    in_month = _DAYS[(month - 1).clip(0, 11)]
    common = (year % 4 != 0) | ((year % 100 == 0) & (year % 400 != 0))
    in_month = in_month - (common & (month == 2))
    if not ((month >= 1) & (month <= 12) & (day >= 1) & (day <= in_month) & (year > 0)).all():
        return None
    begin = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    found: _Floats = (begin.astype("datetime64[D]").astype(np.int64) + day - 1).astype(np.float64)
    return found
