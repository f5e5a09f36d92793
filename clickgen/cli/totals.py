"""What `clickgen verify PLACE totals` has in common, whatever the place: its options, and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app, say
from clickgen.cli.completing import run_argument
from clickgen.cli.located_pipeline import NamesSource, names_options
from clickgen.cli.question import QuestionScope, named_pairs, question_options
from clickgen.cli.types import PERCENTAGE_BELOW_ALL, options
from clickgen.cli.voice import voice_options
from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import read_text_file

if TYPE_CHECKING:
    from clickgen.expect.sql import EventTable
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.verify.inspections.totals.columns import Columns
    from clickgen.verify.inspections.totals.compare import QueryResult
    from clickgen.verify.landings.sql.query import Query, SqlAnswer
    from clickgen.verify.landings.station import OnAws, TableStation


S = TypeVar("S", bound="OnAws")


@dataclass(frozen=True, slots=True)
class TotalsRequest:
    """The options of every comparison of totals."""

    app: App
    run: str | None
    scope: QuestionScope
    tolerance: float
    pipeline: str | None
    source: NamesSource

    @property
    def folder(self) -> "RunFolder":
        """The run's; UsageProblem if there is none."""
        return self.app.home.find_run(self.run)

    def station(self, kind: type[S], given: Mapping[str, Any]) -> S:
        """The place that the options describe; what they leave open the pipeline says, if one was named."""
        from clickgen.cli.pipeline_tables import station_in_pipeline

        return station_in_pipeline(kind, given, self.app, self.pipeline, self.source)


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """The options of a comparison with the answer of a query."""

    totals: TotalsRequest
    query: Path | None
    columns: tuple[str, ...]
    without_id: bool


OpenQuery = Callable[["Plan"], "tuple[Query, EventTable]"]


def totals_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `TotalsRequest`, which it gets as its argument `request`."""

    @options(
        run_argument,
        click.option(
            "--pipeline",
            metavar="NAME|DIR",
            help="Take the place from this pipeline: its file, its folder, or its name while it runs.",
        ),
        names_options,
        question_options,
        click.option(
            "--tolerance",
            type=PERCENTAGE_BELOW_ALL,
            default="0",
            show_default=True,
            help="How far a total may be off: 0.1% of what is expected.",
        ),
        json_option(),
        voice_options,
        home_option,
        pass_app,
    )
    @wraps(command)
    def with_options(
        app: App,
        /,
        *,
        run: str | None,
        scope: QuestionScope,
        tolerance: float,
        pipeline: str | None,
        **others: Any,
    ) -> None:
        source = NamesSource.taken_from(others, pipeline)
        command(request=TotalsRequest(app, run, scope, tolerance, pipeline, source), **others)

    return with_options  # type: ignore[no-any-return]  # what Click's decorators make of it


def query_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `QueryRequest`, which it gets as its argument `request`."""

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
        *, request: TotalsRequest, query: Path | None, columns: tuple[str, ...], without_id: bool, **others: Any
    ) -> None:
        command(request=QueryRequest(request, query, columns, without_id), **others)

    return with_options


def event_table(station: "TableStation", request: QueryRequest) -> "EventTable":
    """The table of a station, as the run's own query is about it."""
    from clickgen.expect.sql import EventTable

    return EventTable(
        station.table, has_id=not request.without_id, id_column=station.id_column, where=station.where
    )


def verify_query(request: QueryRequest, open_query: OpenQuery) -> None:
    """Compare what a query says with what the run says, print the verdict, and end the process by it.

    open_query: gives what answers queries, and the table that the run's own query is about.
    """
    from clickgen.expect.expected import is_dimension
    from clickgen.verify.inspections.totals.columns import sort_columns
    from clickgen.verify.inspections.totals.compare import QueryResult

    folder, scope = request.totals.folder, request.totals.scope
    plan = folder.read_plan()
    query, table = open_query(plan)
    answer = _answer(request, folder, plan, query, table)
    columns = sort_columns(
        answer.columns,
        named_pairs(request.columns, "--column"),
        scope.question.by,
        lambda name: is_dimension(folder, plan, name, scope.fields),
    )
    finish(request.totals, columns, QueryResult(answer.rows, answer.scanned_bytes, answer.cost_usd))


def finish(
    request: TotalsRequest, columns: "Columns", got: "QueryResult", *, of_all_traffic: bool = False
) -> NoReturn:
    """Compare, print the verdict, and end the process by it.

    of_all_traffic: what was got is of other runs too, so that times of which this run has no event are left out.
    """
    from clickgen.expect.expected import expected_answers
    from clickgen.ledger.reader import read_claims
    from clickgen.verify.inspections.totals.compare import compare_totals, within_times
    from clickgen.verify.proof.delivery import resume_command
    from clickgen.view.totals import show_totals

    folder, question = request.folder, request.scope.question
    plan = folder.read_plan()
    funnel = question.funnel or (columns.has_steps and not question.steps)
    compared = replace(question, by=tuple(columns.by), funnel=funnel)
    answers = expected_answers(folder, plan, compared, request.scope.fields)
    unknown = 0 if question.unknown else read_claims(folder, plan).account().unknown
    resume = None if answers.shortfall is None else resume_command(plan)
    if of_all_traffic:
        got = replace(got, rows=within_times(answers, got.rows, columns))
    report = compare_totals(answers, got, columns, unknown=unknown, tolerance=request.tolerance, resume=resume)
    request.app.print_result(report.to_json, lambda console: show_totals(console, report))
    exit_with(report.verdict.exit_code)


def _answer(
    request: QueryRequest, folder: "RunFolder", plan: "Plan", query: "Query", table: "EventTable"
) -> "SqlAnswer":
    """What the query says. One of clickgen's own that has no answer is put once more without absent columns."""
    from clickgen.expect.expected import expected_query
    from clickgen.expect.spelling import spelling_of

    try:
        return query.ask(_sql(request, folder, plan, query, table))
    except UsageProblem:
        if request.query is not None:
            raise
        no_rows = query.ask(f"SELECT * FROM {table.quoted} LIMIT 0")  # noqa: S608  # the name is quoted
        there = frozenset(name.lower() for name in no_rows.columns)
        question, spelling = request.totals.scope.question, spelling_of(query.dialect.name)
        written = expected_query(folder, plan, question, spelling, replace(table, columns=there))
        if not written.absent:
            raise
        say(f"{table.name} has no column {', '.join(written.absent)}: nothing is counted there")
        return query.ask(written.sql)


def _sql(request: QueryRequest, folder: "RunFolder", plan: "Plan", query: "Query", table: "EventTable") -> str:
    """The query: the user's, or the run's own for that engine."""
    from clickgen.expect.expected import expected_query
    from clickgen.expect.spelling import spelling_of

    if request.query is not None:
        if not table.has_id or table.id_column or table.where:
            raise UsageProblem(
                "--without-id, --id-column and --where are for the query that clickgen writes",
                "leave them out where you give one with --query",
            )
        return read_text_file(
            request.query, "the query", "A query is one SQL statement in a file", "check the path"
        )
    question = request.totals.scope.question
    return expected_query(folder, plan, question, spelling_of(query.dialect.name), table).sql
