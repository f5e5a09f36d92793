"""Results as the Data API gives them: values named by their kinds, a page at a time."""

import math
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.redshift.database import ResultColumn

_PAGE_ROWS = 1_000


def metadata_of(column: ResultColumn) -> dict[str, Any]:
    """A column as `ColumnMetadata`."""
    return {
        "name": column.name, "label": column.name, "typeName": column.kind, "nullable": 1, "length": column.length,
        "precision": column.length, "scale": column.scale, "isCaseSensitive": column.kind in ("varchar", "bpchar"),
        "isCurrency": False, "isSigned": column.kind.startswith(("int", "float", "num")), "schemaName": "",
        "tableName": "", "columnDefault": "",
    }  # fmt: skip


def field_of(value: Any) -> dict[str, Any]:
    """A value as the Data API gives it: one member, named by its kind."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return {"longValue": value}
    if isinstance(value, float) and math.isfinite(value):
        return {"doubleValue": value}
    return {"stringValue": _text(value)}


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix("+00:00") + ("+00" if value.tzinfo else "")
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes) else str(value)


def read_page(path: Path, position: int) -> tuple[list[Any], int | None]:
    """The records from a byte position of a kept result on, and where the next page begins, if there is one."""
    records = []
    with path.open("rb") as file:
        file.seek(position)
        for line in file:
            records.append(orjson.loads(line))
            position += len(line)
            if len(records) == _PAGE_ROWS:
                break
    return records, position if position < path.stat().st_size else None
