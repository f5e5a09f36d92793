"""`clickgen verify athena`: what Athena finds in a table."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from clickgen.cli.verify.access import Reach, reach_options
from clickgen.cli.verify.delivery import Asked, delivery_options, verify_delivery
from clickgen.cli.verify.table_totals import athena_totals
from clickgen.cli.verify.tables import TableOptions, table_options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.verify.delivery import Subject
    from clickgen.verify.sql.collect import Price
    from clickgen.verify.sql.table import Table


@click.group(short_help="What Athena finds in a table.")
def athena() -> None:
    """Look at what Athena finds in a table. What it scans is billed; the cost is shown.

    \b
    Examples:
      clickgen verify athena delivery --table clicks.events
    """


athena.add_command(athena_totals)


@athena.command(short_help="Compare what Athena finds with the ledger.")
@click.option("--workgroup", help="Workgroup of the queries.  [default: primary]")
@click.option("--output", help="S3 place for results, s3://bucket/prefix.  [default: the workgroup's]")
@click.option("--catalog", help="Data catalogue of the table.  [default: AwsDataCatalog]")
@table_options
@reach_options
@delivery_options
def delivery(
    asked: Asked,
    reach: Reach,
    asked_table: TableOptions,
    workgroup: str | None,
    output: str | None,
    catalog: str | None,
) -> None:
    """Compare the events that Athena finds with the ledger of RUN (default: the latest) and give a verdict.

    Events are known by their ids; what else is in them is not compared. As each look is billed, there is one; with
    --wait there are more while events are absent.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify athena delivery --table clicks.events --where "datehour >= '2026/01/01/00'"
      clickgen verify athena delivery --table clicks.events --output s3://my-results/athena/ --json
    """

    if asked.follow:
        raise UsageProblem(
            "Athena cannot be followed: every look is billed", "--wait 10m looks until all is there"
        )
    once = replace(asked, wait=0.0) if asked.wait is None else asked
    verify_delivery(
        once, "athena", lambda subject: open_athena(subject, reach, asked_table, workgroup, output, catalog)
    )


def open_athena(
    subject: "Subject",
    reach: Reach,
    asked_table: TableOptions,
    workgroup: str | None,
    output: str | None,
    catalog: str | None,
) -> "Table":
    """A table of Athena as a place that the run's events land in; what asking costs is told."""
    from clickgen.cost.prices import load_prices  # noqa: PLC0415  # --help must not wait for pydantic
    from clickgen.sink.aws import make_client  # noqa: PLC0415
    from clickgen.verify.sql.athena import AthenaQuery, Session  # noqa: PLC0415

    client = make_client("athena", reach.access_of(subject.plan))
    database = asked_table.table.rpartition(".")[0] or None
    session = Session(database, catalog, workgroup, output, asked_table.query_timeout)
    query = AthenaQuery(client, f"Athena's {asked_table.table}", session, load_prices())
    return asked_table.landing(subject, query, _cost)


def _cost(price: "Price") -> str:
    from clickgen.cost.bill import usd  # noqa: PLC0415  # --help must not wait for pydantic
    from clickgen.view.amounts import size  # noqa: PLC0415

    return f"scanned {size(price.scanned_bytes)}, {usd(price.usd)},"
