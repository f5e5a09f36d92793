"""SHOW and DESCRIBE: what the catalogue has, in the columns and with the padding that Athena answers with."""

import fnmatch
from collections.abc import Callable
from typing import Any

from clickgen.local.athena.failures import hive_failed
from clickgen.local.athena.outcome import Outcome, Row, texts
from clickgen.local.athena.query import view_of
from clickgen.local.athena.words import Words
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.hive_types import parse_type
from clickgen.local.platform.links import Metastore

_WIDTH = 20  # to which Hive pads the cells of DESCRIBE and SHOW COLUMNS


class Show:
    """Answers SHOW and DESCRIBE about the catalogue; `database` is where names without one are."""

    def __init__(self, metastore: Metastore, database: str) -> None:
        self._metastore = metastore
        self._database = database

    def run(self, words: Words) -> Outcome | None:
        """Answer one statement; None if it is another. QueryFailed."""
        for keywords, action in self._statements().items():
            if words.accept(*keywords):
                return action(words)
        return None

    def _statements(self) -> dict[tuple[str, ...], Callable[[Words], Outcome]]:
        return {
            ("SHOW", "DATABASES"): self._databases,
            ("SHOW", "SCHEMAS"): self._databases,
            ("SHOW", "TABLES"): lambda words: self._tables(words, views=False),
            ("SHOW", "VIEWS"): lambda words: self._tables(words, views=True),
            ("SHOW", "PARTITIONS"): self._partitions,
            ("SHOW", "COLUMNS"): self._columns,
            ("SHOW", "TBLPROPERTIES"): self._properties,
            ("SHOW", "CREATE", "TABLE"): self._create,
            ("SHOW", "CREATE", "VIEW"): self._create,
            ("DESCRIBE", "EXTENDED"): self._describe,
            ("DESCRIBE", "FORMATTED"): self._describe,
            ("DESCRIBE",): self._describe,
            ("DESC",): self._describe,
        }

    def _databases(self, words: Words) -> Outcome:
        names = [database["Name"] for database in self._metastore.databases()]
        rows = _matching(names, words)
        return texts("UTILITY", "SHOW_DATABASES", ["database_name"], rows)

    def _tables(self, words: Words, *, views: bool) -> Outcome:
        database = words.name() if words.accept("IN") or words.accept("FROM") else self._database
        try:
            tables = self._metastore.tables(database)
        except ServiceError:
            raise hive_failed(f"SemanticException [Error 10072]: Database does not exist: {database}") from None
        names = [table["Name"] for table in tables if not views or table.get("TableType") == "VIRTUAL_VIEW"]
        rows = _matching(names, words)
        return texts("UTILITY", "SHOW_VIEWS" if views else "SHOW_TABLES", ["tab_name"], rows)

    def _partitions(self, words: Words) -> Outcome:
        table = self._table(words)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        if not keys:
            name = f"{table['DatabaseName']}.{table['Name']}"
            raise hive_failed(
                "Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
                f" Table {name} is not a partitioned table"
            )
        rows: list[Row] = [
            ("/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"], strict=True)),)
            for partition in self._metastore.partitions(table["DatabaseName"], table["Name"])
        ]
        return texts("UTILITY", "SHOW_PARTITIONS", ["partition"], sorted(rows))

    def _columns(self, words: Words) -> Outcome:
        if not (words.accept("IN") or words.accept("FROM")):
            words.refuse("FROM")
        database, name = words.qualified(self._database)
        if words.accept("IN") or words.accept("FROM"):
            database = words.name()
        table = self._named(database, name)
        words.end()
        rows: list[Row] = [(column["Name"].ljust(_WIDTH),) for column in _all_columns(table)]
        return texts("UTILITY", "SHOW_COLUMNS", ["field"], rows)

    def _properties(self, words: Words) -> Outcome:
        table = self._table(words)
        rows: list[Row] = [(f"{key}\t{value}",) for key, value in sorted((table.get("Parameters") or {}).items())]
        return texts("UTILITY", "SHOW_TBLPROPERTIES", ["prpt_name"], rows)

    def _describe(self, words: Words) -> Outcome:
        table = self._table(words)
        columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
        rows: list[Row] = [_described(column) for column in [*columns, *(table.get("PartitionKeys") or [])]]
        if table.get("PartitionKeys"):
            heading = f"# {'col_name'.ljust(_WIDTH)}\t{'data_type'.ljust(_WIDTH)}\t{'comment'.ljust(_WIDTH)}"
            rows += [("\t \t ",), ("# Partition Information\t \t ",), (heading,), ("\t \t ",)]
            rows += [_described(key) for key in table["PartitionKeys"]]
        outcome = texts("UTILITY", "DESCRIBE_TABLE", ["col_name", "data_type", "comment"], [])
        outcome.rows = iter(rows)
        return outcome

    def _create(self, words: Words) -> Outcome:
        table = self._table(words)
        lines = _view_text(table) if table.get("TableType") == "VIRTUAL_VIEW" else _table_text(table)
        kind = "SHOW_CREATE_VIEW" if table.get("TableType") == "VIRTUAL_VIEW" else "SHOW_CREATE_TABLE"
        return texts("UTILITY", kind, ["createtab_stmt"], [(line,) for line in lines])

    def _table(self, words: Words) -> dict[str, Any]:
        database, name = words.qualified(self._database)
        words.end()
        return self._named(database, name)

    def _named(self, database: str, name: str) -> dict[str, Any]:
        try:
            return self._metastore.table(database, name)
        except ServiceError:
            raise hive_failed(f"SemanticException [Error 10001]: Table not found {name}") from None


def _matching(names: list[str], words: Words) -> list[Row]:
    """The names that a pattern after LIKE, or alone, lets through: `*` and `|` as in Hive."""
    words.accept("LIKE")
    patterns = words.text().lower().split("|") if words.peek() else ["*"]
    words.end()
    return [(name,) for name in sorted(names) if any(fnmatch.fnmatchcase(name, part) for part in patterns)]


def _all_columns(table: dict[str, Any]) -> list[dict[str, str]]:
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    return [*columns, *(table.get("PartitionKeys") or [])]


def _described(column: dict[str, str]) -> Row:
    cells = (column["Name"], column.get("Type", ""), column.get("Comment", ""))
    return ("\t".join(cell.ljust(_WIDTH) for cell in cells),)


def _view_text(table: dict[str, Any]) -> list[str]:
    sql = view_of(table.get("ViewOriginalText") or "")["originalSql"]
    return [f"CREATE VIEW {table['DatabaseName']}.{table['Name']} AS", *sql.split("\n")]


def _table_text(table: dict[str, Any]) -> list[str]:
    """The statement that would make the table, as Athena prints it."""
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo") or {}
    lines = [
        f"CREATE EXTERNAL TABLE `{table['DatabaseName']}.{table['Name']}`(",
        *_column_lines(storage["Columns"]),
    ]
    if table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_column_lines(table["PartitionKeys"])]
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_property_lines(serde["Parameters"])]
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{storage.get('Location', '')}'"]
    if parameters := {key: value for key, value in (table.get("Parameters") or {}).items() if key != "EXTERNAL"}:
        lines += ["TBLPROPERTIES (", *_property_lines(parameters)]
    return lines


def _column_lines(columns: list[dict[str, str]]) -> list[str]:
    lines = []
    for column in columns:
        comment = f" COMMENT '{column['Comment']}'" if column.get("Comment") else ""
        lines.append(f"  `{column['Name']}` {parse_type(column.get('Type', 'string'))}{comment}")
    return [*(f"{line}, " for line in lines[:-1]), f"{lines[-1]})"] if lines else [")"]


def _property_lines(properties: dict[str, str]) -> list[str]:
    lines = [f"  '{_escaped(key)}'='{_escaped(value)}'" for key, value in sorted(properties.items())]
    return [*(f"{line}, " for line in lines[:-1]), f"{lines[-1]})"]


def _escaped(text: str) -> str:
    return text.replace("\x01", "\\u0001").replace("\t", "\\t").replace("\n", "\\n").replace("'", "\\'")
