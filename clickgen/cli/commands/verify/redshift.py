"""`clickgen verify redshift`: what is in a table of Redshift."""

from typing import Any

import click

from clickgen.cli.groups import group
from clickgen.cli.place import redshift_options, station_of
from clickgen.cli.totals import QueryRequest, event_table, query_options, verify_query
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@group(short_help="What is in a table of Redshift.")
def redshift() -> None:
    """Look at what is in a table of Redshift.

    \b
    Examples:
      clickgen verify redshift delivery --table public.clicks \\
          --workgroup warehouse --database dev
    """


@redshift.command(short_help="Compare what is in Redshift with the ledger.")
@redshift_options
@click.option(
    "--stream",
    metavar="NAME",
    help="Look into the error output of this Firehose stream too, which loads the table.",
)
@delivery_options
def delivery(request: DeliveryRequest, **given: Any) -> None:
    """Compare the events in Redshift with the ledger of RUN (default: the latest) and give a verdict.

    Asks by Redshift's Data API, or over a connection (--dsn, extra `redshift`), which PostgreSQL understands too.
    Events are known by their ids; what else is in them is not compared.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify redshift delivery --table public.clicks \\
          --workgroup warehouse --database dev
      clickgen verify redshift delivery --table public.clicks \\
          --dsn postgresql://me@localhost:5432/dev
    """
    from clickgen.verify.landings.station import RedshiftStation

    verify_delivery(request, station_of(RedshiftStation, given))


@redshift.command(short_help="Compare totals in Redshift with the run's.")
@redshift_options
@query_options
def totals(request: QueryRequest, **given: Any) -> None:
    """Compare totals in Redshift with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. Asks by Redshift's Data API, or over a connection (--dsn, extra `redshift`).
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify redshift totals --table public.clicks --workgroup wh \\
          --database dev --by day
      clickgen verify redshift totals --table public.daily \\
          --dsn postgresql://me@host/dev --query daily.sql
      clickgen verify redshift totals --pipeline examples/dynamodb-redshift \\
          --by day
    """
    from clickgen.verify.landings.sql.redshift import redshift_query
    from clickgen.verify.landings.station import RedshiftStation

    station = request.totals.station(RedshiftStation, given)
    verify_query(request, lambda plan: (redshift_query(station, plan), event_table(station, request)))
