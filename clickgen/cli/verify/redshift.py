"""`clickgen verify redshift`: what is in a table of Redshift."""

from typing import TYPE_CHECKING

import click

from clickgen.cli.verify.access import Reach, reach_options
from clickgen.cli.verify.delivery import Asked, delivery_options, verify_delivery
from clickgen.cli.verify.table_totals import redshift_totals
from clickgen.cli.verify.tables import TableOptions, table_options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.verify.delivery import Subject
    from clickgen.verify.sql.table import Table


@click.group(short_help="What is in a table of Redshift.")
def redshift() -> None:
    """Look at what is in a table of Redshift.

    \b
    Examples:
      clickgen verify redshift delivery --table public.clicks --workgroup warehouse --database dev
    """


redshift.add_command(redshift_totals)


@redshift.command(short_help="Compare what is in Redshift with the ledger.")
@click.option("--cluster", help="Cluster to ask by the Data API.")
@click.option("--workgroup", help="Serverless workgroup to ask by the Data API.")
@click.option("--database", help="Database to ask by the Data API.")
@click.option("--secret-arn", help="Secret with the user to ask as.  [default: who the credentials are]")
@click.option("--db-user", help="Database user to ask as.  [default: who the credentials are]")
@click.option("--dsn", help="Connect instead, to postgresql://USER:PASSWORD@HOST:5439/DATABASE.")
@table_options
@reach_options
@delivery_options
def delivery(
    asked: Asked,
    reach: Reach,
    asked_table: TableOptions,
    cluster: str | None,
    workgroup: str | None,
    database: str | None,
    secret_arn: str | None,
    db_user: str | None,
    dsn: str | None,
) -> None:
    """Compare the events in Redshift with the ledger of RUN (default: the latest) and give a verdict.

    Asks by Redshift's Data API, or over a connection (--dsn, extra `redshift`), which PostgreSQL understands too.
    Events are known by their ids; what else is in them is not compared.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify redshift delivery --table public.clicks --workgroup warehouse --database dev
      clickgen verify redshift delivery --table public.clicks --dsn postgresql://me@localhost:5432/dev
    """

    named = cluster, workgroup, database, secret_arn, db_user, dsn
    verify_delivery(asked, "redshift", lambda subject: open_redshift(subject, reach, asked_table, *named))


def open_redshift(
    subject: "Subject",
    reach: Reach,
    asked_table: TableOptions,
    cluster: str | None,
    workgroup: str | None,
    database: str | None,
    secret_arn: str | None,
    db_user: str | None,
    dsn: str | None,
) -> "Table":
    """A table of Redshift as a place that the run's events land in.

    Raises UsageProblem where it is not said which, EnvironmentProblem where a connection is not to be had.
    """
    from clickgen.sink.aws import make_client  # noqa: PLC0415  # --help must not wait for boto3
    from clickgen.verify.sql.postgres import PostgresQuery  # noqa: PLC0415
    from clickgen.verify.sql.redshift import RedshiftQuery, Warehouse  # noqa: PLC0415

    name = f"Redshift's {asked_table.table}"
    named = [option for option in (cluster, workgroup, dsn) if option]
    if len(named) != 1 or bool(database) == bool(dsn):
        raise UsageProblem(
            "it is not said which Redshift to ask",
            "--cluster NAME or --workgroup NAME, each with --database NAME; or --dsn by itself",
        )
    if dsn:
        return asked_table.landing(subject, PostgresQuery(dsn, name))
    warehouse = Warehouse(database or "", cluster, workgroup, secret_arn, db_user, asked_table.query_timeout)
    client = make_client("redshift-data", reach.access_of(subject.plan))
    return asked_table.landing(subject, RedshiftQuery(client, name, warehouse))
