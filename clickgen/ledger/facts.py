"""What a run noted of itself when it closed, as far as it can be true: these rows of its ledger have no CRC."""

import math
from collections.abc import Callable
from typing import Any


def is_fact(name: str, value: Any) -> bool:
    """Whether the value is of the kind that the fact of this name has."""
    return _KINDS.get(name, _is_anything)(value)


def _is_number(value: Any) -> bool:
    """Whether it is a number that a run can count or measure."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _are_percentiles(value: Any) -> bool:
    return _are_numbers(value) and {"p50", "p99", "max"} <= value.keys()


def _is_of_lanes(value: Any) -> bool:
    return _are_numbers(value) and all(lane.isdecimal() for lane in value)


def _is_yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _is_anything(_: Any) -> bool:
    return True  # of another version, which nothing here reads


_COUNTS = (
    "records",
    "batches",
    "attempts",
    "throttled",
    "overwritten",
    "objects",
    "bytes",
    "skipped",
    "out_of_order",
)
_MEASURES = ("seconds", "rate", "cost_usd", "cost_unpacked_usd", "cost_packed_usd")
_KINDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys((*_COUNTS, *_MEASURES), _is_number),
    **dict.fromkeys(("lag_ms", "latency_ms"), _are_percentiles),
    "drifted_from": _is_of_lanes,
    "complete": _is_yes_or_no,
}
