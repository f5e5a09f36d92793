"""Values as COPY checks them, column by column, with the codes and reasons that Redshift gives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from clickgen.local.redshift.database import TableColumn

_RANGES = {"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63}
_TRUE, _FALSE = frozenset({"1", "t", "true", "y", "yes"}), frozenset({"0", "f", "false", "n", "no"})
_TYPES = {"smallint": "Short", "integer": "Integer", "bigint": "Long", "numeric": "Decimal", "real": "Float",
          "double precision": "Double", "boolean": "Boolean"}  # fmt: skip
_EPOCHS = {"epochsecs": 1, "epochmillisecs": 1000}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")

Checker = Callable[[str], str | None]


@dataclass
class BadValue(Exception):
    """A value that a column cannot have, as stl_load_errors tells of it."""

    code: int
    reason: str


def checker_of(column: TableColumn, options: Mapping[str, str], flags: set[str]) -> Checker:
    """What checks values for a column, and gives the text that the database is handed; BadValue."""
    checker = _plain_checker(column, options, flags)

    def check(value: str) -> str | None:
        if (not value and "EMPTYASNULL" in flags) or (not value.strip() and "BLANKSASNULL" in flags):
            return None
        return checker(value)

    return check


def missing(column: TableColumn) -> None:
    """BadValue if a column must have a value."""
    if not column.nullable:
        raise BadValue(1213, "Missing data for not-null field")


def _plain_checker(column: TableColumn, options: Mapping[str, str], flags: set[str]) -> Checker:
    kind = column.kind
    if kind in _RANGES:
        return lambda value: _integer(value, kind)
    if kind in ("numeric", "real", "double precision"):
        return lambda value: _number(value, kind)
    if kind == "boolean":
        return _boolean
    if kind == "date":
        return _date
    if kind in ("timestamp", "timestamptz"):
        return lambda value: _timestamp(value, options.get("TIMEFORMAT", "auto"))
    return lambda value: _text(value, column.length, "TRUNCATECOLUMNS" in flags)


def _integer(value: str, kind: str) -> str | None:
    text = value.strip()
    if not text:
        return None
    if not re.fullmatch(r"[+-]?\d+", text):
        bad = next(at for at, sign in enumerate(text) if not (sign.isdigit() or (at == 0 and sign in "+-")))
        raise BadValue(1207, f"Invalid digit, Value '{text[bad]}', Pos {bad}, Type: {_TYPES[kind]}")
    if not -_RANGES[kind] <= int(text) < _RANGES[kind]:
        raise BadValue(1216, f"Overflow for {text}, Type: {_TYPES[kind]}")
    return text


def _number(value: str, kind: str) -> str | None:
    text = value.strip()
    if not text:
        return None
    try:
        Decimal(text)
    except InvalidOperation:
        raise BadValue(1207, f"Invalid digit, Value '{text[:1]}', Pos 0, Type: {_TYPES[kind]}") from None
    return text


def _boolean(value: str) -> str | None:
    text = value.strip().lower()
    if not text:
        return None
    if text not in _TRUE | _FALSE:
        raise BadValue(1210, "Unknown boolean format")
    return "true" if text in _TRUE else "false"


def _date(value: str) -> str | None:
    text = value.strip()
    if not text:
        return None
    found = _DATE.match(text)
    try:
        return date(*map(int, found[0].split("-"))).isoformat() if found else _no_date()
    except ValueError:
        return _no_date()


def _no_date() -> str:
    raise BadValue(1205, "Invalid Date Format - length must be 10 or more")


def _timestamp(value: str, form: str) -> str | None:
    text = value.strip()
    if not text:
        return None
    try:
        if form in _EPOCHS:
            return datetime.fromtimestamp(int(text) / _EPOCHS[form], UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return datetime.fromisoformat(text).isoformat(" ")
    except (ValueError, OverflowError):
        raise BadValue(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]") from None


def _text(value: str, length: int, truncate: bool) -> str:
    encoded = value.encode()
    if length and len(encoded) > length:
        if not truncate:
            raise BadValue(1204, "String length exceeds DDL length")
        return encoded[:length].decode(errors="ignore")
    return value
