"""`clickgen verify parquet`: what arrived in Parquet."""

from typing import Any

import click

from clickgen.cli.commands.verify.parquet_totals import totals
from clickgen.cli.options.place import reach_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@click.group(short_help="What arrived in Parquet.")
def parquet() -> None:
    """Look at what arrived in Parquet files, in a folder or in S3.

    \b
    Examples:
      clickgen verify parquet delivery --at s3://my-bucket/curated/
    """


parquet.add_command(totals)


@parquet.command(short_help="Compare what is in Parquet with the ledger.")
@click.option("--at", help="A folder, a file, or s3://bucket/prefix.  [default: where the stream delivers]")
@click.option(
    "--id-column",
    help="Column that holds the event's id; a dotted path leads into structs.  [default: the run's id field]",
)
@reach_options
@delivery_options
def delivery(asked: DeliveryRequest, **given: Any) -> None:
    """Compare the events in Parquet with the ledger of RUN (default: the latest) and give a verdict.

    Events are known by their ids; what else is in them is not compared. Needs the extra `parquet`.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come, or
    a file could not be read.

    \b
    Examples:
      clickgen verify parquet delivery --at s3://my-bucket/curated/
      clickgen verify parquet delivery --at ./curated --id-column detail.event_id --json
    """
    from clickgen.verify.landings.sql.duck import check_duckdb
    from clickgen.verify.landings.station import ParquetStation

    check_duckdb()
    verify_delivery(asked, station_of(ParquetStation, given))
