"""Times as they are written in events, moved: each keeps the form that it has."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache, partial
from itertools import accumulate

import orjson

from clickgen.read.json_value import value_of
from clickgen.traffic.event_time import EPOCH_UNITS, from_epoch
from clickgen.traffic.time_text import Reading, moved

_NS = 1_000_000_000
_BEGIN, _SECOND = datetime(1970, 1, 1), timedelta(seconds=1)  # of local times, whatever their zone
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
# The form that most events have. Whatever its zone is, it stays, so that the local time moves as the moment does.
_ISO = re.compile(
    rb'"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(?:([.,])(\d{1,9}))?( ?(?:Z|z|UTC|GMT|[+-][01]\d:?\d\d))?"'
)

Move = Callable[[int], bytes | None]
"""From nanoseconds to the time as JSON so much later, or None if that cannot be written."""


def move_of(written: bytes, reading: Reading) -> Move | None:
    """What moves a time that an event has as this JSON, or None if that is not a time."""
    found = _ISO.fullmatch(written)
    if found is not None and (found[6] is not None or isinstance(reading.zone, timezone)):
        try:
            local = datetime.fromisoformat(f"{found[1].decode()} {found[3].decode()}")
        except ValueError:
            return partial(_moved_text, orjson.loads(written), reading)  # a leap second, or not a time
        sign, digits, zone = found[4] or b"", found[5] or b"", found[6] or b""
        second, nanos = (local - _BEGIN) // _SECOND, int(digits.ljust(9, b"0"))
        return partial(_moved_iso, second, nanos, found[2].decode(), sign, len(digits), zone)
    if not written.startswith(b'"'):
        return _number_move(written.decode("latin-1"), b"")
    text = value_of(written)
    return _number_move(text, b'"') or partial(_moved_text, text, reading)


def moved_value(written: bytes, by_ns: int, reading: Reading) -> bytes | None:
    """A time as JSON, so much later, in the form that it had; None if it is not a time."""
    move = move_of(written, reading)
    return None if move is None else move(by_ns)


def joined_moves(texts: Sequence[str], reading: Reading) -> list[Move]:
    """What moves the parts of a time that is in several fields."""
    ends = list(accumulate(text.count(" ") + 1 for text in texts))
    return [
        partial(_moved_part, " ".join(texts), reading, begin, end)
        for begin, end in zip([0, *ends], ends, strict=False)
    ]


def _moved_iso(
    second: int, nanos: int, gap: str, sign: bytes, decimals: int, zone: bytes, by_ns: int
) -> bytes | None:
    seconds, nanos = divmod(nanos + by_ns, _NS)
    try:
        later = _written_second(second + seconds, gap)
    except OverflowError:
        return None
    return b'"%b%b%b%b"' % (later, sign, (b"%09d" % nanos)[:decimals], zone)


@lru_cache(maxsize=1 << 12)
def _written_second(second: int, gap: str) -> bytes:
    return (_BEGIN + second * _SECOND).isoformat(gap).encode()


@lru_cache(maxsize=1 << 12)
def _moved_text(text: str, reading: Reading, by_ns: int) -> bytes | None:
    later = moved(text, by_ns, reading)
    return None if later is None else orjson.dumps(later)


def _moved_part(text: str, reading: Reading, begin: int, end: int, by_ns: int) -> bytes | None:
    later = _moved_text(text, reading, by_ns)
    return None if later is None else orjson.dumps(" ".join(orjson.loads(later).split(" ")[begin:end]))


def _number_move(text: str, quote: bytes) -> Move | None:
    """The move of seconds, milliseconds and so on since 1970."""
    if not _NUMBER.fullmatch(text) or from_epoch(float(text)) is None:
        return None
    unit = next(unit for unit in EPOCH_UNITS if from_epoch(float(text)) == float(text) / unit)
    whole, _, decimals = text.partition(".")
    return partial(_moved_number, int(whole + decimals), len(decimals), int(unit) * 10 ** len(decimals), quote)


def _moved_number(digits: int, decimals: int, a_second: int, quote: bytes, by_ns: int) -> bytes:
    # downwards, so that all times of a recording move by the same
    later = b"%d" % (digits + by_ns * a_second // _NS)
    if decimals:
        later = b"%b.%b" % (later[:-decimals], later[-decimals:])
    return quote + later + quote
