"""How a command reaches Athena and Redshift: their options, and what can then be asked."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.reach import Reach, reach_options
from clickgen.cli.options.tables import TableOptions, table_options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.sql.athena import AthenaQuery
    from clickgen.verify.landings.sql.collect import ScanCost
    from clickgen.verify.landings.sql.query import Query
    from clickgen.verify.proof.landing import Landing


@dataclass(frozen=True, slots=True)
class AthenaOptions:
    """How Athena is asked about a table."""

    reach: Reach
    asked_table: TableOptions
    workgroup: str | None
    output: str | None
    catalog: str | None

    def query(self, plan: "Plan") -> "AthenaQuery":
        """Athena, as the run's sender would reach it where nothing else was said."""
        from clickgen.cost.prices import load_prices
        from clickgen.sink.aws import make_client
        from clickgen.verify.landings.aws_reads import reading_access
        from clickgen.verify.landings.sql.athena import AthenaQuery, Session

        table = self.asked_table
        client = make_client("athena", reading_access("athena", plan, self.reach.access()))
        database = table.table.rpartition(".")[0] or None
        session = Session(database, self.catalog, self.workgroup, self.output, table.query_timeout)
        return AthenaQuery(client, f"Athena's {table.table}", session, load_prices())

    def landing(self, subject: "RunUnderTest") -> "Landing":
        """The table as a place that the run's events land in; what asking costs is told."""
        return self.asked_table.landing(subject, self.query(subject.plan), _cost)


@dataclass(frozen=True, slots=True)
class RedshiftOptions:
    """How Redshift is asked about a table: by its Data API, or over a connection."""

    reach: Reach
    asked_table: TableOptions
    cluster: str | None
    workgroup: str | None
    database: str | None
    secret_arn: str | None
    db_user: str | None
    dsn: str | None

    def query(self, plan: "Plan") -> "Query":
        """Redshift, or what was connected to.

        Raises UsageProblem where it is not said which, EnvironmentProblem where a connection is not to be had.
        """
        from clickgen.sink.aws import make_client
        from clickgen.verify.landings.aws_reads import reading_access
        from clickgen.verify.landings.sql.postgres import PostgresQuery
        from clickgen.verify.landings.sql.redshift import RedshiftQuery, Warehouse

        table = self.asked_table
        name = f"Redshift's {table.table}"
        named = [option for option in (self.cluster, self.workgroup, self.dsn) if option]
        if len(named) != 1 or bool(self.database) == bool(self.dsn):
            raise UsageProblem(
                "it is not said which Redshift to ask",
                "--cluster NAME or --workgroup NAME, each with --database NAME; or --dsn by itself",
            )
        if self.dsn:
            return PostgresQuery(self.dsn, name, table.query_timeout)
        warehouse = Warehouse(
            self.database or "",
            self.cluster,
            self.workgroup,
            self.secret_arn,
            self.db_user,
            table.query_timeout,
        )
        client = make_client("redshift-data", reading_access("redshift-data", plan, self.reach.access()))
        return RedshiftQuery(client, name, warehouse)

    def landing(self, subject: "RunUnderTest") -> "Landing":
        """The table as a place that the run's events land in; raises as `query` does."""
        return self.asked_table.landing(subject, self.query(subject.plan))


def athena_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `AthenaOptions`, which it gets as its argument `engine`."""

    @click.option("--workgroup", help="Workgroup of the queries.  [default: primary]")
    @click.option("--output", help="S3 place for results, s3://bucket/prefix.  [default: the workgroup's]")
    @click.option("--catalog", help="Data catalogue of the table.  [default: AwsDataCatalog]")
    @table_options
    @reach_options
    @wraps(command)
    def with_options(**options: Any) -> None:
        engine = AthenaOptions(**{field.name: options.pop(field.name) for field in fields(AthenaOptions)})
        command(engine=engine, **options)

    return with_options


def redshift_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `RedshiftOptions`, which it gets as its argument `engine`."""

    @click.option("--cluster", help="Cluster to ask by the Data API.")
    @click.option("--workgroup", help="Serverless workgroup to ask by the Data API.")
    @click.option("--database", help="Database to ask by the Data API.")
    @click.option("--secret-arn", help="Secret with the user to ask as.  [default: who the credentials are]")
    @click.option("--db-user", help="Database user to ask as.  [default: who the credentials are]")
    @click.option("--dsn", help="Connect instead, to postgresql://USER:PASSWORD@HOST:5439/DATABASE.")
    @table_options
    @reach_options
    @wraps(command)
    def with_options(**options: Any) -> None:
        engine = RedshiftOptions(**{field.name: options.pop(field.name) for field in fields(RedshiftOptions)})
        command(engine=engine, **options)

    return with_options


def _cost(price: "ScanCost") -> str:
    from clickgen.cost.bill import usd
    from clickgen.model.amounts import size

    return f"scanned {size(price.scanned_bytes)}, {usd(price.usd)},"
