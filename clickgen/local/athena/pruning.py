"""Which partitions a query can need: its conditions on partition keys alone, evaluated over their values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from clickgen.local.platform.hive_types import HiveType, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def conditions_on(table: exp.Table, keys: Mapping[str, HiveType]) -> list[exp.Expr]:
    """The conditions of the query around a table that concern its partition keys only, about bare names."""
    select = table.parent_select
    if not isinstance(select, exp.Select) or not keys or not _inner(select, table):
        return []
    where = select.args.get("where")
    if where is None:
        return []
    alone = len(list(_sources(select))) == 1
    return [
        _bare(condition)
        for condition in (where.this.flatten() if isinstance(where.this, exp.And) else [where.this])
        if _concerns(condition, table.alias_or_name.lower(), keys, alone)
    ]


def chosen(
    connection: "DuckDBPyConnection",
    conditions: Sequence[exp.Expr],
    keys: Mapping[str, HiveType],
    values: Sequence[tuple[str, ...]],
) -> Iterable[int]:
    """The positions of the partitions for which the conditions hold; all if they cannot be evaluated so."""
    if not conditions or not values:
        return range(len(values))
    columns = ", ".join(
        f"CAST(nullif(unnest(?::VARCHAR[]), '{_NO_VALUE}') AS {kind.duckdb}) AS {quoted(key)}"
        for key, kind in keys.items()
    )
    condition = " AND ".join(f"({condition.sql('duckdb')})" for condition in conditions)
    sql = (
        f"SELECT position FROM (SELECT unnest(range({len(values)})) AS position, {columns})"
        f" WHERE {condition} ORDER BY position"
    )
    lists = [[partition[at] for partition in values] for at in range(len(keys))]
    try:
        return [position for (position,) in connection.execute(sql, lists).fetchall()]
    except duckdb.Error:
        return range(len(values))  # the query itself will say what is wrong


def injected(conditions: Sequence[exp.Expr]) -> dict[str, list[str]]:
    """The values that conditions give for keys: `key = 'a'`, `key IN ('a', 'b')`."""
    values: dict[str, list[str]] = {}
    for condition in conditions:
        if isinstance(condition, exp.EQ):
            sides = [condition.this, condition.expression]
            column = next((side for side in sides if isinstance(side, exp.Column)), None)
            literals = [side for side in sides if isinstance(side, exp.Literal)]
        elif isinstance(condition, exp.In):
            column, literals = condition.this, condition.expressions
        else:
            continue
        if isinstance(column, exp.Column) and literals and all(isinstance(part, exp.Literal) for part in literals):
            values[column.name.lower()] = [part.name for part in literals]
    return values


def _inner(select: exp.Select, table: exp.Table) -> bool:
    """Whether no outer join can make rows of the table that its files do not have."""
    joins = select.args.get("joins") or []
    sides = {str(join.side).upper() for join in joins}
    if sides & {"RIGHT", "FULL"}:
        return False
    return not any(join.this is table and str(join.side).upper() == "LEFT" for join in joins)


def _concerns(condition: exp.Expr, alias: str, keys: Mapping[str, HiveType], alone: bool) -> bool:
    if condition.find(exp.Query, exp.Subquery, exp.Window, exp.AggFunc) is not None:
        return False
    columns = list(condition.find_all(exp.Column))
    return bool(columns) and all(
        column.name.lower() in keys and (column.table.lower() == alias if column.table else alone)
        for column in columns
    )


def _bare(condition: exp.Expr) -> exp.Expr:
    copy = condition.copy()
    for column in list(copy.find_all(exp.Column)):
        column.replace(exp.column(column.name.lower(), quoted=True)) if column is not copy else None
    return copy


def _sources(select: exp.Select) -> Iterable[exp.Expr]:
    if select.args.get("from_") is not None:
        yield select.args["from_"].this
    for join in select.args.get("joins") or []:
        if not isinstance(join.this, exp.Unnest):
            yield join.this
