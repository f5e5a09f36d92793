"""`clickgen expect`: what analytics should say of a run, counted from the run itself."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, home_option, json_option, pass_app, printing_result, say, written
from clickgen.cli.completing import run_argument
from clickgen.cli.help import command
from clickgen.cli.located_pipeline import NamesSource, names_options
from clickgen.cli.pipeline_tables import analysed
from clickgen.cli.question import QuestionScope, question_options
from clickgen.cli.types import COUNT, was_given
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.expect.sql import Written

_DIALECTS = ("athena", "redshift", "duckdb")
_EXAMPLES = """\b
Examples:
  clickgen expect                      # totals of the latest run
  clickgen expect --by day,page
  clickgen expect --by page --top 10
  clickgen expect --pipeline examples/prime-day --by product_name
  clickgen expect 67404b1c9d2e --by country --funnel --csv > expected.csv
  clickgen expect --by day --timezone Europe/Berlin --sql --table web.clicks
  clickgen expect --by page --field page=context.page.path  # of a replay
"""


@command(epilog=_EXAMPLES)
@run_argument
@click.option(
    "--pipeline",
    metavar="NAME|DIR",
    help="The latest run that was sent to this pipeline, and the table of its catalogue: its file or folder.",
)
@names_options
@question_options
@click.option("--top", type=COUNT, help="Only this many groups of --by: those with the most hits, in that order.")
@click.option("--sql", is_flag=True, help="Print the query that counts the same over a table of the events.")
@click.option(
    "--dialect", type=click.Choice(_DIALECTS), default="athena", show_default=True, help="Whose SQL that is."
)
@click.option("--table", metavar="NAME", default="events", show_default=True, help="The table of the query.")
@click.option(
    "--without-id",
    is_flag=True,
    help="The table has no column for the event's id: the query counts all its rows, copies too.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header.")
@json_option()
@home_option
@pass_app
def expect(
    app: App,
    /,
    *,
    run: str | None,
    pipeline: str | None,
    scope: QuestionScope,
    top: int | None,
    sql: bool,
    dialect: str,
    table: str,
    without_id: bool,
    as_csv: bool,
    **names: Any,
) -> None:
    """Say what analytics should say of RUN (default: the latest): hits, users, sessions, orders, revenue.

    Each event that was accepted counts once, whatever copies of it were sent; events that are malformed on purpose
    do not count. Days, hours and minutes are of the time that events carry. Users and sessions are exact.
    """
    from clickgen.expect.expected import expected_answers, expected_query
    from clickgen.expect.spelling import SPELLINGS
    from clickgen.expect.sql import EventTable
    from clickgen.view.expect import csv_text, show_answers

    if as_csv and (app.as_json or sql):
        raise UsageProblem("--csv together with --json or --sql", "give one of them")
    if sql and scope.fields:
        raise UsageProblem("--field is for replays, which have no --sql", "leave out one of them")
    if top is not None and not scope.question.by:
        raise UsageProblem("--top without --by: there is only one row", "say by what to group: --by page")
    if top is not None and sql:
        raise UsageProblem(
            "--top with --sql, whose query counts every group", f"end it with ORDER BY hits DESC LIMIT {top}"
        )
    source = NamesSource.taken_from(names, pipeline)
    if pipeline is None:
        folder = app.home.find_run(run)
    else:
        folder, its_table, its_dialect = analysed(app, run, pipeline, source, sql=sql)
        table = table if was_given("table") else its_table or table
        dialect = dialect if was_given("dialect") else its_dialect or dialect
    plan = folder.read_plan()
    question = scope.question
    if sql:
        query = expected_query(
            folder, plan, question, SPELLINGS[dialect], EventTable(table, has_id=not without_id)
        )
        _print_query(query, as_json=app.as_json)
        return
    answers = expected_answers(folder, plan, question, scope.fields)
    answers = answers if top is None else answers.top(top)
    if as_csv:
        with printing_result():
            sys.stdout.write(written(csv_text(answers)))
        return
    app.print_result(answers.to_json, lambda console: show_answers(console, answers), only_json=True)


def _print_query(query: "Written", *, as_json: bool) -> None:
    if query.left_out:
        say(f"note: the events do not carry {', '.join(query.left_out)}")
    document = {"sql": query.sql, "measures": list(query.measures), "left_out": list(query.left_out)}
    with printing_result():
        sys.stdout.write(json.dumps(document) + "\n" if as_json else written(query.sql))
