"""`clickgen verify athena totals` and `verify redshift totals`: totals of a table, compared with the run's."""

from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.place import athena_options, redshift_options, station_of
from clickgen.cli.totals import AskedQuery, query_options, verify_query

if TYPE_CHECKING:
    from clickgen.expect.sql import EventTable
    from clickgen.verify.landings.station import TableStation


@click.command("totals", short_help="Compare totals that Athena finds with the run's.")
@athena_options
@query_options
def athena_totals(asked: AskedQuery, **given: Any) -> None:
    """Compare totals that Athena finds with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. What it scans is billed; the cost is shown.
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify athena totals --table web.clicks --by day,page --where "dt >= '2026-01-01'"
      clickgen verify athena totals --table web.daily --query daily_hits.sql --column hits=cnt
    """
    from clickgen.verify.landings.sql.athena import athena_query
    from clickgen.verify.landings.station import AthenaStation

    station = station_of(AthenaStation, given)
    verify_query(asked, lambda plan: (athena_query(station, plan), _table(station, asked)))


@click.command("totals", short_help="Compare totals in Redshift with the run's.")
@redshift_options
@query_options
def redshift_totals(asked: AskedQuery, **given: Any) -> None:
    """Compare totals in Redshift with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. Asks by Redshift's Data API, or over a connection (--dsn, extra `redshift`).
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify redshift totals --table public.clicks --workgroup wh --database dev --by day
      clickgen verify redshift totals --table public.daily --dsn postgresql://me@host/dev --query daily.sql
    """
    from clickgen.verify.landings.sql.postgres import redshift_query
    from clickgen.verify.landings.station import RedshiftStation

    station = station_of(RedshiftStation, given)
    verify_query(asked, lambda plan: (redshift_query(station, plan), _table(station, asked)))


def _table(station: "TableStation", asked: AskedQuery) -> "EventTable":
    from clickgen.expect.sql import EventTable

    return EventTable(station.table, has_id=not asked.without_id, id_column=station.id_column, where=station.where)
