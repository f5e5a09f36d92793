"""From a station of a pipeline file to what is looked at there: the one place that knows every kind."""

from typing import TYPE_CHECKING

from clickgen.cli.options.content import Compared
from clickgen.cli.options.engines import AthenaOptions, RedshiftOptions
from clickgen.cli.options.reach import Reach
from clickgen.cli.options.tables import TableOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.verify.proof.landing import Landing
    from clickgen.verify.proof.stations.station import OnAws, Rewritten, Station, TableStation


def check_installed(stations: "Iterable[Station]") -> None:
    """EnvironmentProblem where a station needs an extra that is not installed."""
    from clickgen.verify.landings.sql.duck import check_duckdb
    from clickgen.verify.landings.sql.postgres import check_connection
    from clickgen.verify.proof.stations import station as kinds

    for station in stations:
        match station:
            case kinds.ParquetStation():
                check_duckdb()
            case kinds.RedshiftStation(dsn=dsn) if dsn is not None:
                check_connection()


def open_station(station: "Station", subject: "RunUnderTest") -> "Landing":
    """The station as somewhere that the run's events land.

    Raises UsageProblem or EnvironmentProblem where it cannot be looked at.
    """
    from clickgen.cli.commands.verify.dynamodb import open_table
    from clickgen.cli.commands.verify.file import open_files
    from clickgen.cli.commands.verify.kinesis import open_stream
    from clickgen.cli.commands.verify.parquet import open_parquet
    from clickgen.cli.commands.verify.s3 import open_objects
    from clickgen.verify.proof.stations import station as stations

    match station:
        case stations.S3Station(at=at):
            compared = _compared(station)
            return compared.behind(subject, open_objects(subject, at, _reach(station).access(), compared))
        case stations.FileStation(at=at):
            return open_files(subject, at, _compared(station))
        case stations.KinesisStation(stream=stream):
            return open_stream(subject, stream, _reach(station).access(), _compared(station))
        case stations.DynamoDbStation(table=table, id_attribute=attribute):
            return open_table(subject, table, attribute, _reach(station).access(), _compared(station))
        case stations.ParquetStation(at=at, id_column=column):
            return open_parquet(subject, at, _reach(station).access(), column)
        case stations.TableStation():
            return _open_sql(station, subject)
    raise TypeError(f"nothing opens a {station.place}")


def _open_sql(station: "TableStation", subject: "RunUnderTest") -> "Landing":
    from clickgen.verify.proof.stations import station as stations

    reach, table = _reach(station), _table(station)
    match station:
        case stations.AthenaStation(workgroup=workgroup, output=output, catalog=catalog):
            return AthenaOptions(reach, table, workgroup, output, catalog).landing(subject)
        case stations.RedshiftStation():
            named = station.cluster, station.workgroup, station.database
            who = station.secret_arn, station.db_user, station.dsn
            return RedshiftOptions(reach, table, *named, *who).landing(subject)
    raise TypeError(f"nothing asks {station.place}")


def _reach(station: "OnAws") -> Reach:
    return Reach(station.region, station.aws_profile, station.endpoint_url)


def _table(station: "TableStation") -> TableOptions:
    from clickgen.cli.options.tables import TableOptions
    from clickgen.model.duration import seconds_of

    timeout = seconds_of(station.query_timeout)
    assert timeout is not None  # noqa: S101  # the station's file was checked
    return TableOptions(station.table, station.id_column, station.where, timeout)


def _compared(station: "Rewritten") -> Compared:
    renamed = tuple(station.renamed.items())
    return Compared(station.content, tuple(station.added), tuple(station.dropped), renamed, station.loose_types)
