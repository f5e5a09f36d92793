"""`clickgen local query`: SQL over a lake as Athena takes it, or over a pipeline's warehouse."""

import sys
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, home_option, pass_app, say
from clickgen.cli.commands.local.printed_rows import FORMS, print_rows
from clickgen.cli.help import command
from clickgen.model.amounts import size
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.progress import timed

if TYPE_CHECKING:
    from clickgen.local.athena.outcome import Outcome
    from clickgen.pipeline.description import PipelineDescription
    from clickgen.pipeline.running import RunningPipeline

_EXAMPLES = """\b
Examples:
  clickgen local query "SHOW TABLES"
  clickgen local query "SELECT count(*) FROM clicks" --database shop
  clickgen local query report.sql --format csv > report.csv
  clickgen local query --pipeline examples/dynamodb-redshift \\
      --warehouse "SELECT count(*) FROM clicks"
"""
_RESULTS = "s3://clickgen-query-results/"  # for tables that say no place of their own
_DEFAULT = "default"  # the database that every catalogue has

_NO_WAREHOUSE = "--warehouse is for a pipeline that has a Redshift and runs"


@command(epilog=_EXAMPLES)
@home_option
@click.argument("sql", metavar="SQL|FILE.sql")
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLICKGEN_LOCAL_QUERY_DIR",
    help="The lake.  [default: that of the pipeline that runs, else HOME/lake]",
)
@click.option("--pipeline", metavar="NAME|DIR", help="Name or folder of a running pipeline, whose lake is asked.")
@click.option(
    "--database",
    metavar="NAME",
    help="Where names without a database are.  [default: the pipeline's if it has one, else default]",
)
@click.option("--warehouse", is_flag=True, help="Ask the pipeline's Redshift instead, in its SQL.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    help="How rows are printed; json: one object a row.  [default: table at a terminal, else csv]",
)
@pass_app
def query(
    app: App,
    sql: str,
    folder: Path | None,
    pipeline: str | None,
    database: str | None,
    warehouse: bool,
    form: str | None,
) -> None:
    """Ask a lake in Athena's SQL: its tables are those of the embedded Glue catalogue.

    Several statements are separated by semicolons; `-` reads them from standard input. CREATE EXTERNAL TABLE, MSCK
    REPAIR, views and CREATE TABLE AS change the catalogue. A server may be running or not. Crawlers of the
    pipeline that have never run do so first.
    """
    asked = None if folder is not None else _asked(app, pipeline)
    if warehouse:
        if asked is None:
            raise UsageProblem(_NO_WAREHOUSE, "start it: clickgen local up FOLDER")
        _ask_warehouse(*asked, _script(sql), form)
        return
    lake = folder or (Path(asked[0].lake) if asked else app.prepared_home().lake)
    if asked is not None:
        _crawl_first(*asked)
        database = database or _only(asked[1].named("glue"))
    _ask_lake(lake, _script(sql), (database or _DEFAULT).lower(), form)


def _asked(app: App, pipeline: str | None) -> "tuple[RunningPipeline, PipelineDescription] | None":
    """The pipeline that was named, or that runs alone; None if none was named and none runs."""
    from clickgen.pipeline.pipeline_file import load_pipeline
    from clickgen.pipeline.running import find_running, some_run

    home = app.prepared_home()
    if pipeline is None and not some_run(home.path):
        return None
    running = find_running(home.path, pipeline)
    return running, load_pipeline(Path(running.file))


def _crawl_first(running: "RunningPipeline", description: "PipelineDescription") -> None:
    """Run the crawlers that have never run: nobody can query what is in no catalogue."""
    crawlers = description.named("crawler")
    if not crawlers:
        return
    from clickgen.cli.commands.local.crawl import words_of
    from clickgen.pipeline.crawling import crawl, crawlers_that_never_ran

    glue = running.client("glue")
    for name in crawlers_that_never_ran(glue, crawlers):
        say(f"{words_of(crawl(glue, name))}; it had never run")


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _ask_lake(lake: Path, script: str, database: str, form: str | None) -> None:
    from clickgen.cli.commands.local.serve import problems_of_local
    from clickgen.model.installation import require

    require("local query", "sqlglot", "duckdb")  # the first is of the extra that has both
    from clickgen.ledger.trust import lake_keep
    from clickgen.local.athena.engine import Session
    from clickgen.local.athena.failures import SYSTEM, QueryFailed
    from clickgen.local.athena.words import statements_of
    from clickgen.local.lakehouse import open_engine

    if not lake.is_dir():
        raise UsageProblem(f"there is no folder {lake}", "--dir names the lake of a server")
    with suppress(OSError):  # asking says why a folder cannot be used
        lake_keep(lake).check()
    with problems_of_local():
        engine = open_engine(lake)
    for statement in _some(statements_of(script)):
        try:
            with ExitStack() as running:
                with timed("querying the lake:"):
                    session = Session(database, _RESULTS, str(uuid.uuid4()))
                    outcome = running.enter_context(engine.run(statement, session))
                if outcome.columns and outcome.update is None:
                    print_rows([(column.name, column.kind) for column in outcome.columns], outcome.rows, form)
                _say_end(outcome)
        except QueryFailed as problem:
            kind = EnvironmentProblem if problem.category == SYSTEM else UsageProblem
            hint = "SHOW TABLES lists the tables; --database says where names without a database are"
            raise kind(problem.reason, hint if "NOT_FOUND" in problem.reason else None) from problem


def _ask_warehouse(
    running: "RunningPipeline", description: "PipelineDescription", script: str, form: str | None
) -> None:
    from clickgen.pipeline.resources import Warehouse as WarehouseResource
    from clickgen.pipeline.statements import statements_of
    from clickgen.verify.landings.sql.redshift import RedshiftQuery, Warehouse

    name = _only(description.named("redshift"))
    if name is None:
        raise UsageProblem(_NO_WAREHOUSE, f"{running.file} does not describe one")
    resource = description.resources[f"redshift:{name}"]
    assert isinstance(resource, WarehouseResource)  # noqa: S101  # its address says so
    warehouse = RedshiftQuery(
        running.client("redshift-data"), f"redshift:{name}", Warehouse(resource.database, workgroup=name)
    )
    for statement in _some(list(statements_of(script))):
        try:
            answer = warehouse.ask(statement)
        except UsageProblem as problem:
            raise UsageProblem(problem.message, "SELECT tablename FROM pg_tables lists the tables") from problem
        print_rows([(column, "") for column in answer.columns], answer.rows, form)


def _some(statements: list[str]) -> list[str]:
    """The statements; UsageProblem if there are none."""
    if not statements:
        raise UsageProblem("there is no statement to carry out", 'write it as an argument: "SELECT 1"')
    return statements


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
