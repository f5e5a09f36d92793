"""`clickgen verify athena totals` and `verify redshift totals`: totals of a table, compared with the run's."""

from typing import TYPE_CHECKING

import click

from clickgen.cli.options.engines import AthenaOptions, RedshiftOptions, athena_options, redshift_options
from clickgen.cli.totals import AskedQuery, query_options, verify_query

if TYPE_CHECKING:
    from clickgen.expect.sql import EventTable
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.sql.query import Query


@click.command("totals", short_help="Compare totals that Athena finds with the run's.")
@athena_options
@query_options
def athena_totals(asked: AskedQuery, engine: AthenaOptions) -> None:
    """Compare totals that Athena finds with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. What it scans is billed; the cost is shown.
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify athena totals --table web.clicks --by day,page --where "dt >= '2026-01-01'"
      clickgen verify athena totals --table web.daily --query daily_hits.sql --column hits=cnt
    """
    verify_query(asked, lambda plan: _opened(engine, asked, plan))


@click.command("totals", short_help="Compare totals in Redshift with the run's.")
@redshift_options
@query_options
def redshift_totals(asked: AskedQuery, engine: RedshiftOptions) -> None:
    """Compare totals in Redshift with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. Asks by Redshift's Data API, or over a connection (--dsn, extra `redshift`).
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify redshift totals --table public.clicks --workgroup wh --database dev --by day
      clickgen verify redshift totals --table public.daily --dsn postgresql://me@host/dev --query daily.sql
    """
    verify_query(asked, lambda plan: _opened(engine, asked, plan))


def _opened(
    engine: AthenaOptions | RedshiftOptions, asked: AskedQuery, plan: "Plan"
) -> "tuple[Query, EventTable]":
    from clickgen.expect.sql import EventTable

    named = engine.asked_table
    table = EventTable(named.table, has_id=not asked.without_id, id_column=named.id_column, where=named.where)
    return engine.query(plan), table
