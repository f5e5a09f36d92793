"""The columns of a catalogue table, and which key of a JSON object each is read from."""

from dataclasses import dataclass
from typing import Any

from clickgen.local.firehose.conversion.hive_types import HiveType, Primitive, SchemaProblem, parse_type
from clickgen.local.firehose.conversion.settings import Conversion, OpenX


@dataclass(frozen=True)
class Column:
    """A column, and the JSON key that holds its values."""

    name: str
    kind: HiveType
    key: str

    @property
    def nested(self) -> bool:
        """Whether its values are arrays, maps or structs."""
        return not isinstance(self.kind, Primitive)


def columns_of(table: dict[str, Any], conversion: Conversion) -> tuple[Column, ...]:
    """The columns of `Table` as GetTable answers it; SchemaProblem if they cannot be written."""
    where = f"{conversion.table.database}.{conversion.table.table}"
    wanted, present = conversion.table.version_id, str(table.get("VersionId", "LATEST"))
    if wanted not in {"LATEST", present}:
        raise SchemaProblem(f"the table {where} is kept in its version {present} only, and not in {wanted}")
    given = (table.get("StorageDescriptor") or {}).get("Columns") or []
    if not given:
        raise SchemaProblem(f"the table {where} has no columns")
    keys = conversion.reader.keys_of_columns if isinstance(conversion.reader, OpenX) else {}
    columns = []
    for column in given:
        name = str(column["Name"])
        try:
            kind = parse_type(str(column.get("Type") or ""))
        except SchemaProblem as problem:
            raise SchemaProblem(f"the column {name} of {where} cannot be used: {problem}") from None
        columns.append(Column(name, kind, keys.get(name, name)))
    _check_names(where, columns, keys)
    return tuple(columns)


def _check_names(where: str, columns: list[Column], keys: dict[str, str] | Any) -> None:
    names = [column.name.lower() for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise SchemaProblem(f"the table {where} has the column {name} twice")
    for name in keys:
        if name not in {column.name for column in columns}:
            raise SchemaProblem(f"ColumnToJsonKeyMappings names the column {name}, which {where} does not have")
