"""The jq query that gives partition keys (`MetadataExtractionQuery`).

A query that only follows paths, `{user:.user, device:.type.device}`, is carried out here, ten times as fast as by
libjq; any other goes to PyPI's `jq`. The service has jq 1.6 and libjq is newer: what they share works alike.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from clickgen.local.firehose.limits import MAX_PARTITION_KEYS
from clickgen.local.platform.errors import invalid_argument

ERROR_CODE = "DynamicPartitioning.MetadataExtractionFailed"
"""`errorCode` of a record whose keys cannot be extracted."""

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING = re.compile(r'"(?:[^"\\]|\\["\\/bfnrt])*"')  # without interpolation and code points, which jq may do
_STEP = re.compile(rf"\.({_NAME.pattern})|\.?\[\s*({_STRING.pattern})\s*\]|\.({_STRING.pattern})")

Path = tuple[str, ...]


class ExtractionFailed(Exception):
    """A record's partition keys cannot be had, and why not."""


@dataclass(frozen=True)
class PartitionQuery:
    """A query that is ready to use. `keys` are those that it gives; None if that depends on the record."""

    keys: frozenset[str] | None
    _run: Callable[[bytes], Any]

    def __call__(self, record: bytes) -> dict[str, str]:
        """The partition keys of a record; ExtractionFailed if it is not JSON, or a key is null or empty."""
        found = self._run(record)
        if not isinstance(found, dict):
            raise ExtractionFailed("the query does not give an object of partition keys")
        return {key: _text(value) for key, value in found.items()}


def compile_query(text: str) -> PartitionQuery:
    """Prepare a query; InvalidArgumentException if it is not valid, or needs a package that is not there."""
    paths = _paths(text)
    query = (
        _with_libjq(text) if paths is None else PartitionQuery(frozenset(paths), lambda one: _follow(one, paths))
    )
    if query.keys is not None and len(query.keys) > MAX_PARTITION_KEYS:
        raise invalid_argument(f"MetadataExtractionQuery gives more than {MAX_PARTITION_KEYS} partition keys.")
    return query


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str) and value:
        return value
    if value is None or value == "":
        raise ExtractionFailed("partitionKeys values must not be null or empty")
    raise ExtractionFailed("partitionKeys values must be strings, numbers or booleans")


def _follow(record: bytes, paths: dict[str, Path]) -> dict[str, Any]:
    try:
        whole = orjson.loads(record)
    except orjson.JSONDecodeError:
        raise ExtractionFailed("Non JSON record provided") from None
    keys = {}
    for key, path in paths.items():
        value = whole
        for step in path:
            if value is None:
                break
            if not isinstance(value, dict):
                raise ExtractionFailed(f"Cannot index {_kind(value)} with {step!r}")
            value = value.get(step)
        keys[key] = value
    return keys


def _kind(value: object) -> str:
    """The type of a value as jq calls it."""
    kinds: list[tuple[type, str]] = [(bool, "boolean"), (str, "string"), (list, "array")]
    return next((kind for python, kind in kinds if isinstance(value, python)), "number")


def _with_libjq(text: str) -> PartitionQuery:
    try:
        import jq  # an optional package, which only such a query needs
    except ImportError:
        raise invalid_argument(
            f"The query {text!r} does more than follow paths, which needs jq: pip install 'clickgen-aws[local]'"
        ) from None
    try:
        program = jq.compile(text)
    except ValueError as problem:
        raise invalid_argument(f"MetadataExtractionQuery is not valid: {_first_line(problem)}") from None

    def run(record: bytes) -> Any:
        try:
            return program.input_text(record.decode()).first()
        except StopIteration:
            return None
        except (ValueError, UnicodeDecodeError) as problem:
            words = _first_line(problem)
            raise ExtractionFailed("Non JSON record provided" if "parse error" in words else words) from None

    try:
        example = run(b"{}")
    except ExtractionFailed:
        example = None
    return PartitionQuery(frozenset(example) if isinstance(example, dict) else None, run)


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0]


def _paths(text: str) -> dict[str, Path] | None:
    """The path of each key; None if the query is not an object of plain paths."""
    reader = _Reader(text)
    if not reader.takes("{"):
        return None
    paths: dict[str, Path] = {}
    while True:
        key = reader.key()
        if key is None:
            return None
        path: Path | None = (key,)
        if reader.takes(":"):
            path = reader.path()
        if path is None:
            return None
        paths[key] = path
        if reader.takes("}"):
            return paths if reader.at_end() else None
        if not reader.takes(","):
            return None


class _Reader:
    """Reads tokens of a query one after the other, with any space between them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def takes(self, sign: str) -> bool:
        """Whether this sign comes next; then it is read."""
        return self._match(re.compile(re.escape(sign))) is not None

    def key(self) -> str | None:
        """A key, plain or quoted."""
        name = self._match(_NAME)
        if name is not None:
            return name.group()
        quoted = self._match(_STRING)
        return None if quoted is None else str(orjson.loads(quoted.group()))

    def path(self) -> Path | None:
        """A path like `.a.b` or `.["a"]`; `.` alone is none."""
        steps: list[str] = []
        while (step := self._match(_STEP)) is not None:
            if not steps and step.group().startswith("["):
                return None  # an array, not an index
            name, *quoted = step.groups()
            steps.append(name or orjson.loads(quoted[0] or quoted[1]))
        return tuple(steps) or None

    def at_end(self) -> bool:
        """Whether nothing is left."""
        self._skip_space()
        return self._at == len(self._text)

    def _match(self, token: re.Pattern[str]) -> re.Match[str] | None:
        self._skip_space()
        match = token.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        if space is not None:
            self._at = space.end()
