"""What is where a table of the catalogue points: its files, their format, and the types of their columns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from clickgen.model.errors import EnvironmentProblem
from clickgen.model.installation import require
from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import JsonObject
from clickgen.verify.inspections.shape.promise import KINDS
from clickgen.verify.landings.objects.place import ObjectChanged, ObjectPlace, Stored
from clickgen.verify.landings.sql.parquet_files import MAGIC, is_hidden, local_files

_EVENTS_A_FILE = 200


@dataclass(slots=True)
class FileShape:
    """One file."""

    key: str
    format: str  # `parquet` or `json`
    # types by name: Hive's types in Parquet; in JSON the kinds of the values found
    columns: dict[str, set[str]] = field(default_factory=dict)
    unread: str = ""  # why it could not be read


def listed(place: ObjectPlace, most: int | None = None) -> list[Stored]:
    """The files that Athena would read: not those whose name, or a folder's, begins with `_` or `.`.

    most: how many are enough, or None for all.
    """
    visible = (stored for stored in place.objects([""]) if stored.size and not is_hidden(stored.key))
    return sorted(islice(visible, most), key=lambda found: (found.landed_ms, found.key))


def sampled(files: Sequence[Stored], most: int) -> list[Stored]:
    """At most this many of the files, spread evenly, with the first and the last."""
    if len(files) <= most:
        return list(files)
    step = (len(files) - 1) / max(1, most - 1)
    return [files[round(position * step)] for position in range(most)]


def shape_of(place: ObjectPlace, stored: Stored) -> FileShape:
    """What is in a file; of JSON, the first 200 events are looked at."""
    try:
        with closing(place.read(stored)) as chunks:  # type: ignore[type-var]  # a generator, as every place gives
            start = next(iter(chunks), b"")
        if start.startswith(MAGIC):
            return _parquet(place, stored)
        shape = FileShape(stored.key, "json")
        for event in _events(place, stored):
            for name, value in event.items():
                shape.columns.setdefault(name, set()).add(kind_of(value))
    except ObjectChanged:
        return FileShape(stored.key, "", unread="it changed while it was read")
    except EnvironmentProblem as problem:
        return FileShape(stored.key, "", unread=problem.message)
    if not shape.columns:
        shape.unread = "neither Parquet nor JSON objects are in it"
    return shape


def kind_of(value: object) -> str:
    """The JSON kind of a value: null, boolean, integer, number, string, array or object."""
    return KINDS.get(type(value), "array" if isinstance(value, list) else "object")


def _events(place: ObjectPlace, stored: Stored) -> Iterator[Mapping[str, Any]]:
    pieces = scan(open_chunks(place.read(stored)))
    return islice((piece.value for piece in pieces if isinstance(piece, JsonObject)), _EVENTS_A_FILE)


def check_pyarrow() -> None:
    """EnvironmentProblem if what reads the schema of Parquet is not installed."""
    require("a table of Parquet", "pyarrow")


def _parquet(place: ObjectPlace, stored: Stored) -> FileShape:
    check_pyarrow()
    import pyarrow.parquet  # an extra

    shape = FileShape(stored.key, "parquet")
    with local_files(place, [stored]) as [path]:
        try:
            schema = pyarrow.parquet.read_schema(path)
        except (pyarrow.ArrowInvalid, OSError) as problem:
            shape.unread = str(problem).split("\n", 1)[0]
            return shape
    shape.columns = {column.name: {_hive(column.type, pyarrow.types)} for column in schema}
    return shape


_SIMPLE = {
    "string": "string", "large_string": "string", "string_view": "string", "binary": "binary",
    "large_binary": "binary", "bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int",
    "int64": "bigint", "float": "float", "double": "double", "date32[day]": "date",
}  # fmt: skip


def _hive(kind: Any, types: Any) -> str:
    """Hive's name of an Arrow type, or Arrow's own if Hive has none."""
    if types.is_dictionary(kind):
        return _hive(kind.value_type, types)
    if types.is_timestamp(kind):
        return "timestamp"
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return _nested(kind, types) or _SIMPLE.get(str(kind), str(kind))


def _nested(kind: Any, types: Any) -> str | None:
    if types.is_struct(kind):
        return f"struct<{','.join(f'{part.name.lower()}:{_hive(part.type, types)}' for part in kind)}>"
    if types.is_list(kind) or types.is_large_list(kind):
        return f"array<{_hive(kind.value_type, types)}>"
    if types.is_map(kind):
        return f"map<{_hive(kind.key_type, types)},{_hive(kind.item_type, types)}>"
    return None
