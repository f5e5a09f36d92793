"""Times of one form in UTC, read many at once: 2026-03-01T00:00:09Z, with or without thousandths."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.traffic.event_time import EARLIEST, LATEST

_FORMS = {20: "0000-00-00T00:00:00Z", 24: "0000-00-00T00:00:00.000Z"}
_SIGNS = np.frombuffer(b"0", dtype=np.uint8)[0]
_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAY_S = 86_400


def utc_times(values: Sequence[Any]) -> NDArray[np.float64] | None:
    """The Unix times of these texts; None if one of them is of another form, or no time of the calendar."""
    if not values or set(map(type, values)) != {str}:
        return None
    length = len(values[0])
    joined = "".join(values)
    if length not in _FORMS or len(joined) != length * len(values) or not joined.isascii():
        return None
    signs = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(len(values), length)
    form = np.frombuffer(_FORMS[length].encode(), dtype=np.uint8)
    is_digit = form == _SIGNS
    digits = signs[:, is_digit] - _SIGNS
    if (digits > 9).any() or not (signs[:, ~is_digit] == form[~is_digit]).all():
        return None
    return _of_digits(digits.astype(np.int64))


def _of_digits(digits: NDArray[np.int64]) -> NDArray[np.float64] | None:
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute, second = (digits[:, at] * 10 + digits[:, at + 1] for at in range(4, 14, 2))
    in_month = _DAYS[(month - 1).clip(0, 11)]
    common = (year % 4 != 0) | ((year % 100 == 0) & (year % 400 != 0))
    in_month = in_month - (common & (month == 2))
    right = (month >= 1) & (month <= 12) & (day >= 1) & (day <= in_month)
    if not (right & (hour < 24) & (minute < 60) & (second < 60) & (year > 0)).all():
        return None
    begin = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    days = begin.astype("datetime64[D]").astype(np.int64) + day - 1
    ms = digits[:, 14:] @ np.array([100, 10, 1]) if digits.shape[1] > 14 else np.zeros(len(year), dtype=np.int64)
    whole = (days * _DAY_S + hour * 3600 + minute * 60 + second) * 1000 + ms
    found: NDArray[np.float64] = whole / 1000
    return found if ((found >= EARLIEST) & (found < LATEST)).all() else None
