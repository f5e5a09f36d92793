"""Recorded events with some of their values replaced, all other bytes as they were."""

import re
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from clickgen.model.recording import Recording
from clickgen.read.spans import JsonText
from clickgen.traffic.event_time import EPOCH_UNITS, JOINED, from_epoch, value_at
from clickgen.traffic.privacy import Privacy
from clickgen.traffic.time_text import PLAIN, Reading, moved

_NS = 1_000_000_000
_VALUE = rb'\s*:\s*("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)'
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_HASH_DIGITS = 32  # of MD5, and of a UUID without hyphens
_HASH = re.compile(r"[0-9a-f]+")
_UUID_KEPT = (14, 19)  # the digits of its version and of its variant
_SHORT = 8  # letters and digits: fewer would soon meet by chance

Change = Callable[[bytes], bytes | None]


def hashed_share(text: str) -> float:
    """A number from 0 to under 1 that is the same for the same text, and even over texts."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) / 2**64


class Editor:
    """Moves the times of events, renews the fields that must not repeat, and hides what is private."""

    def __init__(self, recording: Recording, key: bytes = b"") -> None:
        """key: that of the pseudonyms, if there are any."""
        zone = None if recording.zone is None else ZoneInfo(recording.zone)
        self._reading = PLAIN._replace(day_first=recording.day_first)
        if zone is not None:
            self._reading = Reading(zone, recording.day_first)
        self._moved = [name.split(JOINED) for name in recording.moved]
        self._renewed = recording.renewed
        hides = recording.dropped or recording.pseudonymised
        self._privacy = Privacy(recording.dropped, recording.pseudonymised, key) if hides else None

    def edited(self, data: bytes, value: dict[str, Any], later_ms: int, repetition: int) -> bytes:
        """An event's bytes with its times so much later, and with what is renewed as in that repetition.

        repetition: 0 for the original; each repetition and copy has a number of its own.
        """
        if later_ms:
            for names in self._moved:
                data = self._move(data, value, names, later_ms * 1_000_000)
        if repetition:
            for name in self._renewed:
                data = replaced(data, value, name, lambda written: renewed(written, repetition))
        return data if self._privacy is None else self._privacy.applied(data)

    def _move(self, data: bytes, value: dict[str, Any], names: Sequence[str], by_ns: int) -> bytes:
        if len(names) == 1:
            return replaced(data, value, names[0], lambda written: moved_value(written, by_ns, self._reading))
        texts = [value_at(value, name, name.split(".")) for name in names]
        if not all(isinstance(text, str) for text in texts):
            return data
        later = moved(" ".join(texts), by_ns, self._reading)
        if later is None:
            return data
        words = later.split(" ")
        for name, text in zip(names, texts, strict=True):
            own, words = words[: text.count(" ") + 1], words[text.count(" ") + 1 :]
            data = replaced(data, value, name, _always(orjson.dumps(" ".join(own))))
        return data


def _always(written: bytes) -> Change:
    return lambda _: written


def replaced(data: bytes, value: dict[str, Any], name: str, change: Change) -> bytes:
    """The event with the value of a field, named by its path, changed; as it was if there is none to change."""
    path = [name] if name in value else name.split(".")
    present = value_at(value, name, path)
    if present is None:
        return data
    plain = type(present) in (str, int, float) and b"\\u" not in data
    if plain and len(_pattern(path[-1]).findall(data)) == 1:  # nothing else in the event can be meant
        match = _pattern(path[-1]).search(data)
        span = match.span(1) if match is not None else None
    else:
        span = JsonText(data).find(path)
    new = None if span is None else change(data[span[0] : span[1]])
    return data if new is None or span is None else data[: span[0]] + new + data[span[1] :]


@lru_cache(maxsize=256)
def _pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(re.escape(orjson.dumps(name)) + _VALUE)


@lru_cache(maxsize=1 << 12)
def moved_value(written: bytes, by_ns: int, reading: Reading) -> bytes | None:
    """A time as JSON, so much later, in the form that it had; None if it is not a time."""
    if not written.startswith(b'"'):
        number = _moved_number(written.decode("latin-1"), by_ns)
        return None if number is None else number.encode()
    text = orjson.loads(written)
    later = _moved_number(text, by_ns) if _NUMBER.fullmatch(text) else None
    later = later or moved(text, by_ns, reading)
    return None if later is None else orjson.dumps(later)


def _moved_number(text: str, by_ns: int) -> str | None:
    if not _NUMBER.fullmatch(text) or from_epoch(float(text)) is None:
        return None
    unit = next(unit for unit in EPOCH_UNITS if from_epoch(float(text)) == float(text) / unit)
    decimals = len(text.partition(".")[2])
    later = Decimal(text) + Decimal(by_ns) * int(unit) / _NS
    # downwards, so that all times of a recording move by the same
    return str(later.quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_FLOOR"))


@lru_cache(maxsize=1 << 16)
def renewed(written: bytes, repetition: int) -> bytes | None:
    """An id as JSON that takes the place of another in a repetition, of the same form: the same for the same."""
    if not written.startswith(b'"'):
        number = _renewed_number(written.decode("latin-1"), repetition)
        return None if number is None else number.encode()
    text = orjson.loads(written)
    return orjson.dumps(_renewed_text(text, repetition)) if text else None


def _renewed_number(text: str, repetition: int) -> str | None:
    if not text.isdecimal() or text.startswith("0"):
        return None
    if len(text) <= _SHORT:
        return f"{repetition}{text:0>{_SHORT}}"  # beyond all that are as short, and an INT up to the 20th time
    return text[0] + _alike(text[1:], xxh3_128_digest(f"{repetition}:{text}".encode()))


def _renewed_text(text: str, repetition: int) -> str:
    digest = xxh3_128_digest(f"{repetition}:{text}".encode("utf-8", "surrogatepass"))
    if len(text) == 36 and text.count("-") == 4:
        found = str(uuid.UUID(bytes=digest))
        return "".join(
            sign if sign == "-" or index in (14, 19) else found[index] for index, sign in enumerate(text)
        )
    number = _renewed_number(text, repetition)
    if number is not None:
        return number
    if len(text) == _HASH_DIGITS and _HASH.fullmatch(text):
        return digest.hex()
    signs = sum(sign.isalnum() and sign.isascii() for sign in text)
    return f"{text}-{repetition}" if signs <= _SHORT else _alike(text, digest)


def _alike(text: str, digest: bytes) -> str:
    """A text of the same form: digits for digits, hex for hex, letters of the same case for letters."""
    number = int.from_bytes(digest + xxh3_128_digest(digest), "big")
    hexadecimal = re.fullmatch(r"[0-9a-f-]+|[0-9A-F-]+", text) is not None
    found = list[str]()
    for sign in text:
        alphabet = _alphabet(sign, text, hexadecimal=hexadecimal)
        if alphabet:
            number, index = divmod(number, len(alphabet))
            if not number:
                number = int.from_bytes(xxh3_128_digest(("".join(found) + text).encode()), "big")
            found.append(alphabet[index])
        else:
            found.append(sign)
    return "".join(found)


def _alphabet(sign: str, text: str, *, hexadecimal: bool) -> str:
    if not (sign.isascii() and sign.isalnum()):
        return ""
    if hexadecimal:
        return "0123456789ABCDEF" if text.upper() == text else "0123456789abcdef"
    if sign.isdecimal():
        return "0123456789"
    return "abcdefghijklmnopqrstuvwxyz" if sign.islower() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
