"""From a station of a pipeline file to what is looked at there: the one place that knows every kind."""

from typing import TYPE_CHECKING

from clickgen.cli.verify.access import Reach

if TYPE_CHECKING:
    from clickgen.cli.verify.delivery import Subject
    from clickgen.cli.verify.tables import TableOptions
    from clickgen.verify.content.rules import Rules
    from clickgen.verify.landing import Landing
    from clickgen.verify.stations.station import (
        DynamoDbStation,
        OnAws,
        Station,
        TableStation,
    )


def open_station(station: "Station", subject: "Subject") -> "Landing":
    """The station as somewhere that the run's events land.

    Raises UsageProblem or EnvironmentProblem where it cannot be looked at.
    """
    from clickgen.cli.verify.dynamodb import open_table  # noqa: PLC0415  # a command imports what it needs
    from clickgen.cli.verify.file import open_files  # noqa: PLC0415
    from clickgen.cli.verify.kinesis import open_stream  # noqa: PLC0415
    from clickgen.cli.verify.parquet import open_parquet  # noqa: PLC0415
    from clickgen.cli.verify.s3 import open_objects  # noqa: PLC0415
    from clickgen.verify.stations import station as stations  # noqa: PLC0415

    match station:
        case stations.S3Station(at=at, content=content):
            return open_objects(subject, at, _reach(station).access(), ids_only=content == "ids")
        case stations.FileStation(at=at, content=content):
            return open_files(subject, at, ids_only=content == "ids")
        case stations.KinesisStation(stream=stream, content=content):
            return open_stream(subject, stream, _reach(station).access(), ids_only=content == "ids")
        case stations.DynamoDbStation(table=table, id_attribute=attribute):
            return open_table(subject, table, attribute, _reach(station).access(), _rules(station))
        case stations.ParquetStation(at=at, id_column=column):
            return open_parquet(subject, at, _reach(station).access(), column)
        case stations.TableStation():
            return _open_sql(station, subject)
    raise TypeError(f"nothing opens a {station.place}")


def _open_sql(station: "TableStation", subject: "Subject") -> "Landing":
    from clickgen.cli.verify.athena import open_athena  # noqa: PLC0415
    from clickgen.cli.verify.redshift import open_redshift  # noqa: PLC0415
    from clickgen.verify.stations import station as stations  # noqa: PLC0415

    reach, options = _reach(station), _table(station)
    match station:
        case stations.AthenaStation(workgroup=workgroup, output=output, catalog=catalog):
            return open_athena(subject, reach, options, workgroup, output, catalog)
        case stations.RedshiftStation():
            named = station.cluster, station.workgroup, station.database
            return open_redshift(subject, reach, options, *named, station.secret_arn, station.db_user, station.dsn)
    raise TypeError(f"nothing asks {station.place}")


def _reach(station: "OnAws") -> Reach:
    return Reach(station.region, station.aws_profile, station.endpoint_url)


def _table(station: "TableStation") -> "TableOptions":
    from clickgen.cli.verify.tables import TableOptions  # noqa: PLC0415
    from clickgen.model.duration import seconds_of  # noqa: PLC0415

    timeout = seconds_of(station.query_timeout)
    assert timeout is not None  # noqa: S101  # the station's file was checked
    return TableOptions(station.table, station.id_column, station.where, timeout)


def _rules(station: "DynamoDbStation") -> "Rules | None":
    """What may differ in an event's fields; None where ids are compared only."""
    from clickgen.verify.content.rules import Rules  # noqa: PLC0415

    if station.content != "fields":
        return None
    return Rules(tuple(station.added), tuple(station.dropped), tuple(station.renamed.items()), station.loose_types)
