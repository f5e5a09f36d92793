"""Comparing a table of the catalogue with its data: what Athena would not see, or would fail on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from clickgen.verify.inspections.glue.catalogue import CatalogueTable
from clickgen.verify.inspections.glue.data import FileShape
from clickgen.verify.inspections.glue.projection import outside, values_of

# Athena's guide, "Updates in tables with partitions" and "Change a column's data type": wider types read narrower
_READS = {
    "smallint": {"tinyint"},
    "int": {"tinyint", "smallint"},
    "bigint": {"tinyint", "smallint", "int"},
    "double": {"float"},
}
_KINDS = {
    "boolean": {"boolean"},
    "tinyint": {"integer"}, "smallint": {"integer"}, "int": {"integer"}, "bigint": {"integer"},
    "float": {"integer", "number"}, "double": {"integer", "number"}, "decimal": {"integer", "number", "string"},
    "string": {"string", "integer", "number", "boolean", "object", "array"}, "varchar": {"string"},
    "char": {"string"}, "timestamp": {"string", "integer", "number"}, "date": {"string"},
    "array": {"array"}, "struct": {"object"}, "map": {"object"},
}  # fmt: skip


class Misfit(NamedTuple):
    """One thing that does not fit."""

    kind: str  # what kind of thing
    name: str  # the column, partition or file
    detail: str  # in words
    spoils: bool  # Athena fails on it or leaves data out, which is worse than a column that reads as NULL
    first: str | None = None  # the first file of the sample in which a column does not fit


@dataclass(frozen=True, slots=True)
class Fit:
    """How a table fits."""

    table: str
    location: str
    files: int  # how many there are
    read: int  # those whose columns were looked at
    misfits: Sequence[Misfit]

    @property
    def fits(self) -> bool:
        """Whether Athena sees all of the data, and fails on none of it."""
        return not any(misfit.spoils for misfit in self.misfits)

    def to_json(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "location": self.location,
            "fits": self.fits,
            "files": self.files,
            "read": self.read,
            "misfits": [misfit._asdict() for misfit in self.misfits],
        }


def compare(
    table: CatalogueTable, location: str, keys: Sequence[str], shapes: Sequence[FileShape], now: datetime
) -> Fit:
    """Compare a table with what is at `location`.

    keys: of all files there, below the location. shapes: of those that were looked into. now: what NOW means in
    projected ranges.
    """
    misfits = [*_placed(table, location, keys), *_columns(table, shapes)]
    misfits += _projected(table, keys, now) if table.projected else _registered(table, keys)
    return Fit(table.name, location, len(keys), len(shapes), misfits)


def _placed(table: CatalogueTable, location: str, keys: Sequence[str]) -> Iterator[Misfit]:
    if location.startswith("s3://") and location.rstrip("/") != table.location.rstrip("/"):
        yield Misfit("location", table.location, f"the table points there, not to {location}", spoils=True)
    if not keys:
        yield Misfit("location", location, "nothing is there", spoils=True)
    if table.format is None:
        yield Misfit("format", table.name, "the table's format is neither Parquet nor JSON", spoils=True)


def _columns(table: CatalogueTable, shapes: Sequence[FileShape]) -> Iterator[Misfit]:
    seen: Counter[str] = Counter()
    reported: set[tuple[str, str, str]] = set()
    for shape in shapes:
        if shape.unread:
            yield Misfit("file", shape.key, f"it could not be read: {shape.unread}", spoils=True)
            continue
        if table.format is not None and shape.format != table.format:
            detail = f"it is {shape.format}, the table says {table.format}"
            yield Misfit("format", shape.key, detail, spoils=True)
            continue
        for column, types in shape.columns.items():
            seen[column.lower()] += 1
            for misfit in _column(table, shape, column.lower(), sorted(types)):
                if (misfit.kind, misfit.name, misfit.detail) not in reported:
                    reported.add((misfit.kind, misfit.name, misfit.detail))
                    yield misfit._replace(first=shape.key)
    for column in table.columns:
        if seen and not seen[column]:
            yield Misfit("column", column, "the table has it, no file does: it reads as NULL", spoils=False)


def _column(table: CatalogueTable, shape: FileShape, column: str, types: Sequence[str]) -> Iterator[Misfit]:
    declared = table.columns.get(column)
    if column in table.keys:
        detail = "it is a key of partitions and a column of files: the folder's value is what is read"
        yield Misfit("column", column, detail, spoils=False)
    elif declared is None:
        yield Misfit("column", column, "files have it, the table does not: it cannot be queried", spoils=False)
    else:
        for kind in types:
            if not _reads(declared, kind, shape.format):
                yield Misfit("type", column, f"the table says {declared}, files have {kind}", spoils=True)


def _reads(declared: str, kind: str, form: str) -> bool:
    if form == "parquet":
        base = "string" if declared.startswith(("varchar", "char")) else declared
        return base == kind or kind in _READS.get(base, ())
    base = declared.split("<", 1)[0].split("(", 1)[0]
    return kind == "null" or kind in _KINDS.get(base, {kind})


def _registered(table: CatalogueTable, keys: Sequence[str]) -> Iterator[Misfit]:
    """Partitions that Athena knows from the catalogue: other folders are not read."""
    if not table.keys:
        return
    folders = Counter(table.location + key[: key.rfind("/") + 1] for key in keys)
    known = set(table.partitions.values())
    for folder, files in sorted(folders.items()):
        if not any(folder.startswith(location) for location in known if location):
            detail = f"{files} files are in it and it is not a partition of the table: they are not read"
            yield Misfit("partition", folder, detail, spoils=True)
    for values, location in sorted(table.partitions.items()):
        if not any(folder.startswith(location) for folder in folders):
            yield Misfit("partition", "/".join(values), f"nothing is in {location}", spoils=False)


def _projected(table: CatalogueTable, keys: Sequence[str], now: datetime) -> Iterator[Misfit]:
    """Partitions that Athena computes: folders that the template or a range leaves out are not read."""
    hive = table.location + "".join(f"{key}=${{{key}}}/" for key in table.keys)
    template = table.parameters.get("storage.location.template", hive)
    reported: set[str] = set()
    for stored in keys:
        folder = table.location + stored[: stored.rfind("/") + 1]
        if folder in reported:
            continue
        reported.add(folder)
        values = values_of(template, table.location + stored, list(table.keys))
        if values is None:
            yield Misfit("partition", folder, f"it does not fit the template {template}: not read", spoils=True)
            continue
        for key, value in values.items():
            if reason := outside(table.parameters, key, value, now):
                yield Misfit("partition", f"{key}={value}", f"{reason}: it is not read", spoils=True)
