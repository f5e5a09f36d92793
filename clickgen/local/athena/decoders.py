"""JSON values as a column's type wants them, by the rules of the OpenX SerDe as Athena has it.

What cannot be read as a number or a date is NULL, every value is a text if a text is wanted, and an object where a
number is wanted is an error. A decoder gives what DuckDB's JSON reader turns into the column's type without loss.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import orjson

from clickgen.local.platform.hive_types import HiveType

Decoder = Callable[[Any], Any]
"""From a value that is not None to what is written for it; UnfitValue."""

_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_MILLIS_DIGITS = 13  # a number with fewer digits is of seconds
_EPOCH = datetime(1970, 1, 1)  # a timestamp of Hive has no zone
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: .*)?")


class UnfitValue(Exception):
    """A value that the type cannot have at all, like an object for a number."""


def decoder_of(kind: HiveType, fold: bool) -> Decoder:
    """What reads values for a column. fold: whether keys of objects are compared in lower case."""
    inner = [decoder_of(part, fold) for part in kind.parts]
    if kind.name == "array":
        return _array(inner[0])
    if kind.name == "map":
        return _map(inner[1], kind)
    if kind.name == "struct":
        return _struct(dict(zip(kind.fields, inner, strict=True)), kind, fold)
    if kind.name in _BITS:
        return _integer(kind)
    return _decimal(kind) if kind.name == "decimal" else _SIMPLE.get(kind.name, _text)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _boolean(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _integer(kind: HiveType) -> Decoder:
    most = 1 << (_BITS[kind.name] - 1)

    def decode(value: Any) -> int | None:
        if type(value) is int:
            return value if -most <= value < most else None
        try:
            number = int(Decimal(str(_scalar(value, kind))))
        except (InvalidOperation, ValueError, OverflowError):
            return None
        return number if -most <= number < most else None

    return decode


def _double(value: Any) -> float | None:
    if type(value) in (float, int):
        return float(value)
    try:
        return float(_scalar(value, HiveType("double")))
    except ValueError:
        return None


def _decimal(kind: HiveType) -> Decoder:
    precision, scale = (*kind.sizes, 0)[:2] if kind.sizes else (10, 0)

    def decode(value: Any) -> str | None:
        try:
            number = Decimal(str(_scalar(value, kind))).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        except InvalidOperation:
            return None
        return str(number) if len(number.as_tuple().digits) <= precision else None

    return decode


def _date(value: Any) -> str | None:
    text = str(_scalar(value, HiveType("date")))
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
        return (date(1970, 1, 1) + timedelta(days=int(text))).isoformat()
    except (ValueError, OverflowError):
        return None


def _timestamp(value: Any) -> str | None:
    text = str(_scalar(value, HiveType("timestamp")))
    try:
        moment = _calendar(text) if ":" in text else _number(text)
    except (ValueError, OverflowError, InvalidOperation):
        return None
    return None if moment is None else moment.isoformat(" ")


def _calendar(text: str) -> datetime | None:
    found = _TIMESTAMP.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int((fraction or "0").ljust(6, "0")[:6])
    moment = datetime(
        int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros
    )  # as above
    if zone and zone.upper() != "Z":
        moment -= timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[-2:]))
    return moment


def _number(text: str) -> datetime:
    if "." in text:
        return _EPOCH + timedelta(milliseconds=int(Decimal(text) * 1000))
    number = int(text)
    return _EPOCH + (timedelta(milliseconds=number) if len(text) >= _MILLIS_DIGITS else timedelta(seconds=number))


def _binary(value: Any) -> str:
    if not isinstance(value, str):
        raise UnfitValue("only a text in base64 can be a VARBINARY")
    try:
        decoded = b64decode(value, validate=True)
    except (NotBase64, ValueError):
        raise UnfitValue("a VARBINARY is not in base64") from None
    return "".join(f"\\x{byte:02X}" for byte in decoded)  # as DuckDB writes bytes in a text


def _array(element: Decoder) -> Decoder:
    def decode(value: Any) -> list[Any] | None:
        if value == "":
            return None
        values = value if isinstance(value, list) else [value]
        return [None if inner is None else element(inner) for inner in values]

    return decode


def _map(element: Decoder, kind: HiveType) -> Decoder:
    def decode(value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return {key: None if inner is None else element(inner) for key, inner in value.items()}
        _check_blank(value, kind)
        return None

    return decode


def _struct(fields: dict[str, Decoder], kind: HiveType, fold: bool) -> Decoder:
    names = list(fields)

    def decode(value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict):
            folded = {key.lower(): inner for key, inner in value.items()} if fold else value
            items = ((name, folded.get(name)) for name in names)
        elif isinstance(value, list):
            items = ((name, value[at] if at < len(value) else None) for at, name in enumerate(names))
        else:
            _check_blank(value, kind)
            return None
        return {name: None if inner is None else fields[name](inner) for name, inner in items}

    return decode


def _check_blank(value: Any, kind: HiveType) -> None:
    """A text of blanks is NULL for an object; no other value is."""
    if not (isinstance(value, str) and not value.strip()):
        raise UnfitValue(f"{type_name(value)} can not be coerced to a {kind.trino.split('(')[0].upper()}")


def _scalar(value: Any, kind: HiveType) -> Any:
    if isinstance(value, dict | list):
        raise UnfitValue(f"{type_name(value)} can not be coerced to a {kind.trino.upper()}")
    return value


def type_name(value: Any) -> str:
    """What Athena calls a JSON value that does not fit."""
    return "Map" if isinstance(value, dict) else "List" if isinstance(value, list) else "Primitive"


_SIMPLE: dict[str, Decoder] = {
    "boolean": _boolean,
    "float": _double,
    "double": _double,
    "date": _date,
    "timestamp": _timestamp,
    "binary": _binary,
}
