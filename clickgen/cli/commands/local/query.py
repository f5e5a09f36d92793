"""`clickgen local query`: SQL of Athena's over a lake, with or without a server."""

import csv
import json
import sys
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, home_option, pass_app, printing_result, say, written
from clickgen.model.amounts import size
from clickgen.model.errors import EnvironmentProblem, UsageProblem

if TYPE_CHECKING:
    from clickgen.local.athena.outcome import Outcome

_EXAMPLES = """\b
Examples:
  clickgen local query "SHOW TABLES"
  clickgen local query "SELECT count(*) FROM clicks WHERE dt = '2026-11-28'" --database shop
  clickgen local query report.sql --format csv > report.csv
"""
_RESULTS = "s3://clickgen-query-results/"  # for tables that say no place of their own


@click.command(epilog=_EXAMPLES)
@home_option
@click.argument("sql", metavar="SQL|FILE.sql")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLICKGEN_LOCAL_QUERY_DIR",
    help="The lake.  [default: that of the pipeline that runs, else HOME/lake]",
)
@click.option("--pipeline", help="Name or folder of a running pipeline, whose lake is asked.")
@click.option("--database", default="default", show_default=True, help="Where names without a database are.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    help="How rows are printed; json: one object a row.  [default: table at a terminal, else csv]",
)
@pass_app
def query(app: App, sql: str, folder: Path | None, pipeline: str | None, database: str, form: str | None) -> None:
    """Ask a lake in Athena's SQL: its tables are those of the embedded Glue catalogue.

    Several statements are separated by semicolons; `-` reads them from standard input. CREATE EXTERNAL TABLE, MSCK
    REPAIR, views and CREATE TABLE AS change the catalogue. A server may be running or not.
    """
    from clickgen.cli.commands.local.serve import problems_of_local
    from clickgen.model.installation import require

    require("local query", "sqlglot", "duckdb")  # the first is of the extra that has both
    from clickgen.ledger.trust import lake_keep
    from clickgen.local.athena.engine import Session
    from clickgen.local.athena.failures import SYSTEM, QueryFailed
    from clickgen.local.athena.words import statements_of
    from clickgen.local.lakehouse import open_engine

    lake = folder or _lake(app, pipeline)
    if not lake.is_dir():
        raise UsageProblem(f"there is no folder {lake}", "--dir names the lake of a server")
    with suppress(OSError):  # asking says why a folder cannot be used
        lake_keep(lake).check()
    statements = statements_of(_script(sql))
    if not statements:
        raise UsageProblem("there is no statement to carry out", 'write it as an argument: "SELECT 1"')
    show = _FORMS[form or ("table" if sys.stdout.isatty() else "csv")]
    with problems_of_local():
        engine = open_engine(lake)
    for statement in statements:
        try:
            with engine.run(statement, Session(database.lower(), _RESULTS, str(uuid.uuid4()))) as outcome:
                with printing_result():
                    show(outcome)
                _say_end(outcome)
        except QueryFailed as problem:
            kind = EnvironmentProblem if problem.category == SYSTEM else UsageProblem
            hint = "SHOW TABLES lists the tables; --database says where names without a database are"
            raise kind(problem.reason, hint if "NOT_FOUND" in problem.reason else None) from problem


def _lake(app: App, pipeline: str | None) -> Path:
    """The lake of a pipeline that runs, or of the home if none was named and none runs."""
    from clickgen.pipeline.running import find_running, some_run

    home = app.prepared_home()
    if pipeline is None and not some_run(home.path):
        return home.lake
    return Path(find_running(home.path, pipeline).lake)


def _script(sql: str) -> str:
    """The statements: of a file if that is named, of standard input for `-`."""
    if sql == "-":
        return sys.stdin.read()
    if not sql.lower().endswith(".sql") or any(sign in sql for sign in "\n;"):
        return sql
    try:
        return Path(sql).read_text()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageProblem(
            f"{sql} cannot be read: {problem}", "name a file with SQL, or write the SQL itself"
        ) from problem


def _table(outcome: "Outcome") -> None:
    from clickgen.view.console import Console
    from clickgen.view.table_rows import MOST_ROWS, show_rows

    if outcome.columns and outcome.update is None:
        columns = [(column.name, column.kind) for column in outcome.columns]
        if show_rows(Console(), columns, outcome.rows):
            say(f"there are more than these {MOST_ROWS} rows: --format csv prints them all")


def _csv(outcome: "Outcome") -> None:
    if outcome.columns and outcome.update is None:
        writer = csv.writer(_Out(), lineterminator="\n")
        writer.writerow([column.name for column in outcome.columns])
        writer.writerows(outcome.rows)


def _json(outcome: "Outcome") -> None:
    if outcome.update is None:
        names = [column.name for column in outcome.columns]
        for row in outcome.rows:
            sys.stdout.write(written(json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=False)) + "\n")


class _Out:
    """Standard output, made harmless where it is a terminal."""

    def write(self, text: str) -> int:
        return sys.stdout.write(written(text))


_FORMS: dict[str, Callable[["Outcome"], None]] = {"table": _table, "csv": _csv, "json": _json}


def _say_end(outcome: "Outcome") -> None:
    """What was changed and how much was read, on stderr: nothing that a reader of the rows would trip over."""
    words = []
    if outcome.update is not None:
        words.append(f"{outcome.update[1]} rows written")
    elif outcome.statement == "DDL":
        words.append(f"{outcome.substatement.replace('_', ' ').lower()}: done")
    if outcome.scanned:
        words.append(f"{size(outcome.scanned)} scanned")
    if words:
        say(", ".join(words))
