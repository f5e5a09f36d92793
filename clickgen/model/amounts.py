"""Amounts as people read them: counts, rates, times, bytes. Plain ASCII, for any terminal and any log."""

import re
from datetime import UTC, datetime

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"(\d+(?:\.\d+)?)(ms|s|m|h|d)"


def count(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 batch, 12 batches."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """A share of one as a percentage: 12.3 %."""
    return f"{share * 100:.1f} %"


def wanted(rate: float) -> str:
    """A rate as it was requested: 500, 2,000 or 0.5, in the unit it was given in."""
    return f"{rate:,.10g}"


def measured(rate: float) -> str:
    """A rate as it was measured: 499.9, from 100,000 on without a fraction."""
    return f"{rate:,.0f}" if rate >= 100_000 else f"{rate:,.1f}"


def latency(seconds: float) -> str:
    """A short time: 0.4 ms, 512 ms, 1.02 s; from a minute on as `duration`."""
    milliseconds = seconds * 1000
    if milliseconds < 9.95:
        return f"{milliseconds:.1f} ms" if milliseconds >= 0.05 else "0 ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 59.995 else duration(seconds)


def duration(seconds: float) -> str:
    """Whole seconds in the two largest units: 12s, 1m 05s, 2h 03m, 1d 04h; less than half a second as 0.02s."""
    if 0.0005 <= seconds < 0.5:
        return f"{seconds:.1g}s"
    whole = max(0, round(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d {hour:02d}h"
    if hours:
        return f"{hours}h {minute:02d}m"
    return f"{minutes}m {second:02d}s" if minutes else f"{second}s"


def stopwatch(seconds: float) -> str:
    """Whole seconds as 00:05 or 1:02:03."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"


def instant(unix_ms: int) -> str:
    """A Unix time in milliseconds as ISO 8601 in UTC, without a fraction of .000."""
    moment = datetime.fromtimestamp(unix_ms // 1000, UTC).replace(microsecond=unix_ms % 1000 * 1000)
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def size(number: int) -> str:
    """Bytes in the largest unit of 1,024 that leaves at least one: 512 B, 2.3 MiB."""
    amount, position = float(number), 0
    while amount >= 1023.95 and position < len(_SIZES) - 1:
        amount /= 1024
        position += 1
    return f"{amount:,.1f} {_SIZES[position]}" if position else f"{number} B"


def seconds_of(text: str) -> float | None:
    """The seconds of 200ms, 30s, 5m or 1h30m, or None if the text is not a duration."""
    written = text.strip().lower()
    if re.fullmatch(f"(?:{_PART})+", written) is None:
        return None
    return sum(float(number) * UNIT_SECONDS[unit] for number, unit in re.findall(_PART, written))


def usd(amount: float) -> str:
    """Dollars for people: cents if they say something, otherwise two significant digits."""
    if amount == 0 or amount >= 0.095:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if amount >= 0.0001 else "under $0.0001"
