"""Schemas of conversions, from the catalogue to what is refused at creation."""

import json
from typing import Any

import pytest

from clickgen.local.firehose.conversion.converter import Failure
from clickgen.local.firehose.conversion.hive_types import SchemaProblem, duck_type, parse_type
from clickgen.local.firehose.conversion.settings import Conversion, HiveJson, OpenX, ParquetOutput
from clickgen.local.firehose.conversion.tables import converter_for, error_line
from clickgen.local.platform.errors import ServiceError
from tests.local.firehose.converting import NAME, table_of


class OneTable:
    """A catalogue with one table."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._table = table

    def table(self, database: str, name: str) -> dict[str, Any]:
        if (database, name) != (NAME.database, NAME.table):
            raise ServiceError("EntityNotFoundException", f"Entity Not Found: {name}")
        return self._table


def refused(table: dict[str, Any], reader: OpenX | HiveJson | None = None) -> str:
    with pytest.raises(ServiceError) as caught:
        converter_for(Conversion(NAME, reader or OpenX(), ParquetOutput()), OneTable(table))
    assert caught.value.code == "InvalidArgumentException"
    return caught.value.message


@pytest.mark.parametrize(
    ("hive", "duck"),
    [
        ("STRING", "VARCHAR"),
        (" varchar( 10 ) ", "VARCHAR"),
        ("double precision", "DOUBLE"),
        ("decimal", "DECIMAL(10,0)"),
        ("decimal(7)", "DECIMAL(7,0)"),
        ("array<decimal(7, 2)>", "DECIMAL(7,2)[]"),
        ("map<string,array<struct<a:int,`b c`:date>>>", 'MAP(VARCHAR, STRUCT("a" INTEGER, "b c" DATE)[])'),
    ],
)
def test_types_of_hive_are_understood(hive: str, duck: str) -> None:
    assert duck_type(parse_type(hive)) == duck


@pytest.mark.parametrize(
    "hive",
    [
        *(
            "",
            "set<int>",
            "binary",
            "uniontype<int,string>",
            "array<int",
            "array<int>>",
            "struct<a int>",
            "struct<>",
        ),
        *("decimal(39,2)", "decimal(2,3)", "decimal(a)", "varchar", "char(300)", "int(3)", "map<array<int>,int>"),
        *("struct<a:int,A:int>", "array<" * 40 + "int" + ">" * 40),
    ],
)
def test_types_that_cannot_be_written_are_refused_with_their_column(hive: str) -> None:
    with pytest.raises(SchemaProblem):
        parse_type(hive)
    assert "the column v of shop.clicks" in refused(table_of(id="int", v=hive))


def test_tables_that_cannot_be_used_are_refused() -> None:
    assert "no columns" in refused({"StorageDescriptor": {"Columns": []}})
    assert "column a twice" in refused(table_of(a="int", A="int"))
    assert "names the column ts" in refused(table_of(a="int"), OpenX(keys_of_columns={"ts": "timestamp"}))
    assert "'VV'" in refused(table_of(at="timestamp"), HiveJson(("yyyy VV",)))
    other = Conversion(NAME.__class__("shop", "nowhere", "r", "0"), OpenX(), ParquetOutput())
    with pytest.raises(ServiceError, match="Entity Not Found: nowhere"):
        converter_for(other, OneTable({}))
    with pytest.raises(ServiceError, match="needs a Glue catalogue"):
        converter_for(other, None)


def test_a_failed_record_is_described_as_the_service_does_it() -> None:
    failure = Failure(0, "DataFormatConversion.ParseError", "Encountered malformed JSON.")
    line = json.loads(error_line(b"{", 1518033528123, failure, NAME, "eu-west-1"))
    assert line.pop("attemptEndingTimestamp") > 1518033528123
    assert line == {
        "attemptsMade": 1,
        "arrivalTimestamp": 1518033528123,
        "lastErrorCode": "DataFormatConversion.ParseError",
        "lastErrorMessage": "Encountered malformed JSON.",
        "rawData": "ew==",
        "sequenceNumber": None,
        "subSequenceNumber": None,
        "dataCatalogTable": {
            "catalogId": "000000000000",
            "databaseName": "shop",
            "tableName": "clicks",
            "region": "eu-west-1",
            "versionId": "LATEST",
            "roleArn": NAME.role_arn,
        },
    }
