# what is put into SQL here was translated from a parsed query
"""Carrying out one statement: DDL on the catalogue, queries by DuckDB, and what statements write."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from clickgen.local.athena import macros
from clickgen.local.athena.ddl import Ddl
from clickgen.local.athena.failures import hive_failed, of_duckdb
from clickgen.local.athena.outcome import Outcome, Row, column_of
from clickgen.local.athena.query import UNNAMED, Preparation, parse_query
from clickgen.local.athena.render import renderer
from clickgen.local.athena.scan import Scanner
from clickgen.local.athena.select_into import SelectInto
from clickgen.local.athena.show import Show
from clickgen.local.athena.words import Words
from clickgen.local.platform.hive_types import type_of_duckdb
from clickgen.local.platform.links import Metastore

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "1GB"
"""What one query may take before it writes to disk, so that a big one does not take the machine."""

_THREADS = 2
_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "(")
_STATEMENTS = ("CREATE", "DROP", "ALTER", "MSCK", "SHOW", "DESCRIBE", "DESC", "INSERT", "UNLOAD", "EXPLAIN")
_ROWS_A_STEP = 1_000


@dataclass(frozen=True)
class Session:
    """What a statement is put with.

    database: where names without one are.
    location: where tables are written that say no place of their own, ended by a slash; None if none is known.
    name: of the statement, new each time; files that it writes begin with it.
    """

    database: str
    location: str | None
    name: str


class Engine:
    """Athena over one lake. `state` is a folder of the lake that buckets do not show."""

    def __init__(self, lake: Path, state: Path, metastore: Metastore) -> None:
        self.lake = lake
        self.drafts = state / "drafts"
        self._metastore = metastore

    @contextmanager
    def run(self, sql: str, session: Session) -> Iterator[Outcome]:
        """Carry out a statement; its rows can be walked while the block lasts. QueryFailed, then or meanwhile."""
        statement = sql.strip().rstrip(";")
        outcome = Ddl(self.lake, self._metastore, session.database).run(Words(statement)) or Show(
            self._metastore, session.database
        ).run(Words(statement))
        if outcome is not None:
            yield outcome
            return
        drafts = self.drafts / session.name
        drafts.mkdir(parents=True)
        connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": _THREADS})
        try:
            connection.execute(f"SET temp_directory = '{str(drafts).replace(chr(39), chr(39) * 2)}'")
            macros.prepare(connection)
            yield _Statement(self.lake, self._metastore, connection, drafts, session).run(statement)
        except duckdb.Error as problem:
            raise of_duckdb(problem, statement) from problem
        finally:
            connection.close()
            with suppress(OSError):
                shutil.rmtree(drafts)


class _Statement:
    """One query, or a statement with a query in it."""

    def __init__(
        self, lake: Path, metastore: Metastore, connection: "DuckDBPyConnection", drafts: Path, session: Session
    ) -> None:
        self._connection = connection
        self._session = session
        self._scanner = Scanner(connection, drafts)
        self._preparation = Preparation(lake, metastore, connection, self._scanner)
        self._into = SelectInto(lake, metastore, connection, drafts, session.name)

    def run(self, statement: str) -> Outcome:
        words = Words(statement)
        if words.accept("CREATE", "OR", "REPLACE", "VIEW") or words.accept("CREATE", "VIEW"):
            replace = words.sql.upper().split()[1] == "OR"
            return self._create_view(words, replace=replace)
        if words.accept("CREATE", "TABLE"):
            return self._create_table(words)
        if words.accept("INSERT", "INTO"):
            return self._insert(words)
        if words.accept("UNLOAD"):
            return self._unload(words)
        if words.accept("EXPLAIN"):
            return self._explain(words)
        if words.peek() not in _QUERIES:
            words.refuse("<query>")
        return self._select(statement)

    def _ready(self, sql: str, *, empty: bool = False) -> str:
        return self._preparation.ready(parse_query(sql), self._session.database, empty=empty)

    def _select(self, sql: str) -> Outcome:
        result = self._connection.execute(self._ready(sql))
        columns, renderers = [], []
        for position, (given, kind, *_) in enumerate(result.description or []):
            name = f"_col{position}" if given.startswith(UNNAMED) else given
            zoned = str(kind).upper() == "TIMESTAMP WITH TIME ZONE"
            hive = type_of_duckdb(kind)
            named = "timestamp with time zone" if zoned else "json" if str(kind) == "JSON" else hive
            columns.append(column_of(name, named))
            renderers.append(renderer(hive, zoned=zoned))
        outcome = Outcome("DML", "SELECT", columns, scanned=self._scanner.scanned)

        def rows() -> Iterator[Row]:
            while step := result.fetchmany(_ROWS_A_STEP):
                for row in step:
                    yield tuple(render(value) for render, value in zip(renderers, row, strict=True))

        outcome.rows = rows()
        return outcome

    def _explain(self, words: Words) -> Outcome:
        plan = self._connection.execute(f"EXPLAIN {self._ready(words.rest())}").fetchall()
        lines = "\n".join(str(text) for _, text in plan).split("\n")
        return Outcome("DML", "EXPLAIN", [column_of("Query Plan", "varchar")], iter((line,) for line in lines))

    def _create_view(self, words: Words, *, replace: bool) -> Outcome:
        database, name = words.qualified(self._session.database)
        words.expect("AS")
        query = words.rest()
        columns = self._into.columns(self._ready(query, empty=True))
        self._into.create_view(database, name, query, columns, self._session.database, replace=replace)
        return Outcome("DDL", "CREATE_VIEW")

    def _create_table(self, words: Words) -> Outcome:
        lenient = words.accept("IF", "NOT", "EXISTS")
        database, name = words.qualified(self._session.database)
        if words.peek() == "(":
            raise hive_failed("SemanticException Managed tables are not supported: use CREATE EXTERNAL TABLE")
        properties = _with(words)
        words.expect("AS")
        query, without_data = _query_with_data(words.rest())
        ready = self._ready(query, empty=without_data)
        outcome = self._into.create_table(
            (database, name), properties, ready, self._session.location, lenient=lenient
        )
        outcome.scanned = self._scanner.scanned
        return outcome

    def _insert(self, words: Words) -> Outcome:
        database, name = words.qualified(self._session.database)
        named: list[str] = []
        if words.peek() == "(" and words.peek(1) not in ("SELECT", "WITH", "VALUES", "TABLE", "("):
            words.expect("(")
            named = [words.name()]
            while words.accept(","):
                named.append(words.name())
            words.expect(")")
        outcome = self._into.insert((database, name), named, self._ready(words.rest()))
        outcome.scanned = self._scanner.scanned
        return outcome

    def _unload(self, words: Words) -> Outcome:
        words.expect("(")
        query = words.until(")")
        words.expect(")", "TO")
        location = words.text()
        properties = _with(words)
        words.end()
        outcome = self._into.unload(location, properties, self._ready(query))
        outcome.scanned = self._scanner.scanned
        return outcome


def _with(words: Words) -> dict[str, Any]:
    """`WITH (name = value, …)`, values being texts, numbers or arrays of texts."""
    found: dict[str, Any] = {}
    if not words.accept("WITH"):
        return found
    words.expect("(")
    while not words.accept(")"):
        name = words.name()
        words.expect("=")
        found[name] = _array(words) if words.accept("ARRAY") else words.value()
        if words.peek() != ")":
            words.expect(",")
    return found


def _array(words: Words) -> list[str]:
    words.expect("[")
    values = [words.text()]
    while words.accept(","):
        values.append(words.text())
    words.expect("]")
    return values


def _query_with_data(query: str) -> tuple[str, bool]:
    """The query without WITH [NO] DATA, and whether no data is wanted."""
    ends = [word.text.upper() for word in Words(query).words]
    for keywords in (["WITH", "NO", "DATA"], ["WITH", "DATA"]):
        if ends[-len(keywords) :] == keywords:
            at = Words(query).words[-len(keywords)].start
            return query[:at], len(keywords) == 3
    return query, False


def check(sql: str) -> None:
    """QueryFailed for what Athena refuses before it runs: what is not SQL."""
    words = Words(sql.strip().rstrip(";"))
    if words.peek() in _QUERIES:
        parse_query(words.sql)
    elif words.peek() not in _STATEMENTS:
        words.refuse(f"{', '.join([*_QUERIES, *_STATEMENTS])}")
