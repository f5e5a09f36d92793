"""Reading records of JSON as the two SerDes do: the reference that the fast way has to agree with.

What is documented, or was observed of the service:

- OpenX lower-cases every key (unless it is case-sensitive), reads numbers from strings, makes an array of what is
  none, fills a struct from an array by position, and keeps what is nested as JSON text in a text column.
- Hive matches keys in any case as well but keeps those of maps, and refuses each of those conversions.
- A missing key and `null` are null; keys without a column are dropped. An unreadable value fails its whole record.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clickgen.local.firehose.conversion.columns import Column
from clickgen.local.firehose.conversion.hive_types import HiveType, ListOf, MapOf, Primitive, StructOf
from clickgen.local.firehose.conversion.scalars import Mismatch, scalar_of
from clickgen.local.firehose.conversion.settings import HiveJson, OpenX

PARSE_ERROR = "DataFormatConversion.ParseError"
MALFORMED = "DataFormatConversion.MalformedData"

_SPACE = " \t\r\n"
_NOT_AN_OBJECT = "The input JSON contained a primitive at the top level. The top level must be an object or array."

Row = dict[str, Any]
Read = Callable[[Any], Any]


class RecordFailed(Exception):
    """A record that cannot be converted: the code and the message of the service."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class _Keys:
    """How keys of JSON objects are treated."""

    lowered: bool  # every key is made lower case before anything else
    any_case: bool  # names of columns and of struct fields match in any case
    dots: bool  # dots become underscores


class RecordReader:
    """Reads records into rows for these columns."""

    def __init__(self, columns: Sequence[Column], reader: OpenX | HiveJson) -> None:
        """SchemaProblem if a timestamp format cannot be used."""
        open_x = isinstance(reader, OpenX)
        folds = not isinstance(reader, OpenX) or reader.case_insensitive
        self._keys = _Keys(folds and open_x, folds, isinstance(reader, OpenX) and reader.dots_to_underscores)
        self._columns = [
            (column.name, column.key.lower() if folds else column.key, self._read(column.kind, reader))
            for column in columns
        ]
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=_real, parse_constant=_no_constant
        )

    def rows(self, record: bytes) -> list[Row]:
        """A row for each JSON object of the record; RecordFailed if one of them cannot be read."""
        return [self._row(one) for one in self._objects(record)]

    def _objects(self, record: bytes) -> list[Row]:
        try:
            text = record.decode()
            if not text.strip(_SPACE):
                raise RecordFailed(MALFORMED, "The record was empty or contained only whitespace.")
            objects, at = [], _after_space(text, 0)
            while at < len(text):
                value, end = self._decoder.raw_decode(text, at)
                if not isinstance(value, dict):
                    words = "A JSON object is required." if isinstance(value, list) else _NOT_AN_OBJECT
                    raise RecordFailed(MALFORMED, words)
                objects.append(value)
                at = _after_space(text, end)
            if "\\u" in text:
                json.dumps(objects, ensure_ascii=False).encode()  # half of a surrogate pair is not text
        except (ValueError, RecursionError) as problem:
            raise RecordFailed(PARSE_ERROR, f"Encountered malformed JSON. {problem}") from None
        return objects

    def _row(self, value: Row) -> Row:
        present = self._by_name(value)
        row: Row = {}
        try:
            for name, key, read in self._columns:
                found = present.get(key)
                row[name] = None if found is None else read(found)
        except Mismatch as problem:
            raise RecordFailed(MALFORMED, f"Data does not match the schema. {problem}") from None
        return row

    def _object(self, pairs: list[tuple[str, Any]]) -> Row:
        """An object of its pairs; of keys that are the same the first counts."""
        found: Row = {}
        for key, value in pairs:
            name = key.lower() if self._keys.lowered else key
            found.setdefault(name.replace(".", "_") if self._keys.dots else name, value)
        return found

    def _by_name(self, value: Row) -> Row:
        """The members by the names that columns and fields are looked up with."""
        if self._keys.lowered or not self._keys.any_case:
            return value
        found: Row = {}
        for key, member in value.items():
            found.setdefault(key.lower(), member)
        return found

    def _read(self, kind: HiveType, reader: OpenX | HiveJson) -> Read:
        lenient = isinstance(reader, OpenX)
        if isinstance(kind, Primitive):
            return _text_reader(lenient) if kind.kind == "text" else _plain(scalar_of(kind, reader))
        if isinstance(kind, ListOf):
            return _list_reader(self._read(kind.element, reader), lenient)
        if isinstance(kind, MapOf):
            return _map_reader(self._read(kind.key, reader), self._read(kind.value, reader), lenient)
        return self._struct_reader(kind, reader)

    def _struct_reader(self, kind: StructOf, reader: OpenX | HiveJson) -> Read:
        lenient = isinstance(reader, OpenX)
        fields = [
            (name, name.lower() if self._keys.any_case else name, self._read(inner, reader))
            for name, inner in kind.fields
        ]

        def read(value: Any) -> Row:
            if isinstance(value, list) and lenient:
                members: Sequence[Any] = [*value, *[None] * len(fields)][: len(fields)]
            elif isinstance(value, dict):
                present = self._by_name(value)
                members = [present.get(key) for _, key, _ in fields]
            elif lenient:
                raise Mismatch(f"Data is not JSONObject  but {_java_type(value)} with value {_words(value)}")
            else:
                raise Mismatch("java.io.IOException: Start of Object expected")
            return {
                name: None if member is None else inner(member)
                for (name, _, inner), member in zip(fields, members, strict=True)
            }

        return read


def _text_reader(lenient: bool) -> Read:
    def read(value: Any) -> Any:
        if isinstance(value, dict | list):
            if not lenient:
                raise Mismatch("One or more fields have incorrect format. Exception when validating field (root)")
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return value

    return read


def _plain(read: Read) -> Read:
    """Refuse what is nested, then read."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict | list):
            raise Mismatch(f"a {'struct' if isinstance(value, dict) else 'list'} where a scalar belongs")
        return read(value)

    return plain


def _list_reader(element: Read, lenient: bool) -> Read:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            if not lenient:
                raise Mismatch("java.io.IOException: Start of Array expected")
            value = [value]
        return [None if one is None else element(one) for one in value]

    return read


def _map_reader(key: Read, inner: Read, lenient: bool) -> Read:
    def read(value: Any) -> Row:
        if not isinstance(value, dict):
            words = "a map cannot be read from it" if lenient else "java.io.IOException: Start of Object expected"
            raise Mismatch(words)
        return {str(key(name)): None if one is None else inner(one) for name, one in value.items()}

    return read


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _real(text: str) -> Any:
    """A number with a fraction or an exponent; its text if no double is as large."""
    number = float(text)
    return number if abs(number) != float("inf") else text


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _java_type(value: Any) -> str:
    if isinstance(value, bool):
        return "java.lang.Boolean"
    if isinstance(value, int):
        return "java.lang.Long"
    return "java.lang.Double" if isinstance(value, float) else "java.lang.String"


def _words(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
