"""`clickgen verify dynamodb`: what a DynamoDB table holds."""

from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import say
from clickgen.cli.groups import group
from clickgen.cli.place import content_options, reach_options, station_of
from clickgen.cli.question import named_pairs
from clickgen.cli.totals import TotalsRequest, finish, totals_options
from clickgen.cli.types import options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.dynamodb.table_landing import TableSource

_table_options = options(
    click.option(
        "--table", metavar="NAME", help="Look into this table instead.  [default: the one the run sent to]"
    ),
    click.option(
        "--id-attribute",
        metavar="NAME",
        help="The attribute that holds the event's id, dots for nesting.  [default: the run's id field]",
    ),
    reach_options,
)


@group(short_help="What a DynamoDB table holds.")
def dynamodb() -> None:
    """Look at what a DynamoDB table holds.

    \b
    Examples:
      clickgen verify dynamodb delivery
      clickgen verify dynamodb delivery --table orders --content ids
    """


@dynamodb.command(short_help="Compare the items with the ledger.")
@_table_options
@content_options("fields", "ids")
@delivery_options
def delivery(request: DeliveryRequest, **given: Any) -> None:
    """Compare the items with the ledger of RUN (default: the latest) and give a verdict.

    The whole table is scanned, consistently, which costs a read unit for each 4 KB. An item has no order of
    fields, so that what was sent is made once more and compared field by field.

    \b
    Examples:
      clickgen verify dynamodb delivery
      clickgen verify dynamodb delivery --table orders --content ids
      clickgen verify dynamodb delivery --table orders --added expires_at \\
          --dropped user.id
    """
    from clickgen.verify.landings.station import DynamoDbStation

    verify_delivery(request, station_of(DynamoDbStation, given))


@dynamodb.command(short_help="Compare totals of the items with the run's.")
@_table_options
@click.option(
    "--counted",
    is_flag=True,
    help="The items are not events but counts of them, one for each group of --by.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=ATTRIBUTE",
    help="With --counted: what an attribute is that has another name: hits=count. Repeatable.",
)
@totals_options
def totals(request: TotalsRequest, *, counted: bool, columns: tuple[str, ...], **given: Any) -> None:
    """Compare totals of a table's items with what RUN (default: the latest) says they should be.

    DynamoDB cannot count, so the table is scanned, consistently, which costs a read unit for each 4 KB. Only items
    with an id of the run count, and only what they carry is compared.

    With --counted the items are themselves counts that a pipeline keeps, with the dimensions and the measures as
    attributes. They are of all traffic: with minute, hour or day in --by, times of which the run has no event are
    left out.
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify dynamodb totals --by day,page
      clickgen verify dynamodb totals --table orders --by product_name \\
          --tolerance 0.1%
      clickgen verify dynamodb totals --table page_counts --counted \\
          --by client_event,minute
      clickgen verify dynamodb totals --pipeline examples/prime-day \\
          --by product_name
    """
    from clickgen.verify.landings.dynamodb.table_landing import find_table
    from clickgen.verify.landings.station import DynamoDbStation, access_of

    station = request.station(DynamoDbStation, given)
    plan = request.folder.read_plan()
    source = find_table(plan, station.table, access_of(station))
    if columns and not counted:
        raise UsageProblem("--column is for items that are counts", "add --counted, or leave it out")
    if counted:
        _compare_counts(request, source, named_pairs(columns, "--column"))
    else:
        _compare_events(request, plan, source, station.id_attribute)


def _compare_counts(request: TotalsRequest, source: "TableSource", named: dict[str, str]) -> None:
    from clickgen.verify.inspections.totals.columns import sort_columns
    from clickgen.verify.inspections.totals.compare import QueryResult
    from clickgen.verify.inspections.totals.sources import counted_items

    by = request.scope.question.by
    counts = counted_items(source, by, named)
    say(f"read units used to scan: {counts.read_units:,.10g}")
    columns = sort_columns(counts.columns, named, by, lambda _: True)
    finish(request, columns, QueryResult(counts.rows), of_all_traffic=True)


def _compare_events(request: TotalsRequest, plan: "Plan", source: "TableSource", id_attribute: str | None) -> None:
    from clickgen.expect.parsed import ParsedEvents, fields_of
    from clickgen.profile.tables import load_tables
    from clickgen.schema.registry import id_path
    from clickgen.verify.inspections.totals.columns import sort_columns
    from clickgen.verify.inspections.totals.compare import QueryResult
    from clickgen.verify.inspections.totals.sources import count_items

    folder, question = request.folder, request.scope.question
    is_replay = plan.command == "replay"
    fields = request.scope.fields if is_replay else fields_of(plan, load_tables(folder.tables_file), question)
    own_path = (plan.id_field,) if is_replay else id_path(plan.event_schema)
    counting = ParsedEvents(question, fields, plan.time_field)
    path = tuple(id_attribute.split(".")) if id_attribute else own_path
    units = count_items(source, plan, path, counting)
    say(f"read units used to scan: {units:,.10g}")
    columns = sort_columns([*question.by, *counting.measures], {}, question.by, lambda _: True)
    finish(request, columns, QueryResult([(*row.words, *row.figures) for row in counting.rows()]))
