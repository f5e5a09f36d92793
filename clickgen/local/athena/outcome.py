"""What a statement gives: columns as GetQueryResults describes them, rows of text, and how much was read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from clickgen.local.platform.hive_types import HiveType

CATALOGUE = "awsdatacatalog"
"""The name of the one catalogue, in lower case."""

Row = tuple[str | None, ...]
StatementType = Literal["DML", "DDL", "UTILITY"]

_UNBOUNDED = 2_147_483_647  # of a varchar without a length
_PRECISION = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "double": 17, "float": 17, "varchar": _UNBOUNDED,
    "varbinary": 1_073_741_824, "timestamp": 3, "timestamp with time zone": 3, "time": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a result.

    kind: Athena's type without its parameters, like `varchar`, `decimal`, `row`; `string` in answers of DDL.
    precision, scale: as Athena reports them, 0 if the type has none.
    """

    name: str
    kind: str
    precision: int = 0
    scale: int = 0

    def info(self) -> dict[str, Any]:
        """As `ColumnInfo`."""
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.kind,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.kind in ("varchar", "char"),
        }


@dataclass
class Outcome:
    """How one statement ended well.

    rows: to be walked once.
    scanned: bytes that were read of the tables, known when the rows have been walked at the latest.
    update: what was changed and how many rows, like ("INSERT", 3); None if nothing was.
    manifest: the URIs of the objects that were written.
    headed: whether the column names are the first row, as Athena does for queries only.
    """

    statement: StatementType
    substatement: str
    columns: list[Column] = field(default_factory=list)
    rows: Iterator[Row] = field(default_factory=lambda: iter(()))
    scanned: int = 0
    update: tuple[str, int] | None = None
    manifest: list[str] = field(default_factory=list)

    @property
    def headed(self) -> bool:
        return self.statement == "DML" and self.update is None


def column_of(name: str, kind: HiveType | str) -> Column:
    """The column for a type."""
    if isinstance(kind, str):
        return Column(name, kind, _PRECISION.get(kind, 0))
    base = kind.trino.split("(", 1)[0]
    base = "float" if base == "real" else base
    if kind.name == "decimal":
        precision, scale = (*kind.sizes, 0)[:2] if kind.sizes else (10, 0)
        return Column(name, base, precision, scale)
    if kind.name in ("varchar", "char") and kind.sizes:
        return Column(name, base, kind.sizes[0])
    return Column(name, base, _PRECISION.get(base, 0))


def texts(statement: StatementType, substatement: str, names: list[str], rows: list[Row]) -> Outcome:
    """The answer of a statement like SHOW, whose columns are texts."""
    return Outcome(statement, substatement, [Column(name, "string") for name in names], iter(rows))
