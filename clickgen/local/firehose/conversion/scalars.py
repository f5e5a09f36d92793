"""Scalars as the two SerDes read them from JSON.

Where nothing is known of the service, the stricter reading was chosen: an integer column takes no fraction, not
even `1.0`. What a function gives is a JSON value that DuckDB casts to the column's type without loss.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from clickgen.local.firehose.conversion.hive_types import Kind, Primitive
from clickgen.local.firehose.conversion.joda import parser_of
from clickgen.local.firehose.conversion.patterns import (
    DATE,
    DECIMAL,
    INTEGER,
    ISO_TIMESTAMP,
    MILLISECONDS_FROM,
    SPACED_TIMESTAMP,
)
from clickgen.local.firehose.conversion.settings import HiveJson, OpenX

_INTEGER, _DECIMAL, _DATE = re.compile(INTEGER), re.compile(DECIMAL), re.compile(DATE)
_ISO, _SPACED = re.compile(ISO_TIMESTAMP), re.compile(SPACED_TIMESTAMP)
_BITS = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
_FLOAT_OVERFLOW = 2.0**128 - 2.0**103  # halfway to what would be the next float
_MOST_DIGITS = 4_000  # what Python makes a number of
_EPOCH = datetime(1970, 1, 1)  # columns have no zone
_MICROS_OF_SECOND, _MICROS_OF_MILLI = 1_000_000, 1_000
_WIDE = Context(prec=80)  # decimals of any column, before they are rounded
_NUMERIC: set[Kind] = {"integer", "float", "decimal"}

Scalar = Callable[[Any], Any]


class Mismatch(Exception):
    """A value that does not fit its column, in the words of the service."""


def scalar_of(kind: Primitive, reader: OpenX | HiveJson) -> Scalar:
    """What reads values of that type, which is not text; it raises Mismatch."""
    if kind.kind == "timestamp":
        return _timestamps(reader)
    if kind.kind == "date":
        return _dates(reader)
    read = _READS[kind.kind]
    if isinstance(reader, HiveJson) and kind.kind in _NUMERIC:
        return lambda value: read(_not_text(value), kind)
    return lambda value: read(value, kind)


def _boolean(value: Any, _kind: Primitive) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _for_input(value)


def _integer(value: Any, kind: Primitive) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value) and len(value) <= _MOST_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _for_input(value)
    bound = 1 << _BITS[kind.duck]
    if not -bound <= value < bound:
        raise Mismatch(f"Value {value} is out of range for the type {kind.duck}")
    return value


def _float(value: Any, kind: Primitive) -> float:
    text = _number_text(value)
    number = float(text)
    limit = _FLOAT_OVERFLOW if kind.duck == "FLOAT" else float("inf")
    if not -limit < number < limit:
        raise Mismatch(f"Value {text} is out of range for the type {kind.duck}")
    return number


def _decimal(value: Any, kind: Primitive) -> str:
    text = _number_text(value)
    unit = Decimal(1).scaleb(-kind.scale)
    try:
        rounded = Decimal(text).quantize(unit, ROUND_HALF_UP, _WIDE)
    except InvalidOperation:
        rounded = Decimal("Infinity")
    if not rounded.is_finite() or abs(rounded) >= Decimal(1).scaleb(kind.precision - kind.scale):
        raise Mismatch(f"Value {text} is out of range for the type {kind.duck}")
    return f"{rounded:f}"


_READS: dict[Kind, Callable[[Any, Primitive], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "float": _float,
    "decimal": _decimal,
}


def _number_text(value: Any) -> str:
    """A number as text, written as a number or within quotes."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return value
    raise _for_input(value)


def _not_text(value: Any) -> Any:
    if isinstance(value, str):
        raise Mismatch("Current token (VALUE_STRING) not numeric, can not use numeric value accessors")
    return value


def _dates(reader: OpenX | HiveJson) -> Scalar:
    parsers = [parser_of(pattern) for pattern in _formats(reader) if pattern != "millis"]

    def read(value: Any) -> str:
        if isinstance(value, str):
            for parser in parsers:
                moment = parser(value)
                if moment is not None:
                    return moment.date().isoformat()
            if _DATE.fullmatch(value):
                try:
                    return date(*map(int, value.split("-"))).isoformat()
                except ValueError:
                    pass  # there is no such day
        raise _for_input(value)

    return read


def _timestamps(reader: OpenX | HiveJson) -> Scalar:
    if isinstance(reader, OpenX):
        return _open_x_timestamp
    formats = _formats(reader)
    parsers = [parser_of(pattern) for pattern in formats if pattern != "millis"]

    def read(value: Any) -> str:
        if "millis" in formats and isinstance(value, int) and not isinstance(value, bool):
            return _since_epoch(Decimal(value) * _MICROS_OF_MILLI, value)
        if isinstance(value, str):
            if "millis" in formats and _INTEGER.fullmatch(value) and len(value) <= _MOST_DIGITS:
                return _since_epoch(Decimal(value) * _MICROS_OF_MILLI, value)
            for parser in parsers:
                moment = parser(value)
                if moment is not None:
                    return _timestamp_text(moment)
            if not formats and _SPACED.fullmatch(value):
                return _spaced(value)
        raise _for_input(value)

    return read


def _formats(reader: OpenX | HiveJson) -> tuple[str, ...]:
    return reader.timestamp_formats if isinstance(reader, HiveJson) else ()


def _open_x_timestamp(value: Any) -> str:
    if isinstance(value, str) and _ISO.fullmatch(value):
        return _spaced(value.removesuffix("Z").replace("T", " "))
    if isinstance(value, str) and _SPACED.fullmatch(value):
        return _spaced(value)
    text = _number_text(value)
    epoch = Decimal(text)
    return _since_epoch(epoch * (_MICROS_OF_SECOND if abs(epoch) < MILLISECONDS_FROM else _MICROS_OF_MILLI), value)


def _since_epoch(micros: Decimal, given: Any) -> str:
    try:
        whole = int(micros.quantize(Decimal(1), ROUND_HALF_UP, _WIDE))
        return _timestamp_text(_EPOCH + timedelta(microseconds=whole))
    except (InvalidOperation, OverflowError):
        raise Mismatch(f"Value {given} is out of range for the type TIMESTAMP") from None


def _spaced(text: str) -> str:
    whole, _, fraction = text.partition(".")
    year, month, day, hour, minute, second = map(int, re.split("[- :]", whole))
    micros = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    try:
        return _timestamp_text(datetime(year, month, day, hour, minute, second, micros))
    except ValueError:
        raise _for_input(text) from None  # there is no such day


def _timestamp_text(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")


def _for_input(value: Any) -> Mismatch:
    """The words of Java's parsers."""
    return Mismatch(f'For input string: "{str(value).lower() if isinstance(value, bool) else value}"')
