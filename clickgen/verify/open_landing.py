"""From the description of a place to what is looked at there: the one file that knows every kind."""

from collections.abc import Callable, Iterable
from typing import Any

from clickgen.verify.landings.dynamodb.table_landing import open_table
from clickgen.verify.landings.kinesis.stream_landing import open_stream
from clickgen.verify.landings.objects.object_landing import open_files, open_kept_errors, open_objects
from clickgen.verify.landings.rewritten import behind_its_transform
from clickgen.verify.landings.sql.athena import open_athena
from clickgen.verify.landings.sql.duck import check_duckdb
from clickgen.verify.landings.sql.parquet_landing import open_parquet
from clickgen.verify.landings.sql.redshift import check_connection, open_redshift
from clickgen.verify.landings.station import (
    AthenaStation,
    DynamoDbStation,
    FileStation,
    KinesisStation,
    ParquetStation,
    RedshiftStation,
    S3Station,
    Station,
    access_of,
)
from clickgen.verify.landings.with_error_output import WithErrorOutput
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.proof.run_under_test import RunUnderTest


def _open_s3(station: S3Station, run: RunUnderTest) -> Landing:
    landing: Landing = open_objects(station, run)
    if station.errors is not None:
        landing = WithErrorOutput(landing, open_kept_errors(station.errors, access_of(station), run))
    return behind_its_transform(station, run, landing)


_OPENERS: dict[type[Station], Callable[[Any, RunUnderTest], Landing]] = {
    S3Station: _open_s3,
    FileStation: open_files,
    KinesisStation: open_stream,
    DynamoDbStation: open_table,
    ParquetStation: open_parquet,
    AthenaStation: open_athena,
    RedshiftStation: open_redshift,
}


def check_installed(stations: Iterable[Station]) -> None:
    """EnvironmentProblem if a station needs an extra that is not installed."""
    for station in stations:
        match station:
            case ParquetStation():
                check_duckdb()
            case RedshiftStation(dsn=dsn) if dsn is not None:
                check_connection()


def open_landing(station: Station, run: RunUnderTest) -> Landing:
    """The place as somewhere that the run's events land; UsageProblem or EnvironmentProblem if there is none."""
    return _OPENERS[type(station)](station, run)
