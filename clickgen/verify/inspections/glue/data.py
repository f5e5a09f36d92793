"""What lies where a table of the catalogue points: its files, their format, and the types of their columns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from clickgen.model.errors import EnvironmentProblem
from clickgen.model.installation import require
from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import JsonObject
from clickgen.verify.landings.objects.place import FolderPlace, ObjectChanged, ObjectPlace, Stored

_MAGIC = b"PAR1"
_EVENTS_A_FILE = 200


@dataclass(slots=True)
class FileShape:
    """One file. format: `parquet` or `json`. columns: their types by name as the file has it: Hive's types in
    Parquet; in JSON the kinds of the values found. unread: why it could not be read.
    """

    key: str
    format: str
    columns: dict[str, set[str]] = field(default_factory=dict)
    unread: str = ""


def listed(place: ObjectPlace) -> list[Stored]:
    """The files that Athena would read: none whose name, or whose folder's, begins with `_` or `.`."""
    stored = (stored for stored in place.objects([""]) if stored.size)
    visible = (found for found in stored if not any(part[:1] in "_." for part in found.key.split("/") if part))
    return sorted(visible, key=lambda found: (found.landed_ms, found.key))


def sampled(files: Sequence[Stored], most: int) -> list[Stored]:
    """At most so many of the files, the first and the last among them, evenly between."""
    if len(files) <= most:
        return list(files)
    step = (len(files) - 1) / max(1, most - 1)
    return [files[round(position * step)] for position in range(most)]


def shape_of(place: ObjectPlace, stored: Stored) -> FileShape:
    """What is in a file; of JSON, the first 200 events are looked at."""
    try:
        with closing(place.read(stored)) as chunks:  # type: ignore[type-var]  # a generator, as every place gives
            start = next(iter(chunks), b"")
        if start.startswith(_MAGIC):
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
    for kind, of in (
        ("null", type(None)),
        ("boolean", bool),
        ("integer", int),
        ("number", float),
        ("string", str),
    ):
        if isinstance(value, of):
            return kind
    return "array" if isinstance(value, list) else "object"


def _events(place: ObjectPlace, stored: Stored) -> Iterator[Mapping[str, Any]]:
    pieces = scan(open_chunks(place.read(stored)))
    return islice((piece.value for piece in pieces if isinstance(piece, JsonObject)), _EVENTS_A_FILE)


def check_pyarrow() -> None:
    """EnvironmentProblem where what reads the schema of Parquet is not installed."""
    require("a table of Parquet", "pyarrow")


def _parquet(place: ObjectPlace, stored: Stored) -> FileShape:
    check_pyarrow()
    import pyarrow as pa  # noqa: PLC0415  # an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    shape = FileShape(stored.key, "parquet")
    with _local(place, stored) as path:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowInvalid, OSError) as problem:
            shape.unread = str(problem).split("\n", 1)[0]
            return shape
    shape.columns = {column.name: {_hive(column.type, pa.types)} for column in schema}
    return shape


@contextmanager
def _local(place: ObjectPlace, stored: Stored) -> Iterator[Path]:
    if isinstance(place, FolderPlace):
        root = Path(place.name)
        yield root if root.is_file() else root / stored.key
        return
    with NamedTemporaryFile(suffix=".parquet") as file:
        file.writelines(place.read(stored))
        file.flush()
        yield Path(file.name)


_SIMPLE = {
    "string": "string", "large_string": "string", "string_view": "string", "binary": "binary",
    "large_binary": "binary", "bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int",
    "int64": "bigint", "float": "float", "double": "double", "date32[day]": "date",
}  # fmt: skip


def _hive(kind: Any, types: Any) -> str:
    """Hive's name of an Arrow type; Arrow's own where Hive has none."""
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
