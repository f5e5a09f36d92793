"""Ids that take the place of others in repetitions and copies of a recording, in the form that those have."""

import re
from collections.abc import Callable
from functools import lru_cache, partial

from xxhash import xxh3_64_intdigest, xxh3_128_digest, xxh3_128_hexdigest

from clickgen.read.json_value import value_of, written_value

_HASH_DIGITS = 32  # of MD5, and of a UUID without hyphens
_HEX = re.compile(r"[0-9a-f]+")
_HEX_AND_HYPHENS = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")
_OTHER_SIGNS = re.compile(r"[^A-Za-z0-9]")
_KEPT = (14, 19)  # of a UUID the digits of its version and of its variant
_UUID = re.compile(rb'"[0-9A-Za-z]{8}(?:-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}"')
_HEX_TEXT = re.compile(rb'"[0-9a-f]+"')
_SHORT = 8  # letters and digits: fewer would soon meet by chance
_DIGITS, _HEX_SIGNS = "0123456789", "0123456789abcdef"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = {sign: letters for letters in (_DIGITS, _LOWER, _LOWER.upper()) for sign in letters}

Renewal = Callable[[int], bytes | None]
"""From the number of a repetition or a copy, 1 or more, to the id as JSON; None if there is nothing to renew."""


def hashed_share(text: str) -> float:
    """A number from 0 to under 1 that is the same for the same text, and even over texts."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) / 2**64


def renewal_of(written: bytes) -> Renewal:
    """What renews an id that an event has as this JSON: an id of the same form, the same for the same repetition.

    The two forms that most ids have are made of their bytes as they are; what it gives is the same for all.
    """
    inner = written[1:-1]
    if _UUID.fullmatch(written):
        return partial(_uuid_again, inner, inner[14:15], inner[19:20])
    if len(inner) > _SHORT and _HEX_TEXT.fullmatch(written) and not inner.isdigit():
        return partial(_hash_again if len(inner) == _HASH_DIGITS else _hex_again, inner)
    return partial(renewed_plainly, written)


def renewed(written: bytes, repetition: int) -> bytes | None:
    """An id as JSON that takes the place of another in a repetition; None if it is not an id."""
    return renewal_of(written)(repetition)


def _uuid_again(inner: bytes, version: bytes, variant: bytes, repetition: int) -> bytes:
    found = xxh3_128_hexdigest(b"%d:%b" % (repetition, inner)).encode()
    parts = found[:8], found[8:12], version, found[13:16], variant, found[17:20], found[20:]
    return b'"%b-%b-%b%b-%b%b-%b"' % parts


def _hash_again(inner: bytes, repetition: int) -> bytes:
    return b'"%b"' % xxh3_128_hexdigest(b"%d:%b" % (repetition, inner)).encode()


@lru_cache(maxsize=1 << 16)
def _hex_again(inner: bytes, repetition: int) -> bytes:
    digest = xxh3_128_digest(b"%d:%b" % (repetition, inner))
    return b'"%b"' % _alike(inner.decode(), digest).encode()


@lru_cache(maxsize=1 << 16)
def renewed_plainly(written: bytes, repetition: int) -> bytes | None:
    """An id of any form, renewed."""
    if not written.startswith(b'"'):
        number = _renewed_number(written.decode("latin-1"), repetition)
        return None if number is None else number.encode()
    text = value_of(written)
    return written_value(_renewed_text(text, repetition)) if text else None


def _renewed_number(text: str, repetition: int) -> str | None:
    if not (text.isascii() and text.isdecimal()) or text.startswith("0"):
        return None
    if len(text) <= _SHORT:
        return f"{repetition}{text:0>{_SHORT}}"  # beyond all that are as short, and an INT up to the 20th time
    return text[0] + _alike(text[1:], xxh3_128_digest(f"{repetition}:{text}".encode()))


def _renewed_text(text: str, repetition: int) -> str:
    digest = xxh3_128_digest(f"{repetition}:{text}".encode("utf-8", "surrogatepass"))
    if len(text) == 36 and text.count("-") == 4:
        return _renewed_uuid(text, digest.hex())
    number = _renewed_number(text, repetition)
    if number is not None:
        return number
    if len(text) == _HASH_DIGITS and _HEX.fullmatch(text):
        return digest.hex()
    signs = len(text) if text.isascii() and text.isalnum() else len(_OTHER_SIGNS.sub("", text))
    return f"{text}-{repetition}" if signs <= _SHORT else _alike(text, digest)


def _renewed_uuid(text: str, found: str) -> str:
    """The digits of its version and of its variant are kept, and so are its hyphens, wherever they are."""
    found = f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"
    return "".join(sign if sign == "-" or at in _KEPT else found[at] for at, sign in enumerate(text))


def _alike(text: str, digest: bytes) -> str:
    """A text of the same form: digits for digits, hex for hex, letters of the same case for letters."""
    hexadecimal = _HEX_AND_HYPHENS.fullmatch(text) is not None and not text.isdecimal()
    written = digest + xxh3_128_digest(digest)
    if hexadecimal and "-" not in text:
        digits = written.hex()[::-1]
        if digits[len(text) :].strip("0"):  # some are left, so that there is no need to draw more
            found = digits[: len(text)]
            return found.upper() if text.upper() == text else found
    return _drawn(text, int.from_bytes(written, "big"), hexadecimal=hexadecimal)


def _drawn(text: str, number: int, *, hexadecimal: bool) -> str:
    """A text whose signs are the digits of a number, each to the base of the alphabet at its place."""
    signs = _HEX_SIGNS.upper() if text.upper() == text else _HEX_SIGNS
    found = list[str]()
    for sign in text:
        alphabet = _ALPHABETS.get(sign, "")
        if alphabet and hexadecimal:
            alphabet = signs
        if alphabet:
            number, index = divmod(number, len(alphabet))
            if not number:
                number = int.from_bytes(xxh3_128_digest(("".join(found) + text).encode()), "big")
            found.append(alphabet[index])
        else:
            found.append(sign)
    return "".join(found)
