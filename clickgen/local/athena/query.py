"""A query of Athena's made ready for DuckDB: tables found, views unfolded, files chosen and read."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from clickgen.local.athena.failures import QueryFailed, failed, syntax_error
from clickgen.local.athena.files import files_below
from clickgen.local.athena.outcome import CATALOGUE
from clickgen.local.athena.pruning import chosen, conditions_on, injected
from clickgen.local.athena.scan import PSEUDO, Scanner
from clickgen.local.athena.tables import Table, files_of, partitions_of, table_of
from clickgen.local.athena.translate import Kinds, place_of, rewritten
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.hive_types import HiveType
from clickgen.local.platform.links import Metastore

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VIEW = "/* Presto View: "
UNNAMED = "_col*"
"""How columns without a name are called whose place a star before them hides; no column is called so otherwise."""
_MAX_NESTED_VIEWS = 16  # a view of itself would never end
_TEXTS = frozenset({"string", "varchar", "char"})
_NUMBERS = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"})


def parse_query(sql: str) -> exp.Query:
    """The tree of one query; QueryFailed if it is not one."""
    try:
        trees = sqlglot.parse(sql, read="athena")
    except SqlglotError as problem:
        raise _not_sql(problem) from None
    tree = trees[0] if trees else None
    if isinstance(tree, exp.Values):
        names = [f"_col{position}" for position in range(len(tree.expressions[0].expressions or [0]))]
        alias = exp.TableAlias(this=exp.to_identifier("v"), columns=[exp.to_identifier(name) for name in names])
        tree.set("alias", alias)
        tree = exp.select("*").from_(tree)
    if len(trees) != 1 or not isinstance(tree, exp.Query):
        raise syntax_error(f"mismatched input '{sql.split(maxsplit=1)[0] if sql.strip() else '<EOF>'}'")
    return tree


class Preparation:
    """Makes one query ready, with a connection and a folder for what has to be written meanwhile."""

    def __init__(
        self, lake: Path, metastore: Metastore, connection: "DuckDBPyConnection", scanner: Scanner
    ) -> None:
        self._lake = lake
        self._metastore = metastore
        self._connection = connection
        self._scanner = scanner
        self._tables: dict[int, Table] = {}

    def ready(self, tree: exp.Query, database: str, *, empty: bool = False) -> str:
        """The query as DuckDB runs it, its tables being views of the connection by then.

        empty: read no files, for whoever wants to know the columns only.
        """
        tree = self._resolved(tree.copy(), database, 0)
        _name_columns(tree)
        self._hide_pseudo_columns(tree)
        _expand_unnested(tree, self._types_at)
        rewritten(tree, self._kinds_at)
        needed = _mentioned(tree)
        for node in list(tree.find_all(exp.Table)):
            table = self._tables.get(id(node))
            if table is not None:
                name = self._scan(node, table, needed, empty)
                node.replace(exp.alias_(exp.to_table(name), node.alias_or_name, table=True))
        return tree.sql("duckdb")

    def _scan(self, node: exp.Table, table: Table, needed: frozenset[str] | None, empty: bool) -> str:
        if empty:
            return self._scanner.view(table, [], needed)
        if not table.keys:
            files = list(files_below(self._lake, table.location))
            return self._scanner.view(table, files, needed)
        conditions = conditions_on(node, table.keys)
        partitions = partitions_of(
            table, lambda: self._metastore.partitions(table.database, table.name), injected(conditions)
        )
        files = files_of(
            self._lake,
            partitions,
            lambda values: chosen(self._connection, conditions, table.keys, values),
        )
        return self._scanner.view(table, files, needed)

    def _resolved(self, tree: exp.Query, database: str, depth: int) -> exp.Query:
        """The tree with the views in it unfolded, and every table of it known."""
        for node in list(tree.find_all(exp.Table)):
            if not isinstance(node.this, exp.Identifier):
                name = node.this.sql("athena").split("(", 1)[0].lower()
                if name not in ("unnest", "table", "values"):
                    raise failed("FUNCTION_NOT_FOUND", f"line 1:1: Table function '{name}' not registered")
            elif not _is_cte(node):
                self._resolve(node, database, depth)
        return tree

    def _resolve(self, node: exp.Table, database: str, depth: int) -> None:
        entity = self._entity(node, database)
        text = entity.get("ViewOriginalText") or ""
        if entity.get("TableType") != "VIRTUAL_VIEW":
            self._tables[id(node)] = table_of(entity)
            return
        if depth >= _MAX_NESTED_VIEWS:
            raise failed("VIEW_IS_RECURSIVE", f"Statement would create a recursive view at '{node.name}'")
        view = view_of(text)
        inner = self._resolved(parse_query(view["originalSql"]), view.get("schema") or database, depth + 1)
        node.replace(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name))))

    def _entity(self, node: exp.Table, database: str) -> dict[str, Any]:
        schema = (node.db or database).lower()
        place = place_of(node.this, node.name)
        if node.catalog and node.catalog.lower() != CATALOGUE:
            raise failed("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' does not exist", place)
        try:
            return self._metastore.table(schema, node.name)
        except ServiceError as problem:
            if problem.message.startswith("Database"):
                raise failed("SCHEMA_NOT_FOUND", f"Schema '{schema}' does not exist", place) from None
            name = f"{CATALOGUE}.{schema}.{node.name.lower()}"
            raise failed("TABLE_NOT_FOUND", f"Table '{name}' does not exist", place) from None

    def _hide_pseudo_columns(self, tree: exp.Query) -> None:
        """`*` does not mean `"$path"`, though the query mentions it elsewhere."""
        if not any(column.name.lower() in PSEUDO for column in tree.find_all(exp.Column)):
            return
        for star in list(tree.find_all(exp.Star)):
            select = star.parent_select
            sources = [] if select is None else [select.args.get("from_"), *(select.args.get("joins") or [])]
            if not isinstance(star.parent, exp.Count) and any(id(part.this) in self._tables for part in sources):
                star.set("except_", [exp.to_identifier(name, quoted=True) for name in sorted(PSEUDO)])

    def _types_at(self, node: exp.Expr) -> Mapping[str, HiveType]:
        """The types of the columns of the tables that an expression can see."""
        select = node.parent_select
        types: dict[str, HiveType] = {}
        while select is not None:
            sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
            for source in sources:
                table = self._tables.get(id(source.this)) if source is not None else None
                if table is not None:
                    types = {**table.columns, **table.keys, **types}
            select = select.parent_select
        return types

    def _kinds_at(self, node: exp.Expr) -> Kinds:
        return {name: _kind(kind) for name, kind in self._types_at(node).items()}


def view_of(text: str) -> dict[str, str]:
    """What a view of the catalogue says; QueryFailed if it is of another engine."""
    if text.startswith(VIEW):
        view: dict[str, str] = orjson.loads(base64.b64decode(text.removeprefix(VIEW).removesuffix(" */")))
        return view
    raise failed("NOT_SUPPORTED", "Hive views are not supported")


def _kind(kind: HiveType) -> str:
    if kind.name in _TEXTS or kind.name in _NUMBERS:
        return "varchar" if kind.name in _TEXTS else "number"
    return kind.name


def _is_cte(node: exp.Table) -> bool:
    if node.db:
        return False
    above = node.parent
    while above is not None:
        if any(cte.alias.lower() == node.name.lower() for cte in getattr(above, "ctes", [])):
            return True
        above = above.parent
    return False


def _name_columns(tree: exp.Query) -> None:
    """Columns without a name are `_col0`, `_col1`, … by their place."""
    select = tree
    while not isinstance(select, exp.Select):
        if not isinstance(select, exp.SetOperation | exp.Subquery):
            return
        select = select.this
    starred = False
    for position, column in enumerate(select.expressions):
        starred = starred or column.is_star
        if not isinstance(column, exp.Column | exp.Alias | exp.Star | exp.Dot) and not column.is_star:
            name = f"{UNNAMED}{position}" if starred else f"_col{position}"
            column.replace(exp.alias_(column.copy(), name, quoted=True))


def _mentioned(tree: exp.Query) -> frozenset[str] | None:
    """Every name in the query, one of which may be a column; None if a star means them all."""
    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            return _Every() if star.args.get("except_") else None
    return frozenset(name.name.lower() for name in tree.find_all(exp.Identifier))


class _Every(frozenset[str]):
    """A set of all names."""

    def __contains__(self, name: object) -> bool:
        return True


def _expand_unnested(tree: exp.Query, types_at: Callable[[exp.Expr], Mapping[str, HiveType]]) -> None:
    """UNNEST of a map gives two columns, of an array of rows one for each field."""
    for node in list(tree.find_all(exp.Unnest)):
        alias = node.args.get("alias")
        if alias is None:
            continue
        columns = alias.columns
        ordinal = bool(node.args.get("offset"))
        if len(node.expressions) != 1 or len(columns) - ordinal < 2:
            continue
        value = node.expressions[0]
        kind = types_at(node).get(value.name.lower()) if isinstance(value, exp.Column) else None
        if kind is not None and kind.name == "array":
            depth = exp.PropertyEQ(this=exp.to_identifier("max_depth"), expression=exp.Literal.number(2))
            parts: list[exp.Expr] = [exp.Anonymous(this="unnest", expressions=[value.copy(), depth])]
        else:
            parts = [
                exp.Anonymous(this="unnest", expressions=[exp.Anonymous(this=name, expressions=[value.copy()])])
                for name in ("map_keys", "map_values")
            ]
        if ordinal:
            raise failed("NOT_SUPPORTED", "the embedded pipeline has no WITH ORDINALITY for maps and rows")
        inner = exp.Subquery(this=exp.Select(expressions=parts))
        node.replace(exp.Lateral(this=inner, alias=alias.copy()))


def _not_sql(problem: SqlglotError) -> QueryFailed:
    errors = getattr(problem, "errors", None)
    if not errors:
        return syntax_error(str(problem).split("\n", 1)[0])
    first = errors[0]
    near = first.get("highlight") or "<EOF>"
    place = (int(first.get("line") or 1), int(first.get("col") or 1))
    description = str(first.get("description")).split(" but got <Token", 1)[0]
    return syntax_error(f"mismatched input '{near}'. {description}", place)
