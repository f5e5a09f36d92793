"""Names that fields with times commonly have."""

import re
from collections.abc import Iterable
from functools import lru_cache

# fmt: off
_NAMES = (
    "event_time", "timestamp", "ts", "t", "time", "client_timestamp", "event_timestamp",
    "collector_tstamp", "derived_tstamp", "dvce_created_tstamp", "tstamp", "datetime", "time_ms",
    "ts_ms", "timestamp_ms", "event_time_ms", "event_time_msec", "original_timestamp",
    "client_time", "client_ts", "server_ts", "server_time", "server_timestamp", "sent_at",
    "created_at", "occurred_at", "received_at", "happened_at", "logged_at", "event_datetime",
    "event_date", "event_ts", "created_time", "request_time", "log_time", "txn_timestamp", "date",
    "created", "dtm", "stm",
)
# fmt: on
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_RANKS = {_NOT_LETTERS.sub("", name): number for number, name in enumerate(_NAMES)}
_LIKELY = re.compile(
    r"time|date|stamp|(?:^|_)ts(?:_|$)|_at$|when|moment|(?:^|_)(?:epoch|utc|clock)", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def rank(name: str) -> int | None:
    """The place of a name, in any spelling, among those commonly used for times, or None for any other."""
    return _RANKS.get(_NOT_LETTERS.sub("", name.lower()))


def order(name: str) -> int:
    """The place of a name; one that is not known comes last."""
    found = rank(name.rpartition(".")[2])
    return len(_RANKS) if found is None else found


def sounds_like_time(name: str) -> bool:
    """Whether a name that is not known suggests a time."""
    return rank(name.rpartition(".")[2]) is not None or _LIKELY.search(name.rpartition(".")[2]) is not None


def in_order_of_name(names: Iterable[str]) -> list[str]:
    """Those that are known, the most usual first."""
    return sorted((name for name in names if rank(name) is not None), key=order)
