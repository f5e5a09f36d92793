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

# Unix times in ms of 13 digits: from 2001-09-09T01:46:40Z to 2286. Numbers in JSON cannot begin with zeros.
FIRST_MS, LAST_MS = 10**12, 10**13 - 1


def iso_minute(times_ms: NDArray[np.int64]) -> Texts | np.void:
    """The minutes as `2026-11-21T10:00`."""
    return _by_minute(times_ms, 16, _iso_minute)


def sql_minute(times_ms: NDArray[np.int64]) -> Texts | np.void:
    """The minutes as `2026-11-21 10:00`."""
    return _by_minute(times_ms, 16, _sql_minute)


def log_minute(times_ms: NDArray[np.int64]) -> Texts | np.void:
    """The minutes as access logs write them, `21/Nov/2026:10:00`."""
    return _by_minute(times_ms, 17, _log_minute)


def iso_day(times_ms: NDArray[np.int64]) -> Texts | np.void:
    """The days as `2026-11-21`."""
    return _by_minute(times_ms, 10, _iso_day)


def plain_day(times_ms: NDArray[np.int64]) -> Texts | np.void:
    """The days as `20261121`."""
    return _by_minute(times_ms, 8, _plain_day)


def seconds(times_ms: NDArray[np.int64], width: int = 8) -> Texts:
    """The times within their minutes as `:SS.mmmZ`, or the first `width` signs of that."""
    return _seconds(width).take(times_ms % _MS_A_MINUTE)


def epoch_ms(times_ms: NDArray[np.int64]) -> Texts:
    """The times as 13 digits; they lie between FIRST_MS and LAST_MS."""
    return decimal_digits(times_ms, 13)


def epoch_s(times_ms: NDArray[np.int64]) -> Texts:
    """The whole seconds as 10 digits; the times lie between FIRST_MS and LAST_MS."""
    return decimal_digits(times_ms // 1000, 10)


def _by_minute(times_ms: NDArray[np.int64], width: int, write: Callable[[int], bytes]) -> Texts | np.void:
    minutes = times_ms // _MS_A_MINUTE
    first, last = int(minutes.min()), int(minutes.max())
    if first == last:
        return np.void(write(first))
    if last - first < len(minutes):
        texts = b"".join(map(write, range(first, last + 1)))
        return np.frombuffer(texts, dtype=f"V{width}").take(minutes - first)
    return np.frombuffer(b"".join(map(write, minutes.tolist())), dtype=f"V{width}")


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


@lru_cache(_REMEMBERED)
def _iso_minute(minute: int) -> bytes:
    return f"{_moment(minute):%Y-%m-%dT%H:%M}".encode()


@lru_cache(_REMEMBERED)
def _sql_minute(minute: int) -> bytes:
    return f"{_moment(minute):%Y-%m-%d %H:%M}".encode()


@lru_cache(_REMEMBERED)
def _log_minute(minute: int) -> bytes:
    moment = _moment(minute)
    return f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M}".encode()


@lru_cache(_REMEMBERED)
def _iso_day(minute: int) -> bytes:
    return f"{_moment(minute):%Y-%m-%d}".encode()


@lru_cache(_REMEMBERED)
def _plain_day(minute: int) -> bytes:
    return f"{_moment(minute):%Y%m%d}".encode()


@cache
def _seconds(width: int) -> Texts:
    second, ms = np.divmod(np.arange(_MS_A_MINUTE), 1000)
    rows = np.empty(_MS_A_MINUTE, dtype=[("a", "V1"), ("second", "V2"), ("b", "V1"), ("ms", "V3"), ("c", "V1")])
    rows["a"], rows["b"], rows["c"] = np.void(b":"), np.void(b"."), np.void(b"Z")
    rows["second"], rows["ms"] = decimal_digits(second, 2), decimal_digits(ms, 3)
    cut = np.ndarray(_MS_A_MINUTE, f"V{width}", rows, strides=(rows.itemsize,))
    return np.ascontiguousarray(cut)
