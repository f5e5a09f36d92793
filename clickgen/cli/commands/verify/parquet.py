"""`clickgen verify parquet`: what arrived in Parquet."""

from typing import TYPE_CHECKING

import click

from clickgen.cli.commands.verify.parquet_totals import totals
from clickgen.cli.options.reach import Reach, reach_options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.sink.aws import Access
    from clickgen.verify.proof.landing import Landing


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
def delivery(asked: DeliveryRequest, reach: Reach, at: str | None, id_column: str | None) -> None:
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

    check_duckdb()
    verify_delivery(asked, "parquet", lambda subject: open_parquet(subject, at, reach.access(), id_column))


def open_parquet(subject: "RunUnderTest", at: str | None, access: "Access", id_column: str | None) -> "Landing":
    """The Parquet files that can hold the run; raises UsageProblem or EnvironmentProblem where no place is known.

    id_column: None is the run's id field.
    """
    from clickgen.verify.landings.objects.search_scope import find_place
    from clickgen.verify.landings.sql.duck import DuckQuery
    from clickgen.verify.landings.sql.parquet_files import ParquetFiles
    from clickgen.verify.landings.sql.parquet_landing import ParquetLanding

    plan = subject.plan
    where = find_place(plan, at, access)
    files, query = ParquetFiles(where, subject.folder, plan), DuckQuery(where.place.name)
    return subject.behind_a_parser(
        ParquetLanding(files, plan.run, id_column or plan.id_field, query, subject.tell)
    )
