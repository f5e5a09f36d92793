"""`clickgen verify parquet`: what arrived in Parquet."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.expected_ids import ids_option, verify_ids
from clickgen.cli.groups import group
from clickgen.cli.place import errors_option, reach_options, station_of, stream_option
from clickgen.cli.totals import QueryRequest, query_options, verify_query
from clickgen.cli.types import options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.expect.sql import EventTable
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.sql.query import Query


_file_options = options(
    click.option(
        "--at",
        metavar="PLACE",
        help="A folder, a file, or s3://bucket/prefix.  [default: where the stream delivers]",
    ),
    stream_option,
    click.option(
        "--id-column",
        metavar="COLUMN",
        help="Column that holds the event's id; a dotted path leads into structs.  [default: the run's id field]",
    ),
    reach_options,
)


@group(short_help="What arrived in Parquet.")
def parquet() -> None:
    """Look at what arrived in Parquet files, in a folder or in S3.

    \b
    Examples:
      clickgen verify parquet delivery --at s3://my-bucket/curated/
    """


@parquet.command(short_help="Compare what is in Parquet with the ledger.")
@_file_options
@errors_option
@ids_option
@delivery_options
def delivery(request: DeliveryRequest, ids: str | None, **given: Any) -> None:
    """Compare the events in Parquet with the ledger of RUN (default: the latest) and give a verdict.

    Events are known by their ids; what else is in them is not compared. Needs the extra `parquet`.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come, or
    a file could not be read.

    \b
    Examples:
      clickgen verify parquet delivery --at s3://my-bucket/curated/
      clickgen verify parquet delivery --at ./curated \\
          --id-column detail.event_id --json
      clickgen verify parquet delivery --at ./curated --id-column event_id \\
          --ids sent.txt
    """
    if ids is not None:
        from clickgen.verify.inspections.ids.parquet_ids import ParquetObjects

        verify_ids(ids, given["id_column"], request, given, ParquetObjects, option="--id-column")
    from clickgen.verify.landings.sql.duck import check_duckdb
    from clickgen.verify.landings.station import ParquetStation

    check_duckdb()
    verify_delivery(request, station_of(ParquetStation, given))


@parquet.command(short_help="Compare totals over Parquet with the run's.")
@_file_options
@query_options
def totals(request: QueryRequest, **given: Any) -> None:
    """Compare totals over Parquet files with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. In it the files are the table `events`; those of S3 are fetched first. Needs the extra
    `parquet`.
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify parquet totals --at ./curated --by day,page
      clickgen verify parquet totals --at s3://my-bucket/curated/ \\
          --query daily_hits.sql --tolerance 0.1%
    """
    from clickgen.verify.landings.sql.duck import check_duckdb

    check_duckdb()
    from clickgen.verify.landings.station import ParquetStation, access_of

    station = request.totals.station(ParquetStation, given)
    with ExitStack() as stack:

        def files(plan: "Plan") -> "tuple[Query, EventTable]":
            from clickgen.expect.sql import EventTable
            from clickgen.verify.inspections.totals.sources import TABLE, parquet_query
            from clickgen.verify.landings.objects.search_scope import find_place
            from clickgen.verify.landings.sql.parquet_files import ParquetFiles

            held = ParquetFiles(
                find_place(plan, station.at, access_of(station), station.stream), request.totals.folder, plan
            )
            query = stack.enter_context(parquet_query(held, now_ms()))
            return query, EventTable(TABLE, has_id=not request.without_id, id_column=station.id_column)

        verify_query(request, files)
