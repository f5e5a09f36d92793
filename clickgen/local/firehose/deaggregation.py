"""Taking apart what producers put into one record: JSON objects, delimited texts, and the records of the KPL."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

MAX_SUB_RECORDS = 500
"""Records within one; a record with more stays as it is [developer guide, aggregated data]."""

_KPL_MAGIC = b"\xf3\x89\x9a\xc2"
_MD5_BYTES = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # the wire types of protocol buffers
_LAST_FIELD = (1 << 29) - 1  # of protocol buffers
_JSON = json.JSONDecoder()
_JSON_SPACE = " \t\r\n"


def split_json(record: bytes) -> list[bytes]:
    """The JSON objects of a record, whether they are joined or on lines, without the space between them.

    A record that is anything else, or has more than MAX_SUB_RECORDS, comes back whole.
    """
    lines = [line for line in record.split(b"\n") if line.strip()]
    objects = lines if all(map(_is_object, lines)) else _joined_objects(record)
    return [one.strip() for one in objects] if objects and len(objects) <= MAX_SUB_RECORDS else [record]


def split_delimited(record: bytes, delimiter: bytes) -> list[bytes]:
    """What lies between the delimiters, without empty pieces; the whole record if there are too many, or none."""
    pieces = [piece for piece in record.split(delimiter) if piece]
    return pieces if 0 < len(pieces) <= MAX_SUB_RECORDS else [record]


@dataclass(frozen=True)
class UserRecord:
    """One record of those that the Kinesis Producer Library put into one."""

    data: bytes
    partition_key: str | None  # None if it was not aggregated


def split_kpl(record: bytes) -> list[UserRecord]:
    """The user records of an aggregated record; any other record, or a damaged one, comes back whole."""
    body, digest = record[len(_KPL_MAGIC) : -_MD5_BYTES], record[-_MD5_BYTES:]
    # the digest tells damage, it keeps nobody out
    if record.startswith(_KPL_MAGIC) and hashlib.md5(body, usedforsecurity=False).digest() == digest:
        try:
            return _user_records(body)
        except (ValueError, IndexError):
            pass  # not what the library writes
    return [UserRecord(record, None)]


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _joined_objects(record: bytes) -> list[bytes] | None:
    """JSON objects one after the other; None if there is anything else."""
    try:
        text = record.decode()
    except UnicodeDecodeError:
        return None
    objects, at = [], 0
    while (start := _next_sign(text, at)) is not None:
        try:
            value, at = _JSON.raw_decode(text, start)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        objects.append(text[start:at].encode())
    return objects


def _next_sign(text: str, at: int) -> int | None:
    while at < len(text) and text[at] in _JSON_SPACE:
        at += 1
    return at if at < len(text) else None


def _user_records(message: bytes) -> list[UserRecord]:
    """`AggregatedRecord`: partition keys (1), and records (3), each with an index of its key (1) and data (3)."""
    fields = list(_fields(message))
    keys = [value.decode() for number, value in fields if number == 1 and isinstance(value, bytes)]
    records = []
    for number, value in fields:
        if number == 3 and isinstance(value, bytes):
            inner = dict(_fields(value))
            index, data = inner.get(1, 0), inner.get(3, b"")
            if not isinstance(index, int) or not isinstance(data, bytes):
                raise ValueError("a field of a type that it cannot have")
            records.append(UserRecord(data, keys[index]))
    return records


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protocol-buffers message; ValueError or IndexError if it is none."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if not 0 < number <= _LAST_FIELD:
            raise ValueError("a number that no field has")
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(message):
            raise ValueError("a field that is cut off")
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("a number that is too long")
