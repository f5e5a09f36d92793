"""`clickgen verify redshift`: what is in a table of Redshift."""

from typing import Any

import click

from clickgen.cli.commands.verify.table_totals import redshift_totals
from clickgen.cli.options.place import redshift_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@click.group(short_help="What is in a table of Redshift.")
def redshift() -> None:
    """Look at what is in a table of Redshift.

    \b
    Examples:
      clickgen verify redshift delivery --table public.clicks --workgroup warehouse --database dev
    """


redshift.add_command(redshift_totals)


@redshift.command(short_help="Compare what is in Redshift with the ledger.")
@redshift_options
@delivery_options
def delivery(asked: DeliveryRequest, **given: Any) -> None:
    """Compare the events in Redshift with the ledger of RUN (default: the latest) and give a verdict.

    Asks by Redshift's Data API, or over a connection (--dsn, extra `redshift`), which PostgreSQL understands too.
    Events are known by their ids; what else is in them is not compared.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify redshift delivery --table public.clicks --workgroup warehouse --database dev
      clickgen verify redshift delivery --table public.clicks --dsn postgresql://me@localhost:5432/dev
    """
    from clickgen.verify.landings.station import RedshiftStation

    verify_delivery(asked, station_of(RedshiftStation, given))
