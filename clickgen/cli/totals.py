"""What `clickgen verify PLACE totals` has in common, whatever the place: its options, and what it does."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from clickgen.cli.options.question import QuestionScope, named_pairs, question_options
from clickgen.cli.types import home_option
from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import read_text_file

if TYPE_CHECKING:
    from clickgen.expect.sql import EventTable
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.verify.inspections.totals.columns import Columns
    from clickgen.verify.inspections.totals.compare import QueryResult
    from clickgen.verify.landings.sql.query import Query


class Share(click.ParamType[float]):
    """0.1% or 0.001, as a share."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value)
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 <= share < 1:
            self.fail(f"{text!r} is no share; write 0.1% or 0.001", param, ctx)
        return share


@dataclass(frozen=True, slots=True)
class TotalsRequest:
    """What every comparison of totals can be asked for."""

    run: str | None
    asked_of: QuestionScope
    tolerance: float
    as_json: bool
    home: Path

    @property
    def folder(self) -> "RunFolder":
        """The run's; UsageProblem where there is none."""
        from clickgen.ledger.folder import Home

        return Home(self.home).find_run(self.run)


@dataclass(frozen=True, slots=True)
class AskedQuery:
    """What a comparison with the answer of a query can be asked for."""

    totals: TotalsRequest
    query: Path | None
    columns: tuple[str, ...]
    without_id: bool


OpenQuery = Callable[["Plan"], "tuple[Query, EventTable]"]


def totals_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `TotalsRequest`, which it gets as its argument `asked`."""

    @click.argument("run", required=False)
    @question_options
    @click.option(
        "--tolerance",
        type=Share(),
        default="0",
        show_default=True,
        help="How far a total may be off: 0.1% of what is expected.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @home_option
    @wraps(command)
    def with_options(**options: Any) -> None:
        asked = TotalsRequest(**{field.name: options.pop(field.name) for field in fields(TotalsRequest)})
        command(asked=asked, **options)

    return with_options


def query_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `AskedQuery`, which it gets as its argument `asked`."""

    @click.option(
        "--query",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file with the SQL to compare.  [default: what `clickgen expect --sql` prints]",
    )
    @click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME=COLUMN",
        help="What a column of the query is that has another name: hits=cnt, day=dt. Repeatable.",
    )
    @click.option(
        "--without-id", is_flag=True, help="The table has no column for the event's id: count all its rows."
    )
    @totals_options
    @wraps(command)
    def with_options(
        *, asked: TotalsRequest, query: Path | None, columns: tuple[str, ...], without_id: bool, **others: Any
    ) -> None:
        command(asked=AskedQuery(asked, query, columns, without_id), **others)

    return with_options


def verify_query(asked: AskedQuery, open_query: OpenQuery) -> None:
    """Compare what a query says with what the run says, print the verdict, and end the process by it.

    open_query: gives what can be asked, and the table that the run's own query is about.
    """
    from clickgen.expect.expected import is_dimension
    from clickgen.verify.inspections.totals.columns import sort_columns
    from clickgen.verify.inspections.totals.compare import QueryResult

    folder, asked_of = asked.totals.folder, asked.totals.asked_of
    plan = folder.read_plan()
    query, table = open_query(plan)
    answer = query.ask(_sql(asked, folder, plan, query, table))
    columns = sort_columns(
        answer.columns,
        named_pairs(asked.columns, "--column"),
        asked_of.question.by,
        lambda name: is_dimension(folder, plan, name, asked_of.fields),
    )
    finish(asked.totals, columns, QueryResult(answer.rows, answer.scanned_bytes, answer.cost_usd))


def finish(asked: TotalsRequest, columns: "Columns", got: "QueryResult") -> NoReturn:
    """Compare, print the verdict, and end the process by it."""
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.expect.expected import expected_answers
    from clickgen.ledger.claims import read_claims
    from clickgen.verify.inspections.totals.compare import compare_totals
    from clickgen.verify.proof.compare.resume import resume_command
    from clickgen.view.totals import show_totals

    folder, question = asked.folder, asked.asked_of.question
    plan = folder.read_plan()
    funnel = question.funnel or (columns.has_steps and not question.steps)
    compared = replace(question, by=tuple(columns.by), funnel=funnel)
    answers = expected_answers(folder, plan, compared, asked.asked_of.fields)
    unknown = 0 if question.unknown else read_claims(folder, plan).account().unknown
    resume = resume_command(plan)
    report = compare_totals(answers, got, columns, unknown=unknown, tolerance=asked.tolerance, resume=resume)
    with printing_result():
        if asked.as_json:
            sys.stdout.write(json.dumps(report.to_json()) + "\n")
        show_totals(ResultConsole(stderr=asked.as_json), report)
    click.get_current_context().exit(report.verdict.exit_code)


def _sql(asked: AskedQuery, folder: "RunFolder", plan: "Plan", query: "Query", table: "EventTable") -> str:
    """The query: the user's, or the run's own for the engine that is asked."""
    from clickgen.expect.expected import expected_query
    from clickgen.expect.spelling import spelling_of

    if asked.query is not None:
        if not table.has_id or table.id_column or table.where:
            raise UsageProblem(
                "--without-id, --id-column and --where are for the query that clickgen writes",
                "leave them out where you give one with --query",
            )
        return read_text_file(asked.query, "the query", "A query is one SQL statement in a file", "check the path")
    question = asked.totals.asked_of.question
    return expected_query(folder, plan, question, spelling_of(query.dialect.name), table).sql
