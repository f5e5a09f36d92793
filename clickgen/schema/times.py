"""Unix times in ms as text of a fixed width, for many events at once: one void item an event, or one for all."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.digits import Texts, decimal_digits

_MS_A_MINUTE = 60_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REMEMBERED = 4096

LAST_MS = 10**13 - 1  # 2286-11-20T17:46:39Z: later times have more
FIRST_MS = 10**12  # 2001-09-09T01:46:40Z: earlier times have fewer than 13 digits, and JSON has no leading zeros


def seconds(times_ms: NDArray[np.int64], width: int = 8) -> Texts:
    """The times within their minutes as `:SS.mmmZ`, or the first `width` signs of that."""
    return _seconds(width).take(times_ms % _MS_A_MINUTE)


def epoch_ms(times_ms: NDArray[np.int64]) -> Texts:
    """The times, none before FIRST_MS, as 13 digits."""
    return decimal_digits(times_ms, 13)


def epoch_s(times_ms: NDArray[np.int64]) -> Texts:
    """The whole seconds of times, none before FIRST_MS, as 10 digits."""
    return decimal_digits(times_ms // 1000, 10)


def _by_minute(write: Callable[[datetime], str], width: int) -> Callable[[NDArray[np.int64]], Texts | np.void]:
    """Times as text of this width that only depends on their minutes, which is written once for each minute."""

    @lru_cache(_REMEMBERED)
    def written(minute: int) -> bytes:
        return write(datetime.fromtimestamp(minute * 60, UTC)).encode()

    def texts(times_ms: NDArray[np.int64]) -> Texts | np.void:
        minutes = times_ms // _MS_A_MINUTE
        first, last = int(minutes.min()), int(minutes.max())
        if first == last:
            return np.void(written(first))
        if last - first < len(minutes):
            of_each = b"".join(map(written, range(first, last + 1)))
            return np.frombuffer(of_each, dtype=f"V{width}").take(minutes - first)
        return np.frombuffer(b"".join(map(written, minutes.tolist())), dtype=f"V{width}")

    return texts


iso_minute = _by_minute("{:%Y-%m-%dT%H:%M}".format, 16)
sql_minute = _by_minute("{:%Y-%m-%d %H:%M}".format, 16)
iso_day = _by_minute("{:%Y-%m-%d}".format, 10)
plain_day = _by_minute("{:%Y%m%d}".format, 8)
# as access logs write it, 21/Nov/2026:10:00, with English months whatever the locale is
log_minute = _by_minute(lambda at: f"{at:%d}/{_MONTHS[at.month - 1]}/{at:%Y:%H:%M}", 17)


@cache
def _seconds(width: int) -> Texts:
    second, ms = np.divmod(np.arange(_MS_A_MINUTE), 1000)
    rows = np.empty(_MS_A_MINUTE, dtype=[("a", "V1"), ("second", "V2"), ("b", "V1"), ("ms", "V3"), ("c", "V1")])
    rows["a"], rows["b"], rows["c"] = np.void(b":"), np.void(b"."), np.void(b"Z")
    rows["second"], rows["ms"] = decimal_digits(second, 2), decimal_digits(ms, 3)
    cut = np.ndarray(_MS_A_MINUTE, f"V{width}", rows, strides=(rows.itemsize,))
    return np.ascontiguousarray(cut)
