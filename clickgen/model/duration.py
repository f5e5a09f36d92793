"""Durations as people write them."""

import re

UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"(\d+(?:\.\d+)?)(ms|s|m|h|d)"


def seconds_of(text: str) -> float | None:
    """The seconds of 200ms, 30s, 5m or 1h30m; None where the text is no such duration."""
    written = text.strip().lower()
    if re.fullmatch(f"(?:{_PART})+", written) is None:
        return None
    return sum(float(number) * UNIT_SECONDS[unit] for number, unit in re.findall(_PART, written))
