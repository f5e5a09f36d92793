"""`clickgen verify parquet totals`: totals over Parquet files, compared with what the run says."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.place import reach_options, station_of
from clickgen.cli.totals import AskedQuery, query_options, verify_query
from clickgen.cli.types import now_ms

if TYPE_CHECKING:
    from clickgen.expect.sql import EventTable
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.sql.query import Query


@click.command(short_help="Compare totals over Parquet with the run's.")
@click.option("--at", help="A folder, a file, or s3://bucket/prefix.  [default: where the stream delivers]")
@click.option(
    "--id-column",
    help="Column that holds the event's id; a dotted path leads into structs.  [default: the events' own]",
)
@reach_options
@query_options
def totals(asked: AskedQuery, **given: Any) -> None:
    """Compare totals over Parquet files with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. In it the files are the table `events`; those of S3 are fetched first. Needs the extra
    `parquet`.
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify parquet totals --at ./curated --by day,page
      clickgen verify parquet totals --at s3://my-bucket/curated/ --query daily_hits.sql --tolerance 0.1%
    """
    from clickgen.verify.landings.sql.duck import check_duckdb

    check_duckdb()
    from clickgen.verify.landings.station import ParquetStation, access_of

    station = station_of(ParquetStation, given)
    with ExitStack() as stack:

        def files(plan: "Plan") -> "tuple[Query, EventTable]":
            from clickgen.expect.sql import EventTable
            from clickgen.verify.inspections.totals.parquet import TABLE, parquet_query
            from clickgen.verify.landings.objects.search_scope import find_place
            from clickgen.verify.landings.sql.parquet_files import ParquetFiles

            held = ParquetFiles(find_place(plan, station.at, access_of(station)), asked.totals.folder, plan)
            query = stack.enter_context(parquet_query(held, now_ms()))
            return query, EventTable(TABLE, has_id=not asked.without_id, id_column=station.id_column)

        verify_query(asked, files)
