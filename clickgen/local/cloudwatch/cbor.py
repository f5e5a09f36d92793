"""CBOR (RFC 8949), as far as the protocol rpc-v2-cbor of AWS has it.

Values are those of JSON, bytes, and `Instant` for times (tag 1).
"""

import struct
from typing import Any

_INFINITE = 31
_BREAK = object()
_MAX_DEPTH = 32  # far more than any request has


class Instant(float):
    """A time in seconds since the epoch."""


def encode(value: Any) -> bytes:
    """A value as CBOR."""
    parts: list[bytes] = []
    _write(value, parts)
    return b"".join(parts)


def decode(data: bytes) -> Any:
    """The value that the data holds; ValueError if it is not CBOR."""
    try:
        value, end = _read(data, 0, 0)
    except (struct.error, IndexError, UnicodeDecodeError, TypeError, OverflowError) as error:
        raise ValueError(f"not CBOR: {error}") from None
    if end != len(data) or value is _BREAK:
        raise ValueError("not CBOR: something follows the value, or nothing is there")
    return value


def _write(value: Any, parts: list[bytes]) -> None:
    if value is None or isinstance(value, bool):
        parts.append({None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value])
    elif isinstance(value, Instant):
        parts.append(b"\xc1\xfb" + struct.pack(">d", value))
    elif isinstance(value, int):
        parts.append(_head(0, value) if value >= 0 else _head(1, -1 - value))
    elif isinstance(value, float):
        parts.append(b"\xfb" + struct.pack(">d", value))
    elif isinstance(value, bytes):
        parts.append(_head(2, len(value)) + value)
    elif isinstance(value, str):
        encoded = value.encode()
        parts.append(_head(3, len(encoded)) + encoded)
    elif isinstance(value, list):
        parts.append(_head(4, len(value)))
        for inner in value:
            _write(inner, parts)
    else:
        parts.append(_head(5, len(value)))
        for name, inner in value.items():
            _write(name, parts)
            _write(inner, parts)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in enumerate((1, 2, 4, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | 24 + extra]) + number.to_bytes(size)
    raise OverflowError(f"{number} does not fit into 64 bits")


def _read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > _MAX_DEPTH:
        raise ValueError("not CBOR: nested too deeply")
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return _simple(data, at, low)
    number, at = _number(data, at, low)
    if major in {2, 3}:
        raw, at = _bytes(data, at, number, depth)
        return (raw.decode() if major == 3 else raw), at
    if major == 4:
        return _items(data, at, number, depth)
    if major == 5:
        flat, at = _items(data, at, None if number is None else 2 * number, depth)
        return dict(zip(flat[::2], flat[1::2], strict=True)), at
    if number is None:
        raise ValueError("not CBOR: a number without an end")
    if major == 6:
        value, at = _read(data, at, depth + 1)
        return (Instant(value) if number == 1 else value), at
    return (number if major == 0 else -1 - number), at


def _number(data: bytes, at: int, low: int) -> tuple[int | None, int]:
    """The number that a head gives, None for a length that is not known, and where what follows it begins."""
    if low == _INFINITE:
        return None, at
    if low < 24:
        return low, at
    if low > 27:
        raise ValueError("not CBOR: a length of no known size")
    size = 1 << (low - 24)
    if at + size > len(data):
        raise ValueError("not CBOR: it ends too early")
    return int.from_bytes(data[at : at + size]), at + size


def _simple(data: bytes, at: int, low: int) -> tuple[Any, int]:
    if low in {25, 26, 27}:
        size = 1 << (low - 24)
        (value,) = struct.unpack({2: ">e", 4: ">f", 8: ">d"}[size], data[at : at + size])
        return value, at + size
    known = {20: False, 21: True, 22: None, 23: None, _INFINITE: _BREAK}
    if low not in known:
        raise ValueError("not CBOR: a simple value that is not known")
    return known[low], at


def _bytes(data: bytes, at: int, length: int | None, depth: int) -> tuple[bytes, int]:
    if length is None:
        chunks, at = _items(data, at, None, depth)
        return b"".join(chunk.encode() if isinstance(chunk, str) else chunk for chunk in chunks), at
    if at + length > len(data):
        raise ValueError("not CBOR: it ends too early")
    return data[at : at + length], at + length


def _items(data: bytes, at: int, count: int | None, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while count is None or len(items) < count:
        value, at = _read(data, at, depth + 1)
        if value is _BREAK:
            if count is not None:
                raise ValueError("not CBOR: a list that ends too early")
            break
        items.append(value)
    return items, at
