"""The SQL that reads lines of JSON into typed columns, and tells the rows that it cannot be sure of.

DuckDB casts more than the SerDes do, and turns what it cannot read into null. So scalars are read as text, and a
value counts only if its text is one that both read alike. A row with another value, or without any (a line that is
not JSON is such a row), is doubtful: it is left to the reference in `reader.py`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from clickgen.local.firehose.conversion.columns import Column
from clickgen.local.firehose.conversion.hive_types import Primitive, duck_type, quoted
from clickgen.local.firehose.conversion.patterns import (
    DATE,
    DECIMAL,
    ISO_TIMESTAMP,
    MILLISECONDS_FROM,
    PLAIN_EPOCH,
    SPACED_TIMESTAMP,
)
from clickgen.local.firehose.conversion.settings import HiveJson, OpenX

_EPOCH_TYPE = "DECIMAL(22, 6)"  # what PLAIN_EPOCH takes
_EARLIEST, _LATEST = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"  # years have four digits


DOUBTFUL = "a row that the reference has to read"
"""The error of a query that came upon one."""


class Selection:
    """Reads the columns from files in which each has the key that `keys` says."""

    def __init__(self, columns: Sequence[Column], reader: OpenX | HiveJson, keys: Mapping[str, str]) -> None:
        self._columns = columns
        self._reader = reader
        self._keys = keys

    def rows(self, lines: Path, *, trusted: bool) -> str:
        """All columns of all rows. Unless they are trusted, the query fails as DOUBTFUL at a doubtful one."""
        values = [self._value(column) if trusted else self._sure_value(column) for column in self._columns]
        named = [f"{value} AS {quoted(one.name)}" for value, one in zip(values, self._columns, strict=True)]
        where = "" if trusted else f" WHERE CASE WHEN {self._nothing()} THEN {_fail()} ELSE true END"
        return f"SELECT {', '.join(named)} FROM {self._source(lines, trusted=trusted)}{where}"

    def doubtful_rows(self, lines: Path) -> str:
        """The numbers of the rows that are not sure, from 0, and how many rows there are."""
        doubts = [self._nothing(), *(self._doubt(column) for column in self._columns)]
        doubtful = " OR ".join(f"({doubt})" for doubt in doubts)
        numbered = (
            f"SELECT row_number() OVER () - 1 AS number, {doubtful} AS doubtful "
            f"FROM {self._source(lines, trusted=False)}"
        )
        return f"SELECT list(number) FILTER (doubtful), count(*) FROM ({numbered})"

    def _source(self, lines: Path, *, trusted: bool) -> str:
        types = [f"{_literal(self._keys[one.name])}: {_literal(self._type(one))}" for one in self._columns]
        return (
            f"read_json({_literal(str(lines))}, format = 'newline_delimited', "
            f"records = true, columns = {{{', '.join(types)}}}, ignore_errors = {not trusted})"
        )

    def _type(self, column: Column) -> str:
        """What a column is read as: text, unless it is nested, or text and numbers must be kept apart."""
        if not isinstance(column.kind, Primitive):
            return duck_type(column.kind)
        numeric = column.kind.kind in {"integer", "float", "decimal"}
        return "JSON" if numeric and isinstance(self._reader, HiveJson) else "VARCHAR"

    def _text(self, column: Column) -> str:
        return quoted(self._keys[column.name])

    def _value(self, column: Column) -> str:
        """The value, or null if it is not one that is read the same way for sure."""
        text = self._text(column)
        if not isinstance(column.kind, Primitive) or column.kind.kind == "text":
            return text
        return f"CASE {_cases(column.kind, text, self._reader)} END"

    def _sure_value(self, column: Column) -> str:
        text = self._text(column)
        if not isinstance(column.kind, Primitive):
            raise TypeError("columns that are nested are read by the reference")
        if column.kind.kind == "text":
            return f"CASE WHEN {_may_be_nested(text)} THEN {_fail()} ELSE {text} END"
        return f"coalesce({self._value(column)}, CASE WHEN {text} IS NOT NULL THEN {_fail()} END)"

    def _doubt(self, column: Column) -> str:
        text = self._text(column)
        if isinstance(column.kind, Primitive) and column.kind.kind == "text":
            return f"coalesce({_may_be_nested(text)}, false)"
        return f"{text} IS NOT NULL AND {self._value(column)} IS NULL"

    def _nothing(self) -> str:
        """Whether a row has no value at all, as a line has that is not JSON."""
        return " AND ".join(f"{self._text(column)} IS NULL" for column in self._columns)


def can_select(columns: Sequence[Column], reader: OpenX | HiveJson) -> bool:
    """Whether SQL can read the columns: scalars only, each of a key of its own, and times in the usual form."""
    keys = {column.key.lower() for column in columns}
    plain = not isinstance(reader, HiveJson) or not reader.timestamp_formats
    return plain and len(keys) == len(columns) and not any(column.nested for column in columns)


def _cases(kind: Primitive, text: str, reader: OpenX | HiveJson) -> str:
    """The branches of a CASE that give the value of a text, if it is one that the SerDe reads the same way."""
    if kind.kind == "boolean":
        return f"WHEN lower({text}) = 'true' THEN true WHEN lower({text}) = 'false' THEN false"
    if kind.kind == "timestamp":
        return _timestamp_cases(text, reader)
    cast = f"TRY_CAST({text} AS {kind.duck})"
    if kind.kind == "integer":
        return f"WHEN {cast}::VARCHAR = {text} THEN {cast}"  # faster than a pattern; `+7` is left to the reference
    pattern = {"float": DECIMAL, "decimal": DECIMAL, "date": DATE}[kind.kind]
    more = {"float": f" AND isfinite({cast})", "date": f" AND {_has_year(text)}"}.get(kind.kind, "")
    return f"WHEN {_matches(text, pattern)}{more} THEN {cast}"


def _timestamp_cases(text: str, reader: OpenX | HiveJson) -> str:
    cast = f"TRY_CAST({text} AS TIMESTAMP)"
    written = SPACED_TIMESTAMP if isinstance(reader, HiveJson) else f"(?:{ISO_TIMESTAMP}|{SPACED_TIMESTAMP})"
    of_text = f"WHEN {_matches(text, written)} AND {_has_year(text)} THEN {cast}"
    if isinstance(reader, HiveJson):
        return of_text
    epoch = f"TRY_CAST({text} AS {_EPOCH_TYPE})"
    seconds, millis = (f"make_timestamp(({epoch} * {micros})::BIGINT)" for micros in (1_000_000, 1_000))
    moment = f"CASE WHEN abs({epoch}) < {MILLISECONDS_FROM} THEN {seconds} ELSE {millis} END"
    in_range = f"{moment} BETWEEN {_EARLIEST} AND {_LATEST}"
    return f"{of_text} WHEN {_matches(text, PLAIN_EPOCH)} AND {in_range} THEN {moment}"


def _has_year(text: str) -> str:
    """Whether a date is not in the year 0, which DuckDB takes and no calendar has."""
    return f"NOT starts_with({text}, '0000')"


def _may_be_nested(text: str) -> str:
    """Whether a text may be a struct or a list as JSON; it may also be a text that begins so."""
    return f"ascii({text}) IN ({ord('[')}, {ord('{')})"


def _fail() -> str:
    return f"error({_literal(DOUBTFUL)})"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {_literal(pattern)})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
