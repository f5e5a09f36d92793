"""Answers of services as the API describes them: a member that is missing or wrong is reported when it is used.

botocore leaves out what is missing, passes on what is of another type, or fails somewhere in its parser. All of
that becomes `UnusableAnswer`, which says what of which answer it was. Members that nobody uses may be anything:
emulators differ from AWS in many of them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError
from botocore.model import Shape
from botocore.parsers import ResponseParserFactory

from clickgen.model.errors import UnusableAnswer
from clickgen.sink.bounded_http import NO_SERVICE_HINT

# called many times a second; their sinks look at every entry of an answer themselves
_READ_BY_SINKS = frozenset(["PutRecordBatch", "PutRecords", "BatchWriteItem", "PutObject"])
_NAMES_ITS_TYPE = "AttributeValue"  # of DynamoDB
_MOST_WORDS = 1000  # of an error's message, which may be a page
_SCALARS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "character": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
    "blob": ((bytes,), "bytes"),
    "timestamp": ((datetime,), "a time"),
}
_NESTED: Mapping[str, tuple[Any, str]] = {
    "structure": (dict, "an object"),
    "map": (dict, "an object"),
    "list": (list, "a list"),
}


class CheckedParsers(ResponseParserFactory):
    """Makes the parsers of a client. where: the service and its endpoint, set once they are known."""

    where = "the service"

    def create_parser(self, protocol_name: str) -> Any:
        """A parser whose answers are checked."""
        return _CheckedParser(super().create_parser(protocol_name), self)


class _CheckedParser:
    def __init__(self, parser: Any, parsers: CheckedParsers) -> None:
        self._parser = parser
        self._parsers = parsers

    def parse(self, response: dict[str, Any], shape: Shape | None) -> dict[str, Any]:
        """What the answer says; UnusableAnswer if it cannot be understood."""
        operation = str(response["context"]["operation_name"])
        place = Place(self._parsers.where, operation, ())
        try:
            answer: dict[str, Any] = self._parser.parse(response, shape)
        except (BotoCoreError, UnusableAnswer):
            raise
        except Exception as problem:  # noqa: BLE001  # a parser that trusts its answer may raise anything
            _raise_unreadable(place, response, shape, problem)
        if response["status_code"] >= 300:
            return _with_words(answer)
        if shape is None or operation in _READ_BY_SINKS:
            return answer
        return Members(shape, answer, place)


class Place:
    """A place in an answer. path: the members that lead there."""

    __slots__ = ("operation", "path", "where")

    def __init__(self, where: str, operation: str, path: tuple[str, ...]) -> None:
        self.where, self.operation, self.path = where, operation, path

    def inner(self, name: str) -> "Place":
        return Place(self.where, self.operation, (*self.path, name))

    def refuse(self, what: str) -> NoReturn:
        """Raise the problem: the service answered `what`."""
        raise UnusableAnswer(f"{self.where} answered {self.operation} {what}", NO_SERVICE_HINT)


class Members(dict[str, Any]):
    """A structure of an answer. Using a member that is wrong, or missing without a default, is UnusableAnswer."""

    __slots__ = ("_wrong", "place")

    def __init__(self, shape: Any, members: Mapping[str, Any], place: Place) -> None:
        super().__init__()
        self.place = place
        self._wrong: dict[str, str] | None = None
        shapes = shape.members
        for name, value in members.items():
            member_shape = shapes.get(name)
            read, fault = (value, None) if member_shape is None else _read(member_shape, value, place, name)
            if fault is None:
                self[name] = read
            else:
                self._wrong = {**(self._wrong or {}), name: fault}

    def __missing__(self, name: str) -> NoReturn:
        fault = (self._wrong or {}).get(name)
        path = ".".join((*self.place.path, name))
        self.place.refuse(f"without {path}" if fault is None else f"with a {path} that is {fault}")

    def __contains__(self, name: object) -> bool:
        """Whether the service sent it, right or wrong."""
        return super().__contains__(name) or name in (self._wrong or ())

    def get(self, name: str, default: Any = None) -> Any:
        """The member, or the default if it is missing."""
        return self[name] if name in self else default  # noqa: SIM401  # this is what `get` is

    def within(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within the service's own bounds, or the default if it is missing."""
        number = int(self.get(name, default))
        if not least <= number <= most:
            path = ".".join((*self.place.path, name))
            self.place.refuse(f"with a {path} that is not from {least} to {most:,}")
        return number


def _read(shape: Any, value: Any, place: Place, name: str) -> tuple[Any, str | None]:
    """The value with its structures as Members, and what it is if it is not what the shape says."""
    kind = shape.type_name
    if kind in _SCALARS:
        types, words = _SCALARS[kind]
        fits = isinstance(value, types) and (kind == "boolean" or not isinstance(value, bool))
        streams = shape.serialization.get("streaming", False)
        return value, None if fits or streams else f"{_kind(value)}, not {words}"
    if kind not in _NESTED or getattr(shape, "is_document_type", False) or shape.name == _NAMES_ITS_TYPE:
        return value, None
    wanted, words = _NESTED[kind]
    if not isinstance(value, wanted):
        return value, f"{_kind(value)}, not {words}"
    if kind == "structure":
        return Members(shape, value, place.inner(name)), None
    return _read_entries(shape.member if kind == "list" else shape.value, value, place, name)


def _read_entries(shape: Any, value: Any, place: Place, name: str) -> tuple[Any, str | None]:
    """As `_read`, for a list or a map whose entries have the shape."""
    if shape.name == _NAMES_ITS_TYPE:
        return value, None
    is_list = isinstance(value, list)
    read = [_read(shape, each, place, name) for each in (value if is_list else value.values())]
    fault = next((fault for _, fault in read if fault is not None), None)
    if fault is not None:
        return value, f"{_kind(value)} with an entry that is {fault}"
    entries = [each for each, _ in read]
    return (entries if is_list else dict(zip(value, entries, strict=True))), None


def _with_words(answer: dict[str, Any]) -> dict[str, Any]:
    """An error whose code and message are text; a modelled error may have others, or neither."""
    error = answer.get("Error")
    if not isinstance(error, dict):
        return answer
    return {**answer, "Error": {**error, **{name: _words(error.get(name)) for name in ("Code", "Message")}}}


def _raise_unreadable(place: Place, response: Mapping[str, Any], shape: Any, problem: Exception) -> NoReturn:
    """Say where an answer in JSON differs from the API, or else what the parser objected to."""
    try:
        answer = json.loads(response["body"])
    except (ValueError, TypeError, RecursionError):
        answer = None
    fault = None if answer is None or shape is None else _misshapen(shape, answer, "an answer")
    words = fault or f"with what cannot be read: {_words(f'{type(problem).__name__}: {problem}')}"
    raise UnusableAnswer(f"{place.where} answered {place.operation} {words}", NO_SERVICE_HINT) from problem


def _misshapen(shape: Any, value: Any, name: str) -> str | None:
    """The first member of raw JSON whose nesting differs from the shape, in words."""
    kind = shape.type_name
    if kind not in _NESTED or value is None:
        return None
    wanted, words = _NESTED[kind]
    if not isinstance(value, wanted):
        return f"with {name if name == 'an answer' else f'a {name}'} that is {_kind(value)}, not {words}"
    if kind == "list":
        inner = [(shape.member, each, name) for each in value]
    elif kind == "map":
        inner = [(shape.value, each, name) for each in value.values()]
    else:
        prefix = "" if name == "an answer" else f"{name}."
        inner = [(member, value.get(key), f"{prefix}{key}") for key, member in shape.members.items()]
    return next((fault for each in inner if (fault := _misshapen(*each)) is not None), None)


def _kind(value: Any) -> str:
    """What a value of JSON is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else "a number"


def _words(value: Any) -> str:
    """A word of an error as text, no longer than anybody reads."""
    text = "" if value is None else str(value)
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}…"
