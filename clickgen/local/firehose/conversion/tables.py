"""From the catalogue to a converter, and about records that could not be converted."""

import time
from importlib.util import find_spec
from typing import Any

import orjson
import pybase64

from clickgen.local.firehose.conversion.converter import Converter, Failure
from clickgen.local.firehose.conversion.hive_types import SchemaProblem
from clickgen.local.firehose.conversion.settings import Conversion, OrcOutput, TableName
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.links import Catalogue

FORMAT_CONVERSION_FAILED = "format-conversion-failed"
"""The error type of records that could not be converted."""


def converter_for(conversion: Conversion, catalogue: Catalogue | None) -> Converter:
    """What converts by the table as it is now; InvalidArgumentException if there is none, or it cannot be used."""
    needed = [("duckdb", "local"), *([("pyarrow", "parquet")] if isinstance(conversion.output, OrcOutput) else [])]
    for package, extra in needed:
        if find_spec(package) is None:
            raise invalid_argument(f"Format conversion needs {package}: pip install 'clickgen-aws[{extra}]'.")
    if catalogue is None:
        raise invalid_argument("Format conversion needs a Glue catalogue, which this server does not have.")
    try:
        table = catalogue.table(conversion.table.database, conversion.table.table)
        return Converter(conversion, table)
    except ServiceError as error:
        raise invalid_argument(f"The schema of the conversion cannot be read: {error.message}") from None
    except SchemaProblem as problem:
        raise invalid_argument(f"The schema of the conversion cannot be used: {problem}.") from None


def error_line(data: bytes, arrived: int, failure: Failure, table: TableName, region: str) -> bytes:
    """The line about a record that could not be converted.

    arrived: in epoch milliseconds. region: the stream's, if the settings name none.
    """
    members: dict[str, Any] = {
        "attemptsMade": 1,
        "arrivalTimestamp": arrived,
        "lastErrorCode": failure.code,
        "lastErrorMessage": failure.message,
        "attemptEndingTimestamp": time.time_ns() // 1_000_000,
        "rawData": pybase64.b64encode(data).decode(),
        "sequenceNumber": None,
        "subSequenceNumber": None,
        "dataCatalogTable": {
            "catalogId": table.catalog_id,
            "databaseName": table.database,
            "tableName": table.table,
            "region": table.region or region,
            "versionId": table.version_id,
            "roleArn": table.role_arn,
        },
    }
    return orjson.dumps(members) + b"\n"
