"""A table of the Glue catalogue held against its files: what fits, and each way in which it may not."""

import gzip
import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clickgen.verify.inspections.glue.catalogue import CatalogueTable
from clickgen.verify.inspections.glue.data import FileShape
from clickgen.verify.inspections.glue.fit import compare
from clickgen.verify.inspections.glue.projection import outside
from tests.conftest import CREDENTIALS, CommandLine

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
JSON = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
}
COLUMNS = {"event_id": "string", "hits": "bigint", "page": "struct<path:string,tags:array<string>>"}
ROW = {"event_id": "a", "hits": 3, "page": {"path": "/", "tags": ["a"]}}
TYPES = pa.schema(
    [
        ("event_id", pa.string()),
        ("hits", pa.int64()),
        ("page", pa.struct([("path", pa.string()), ("tags", pa.list_(pa.string()))])),
    ]
)


class Catalogue:
    """A bucket `lake` and a database `clicks` of an emulator."""

    def __init__(self, endpoint: str, clickgen: CommandLine) -> None:
        self.s3: Any = boto3.client("s3", endpoint_url=endpoint)
        self.glue: Any = boto3.client("glue", endpoint_url=endpoint)
        self.s3.create_bucket(Bucket="lake")
        self.glue.create_database(DatabaseInput={"Name": "clicks"})
        self._arguments = ("verify", "glue", "table", "--table", "clicks.events", "--endpoint-url", endpoint)
        self._clickgen = clickgen

    def put(self, key: str, row: dict[str, Any] = ROW, schema: Any = TYPES) -> None:
        """A Parquet file of one row."""
        file = BytesIO()
        pq.write_table(pa.Table.from_pylist([row], schema=schema), file)
        self.s3.put_object(Bucket="lake", Key=f"events/{key}", Body=file.getvalue())

    def put_json(self, key: str, *rows: dict[str, Any]) -> None:
        """A gzip object of lines."""
        body = gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        self.s3.put_object(Bucket="lake", Key=f"events/{key}", Body=body)

    def define(
        self,
        columns: dict[str, str] = COLUMNS,
        keys: tuple[str, ...] = (),
        storage: dict[str, Any] = PARQUET,
        **parameters: str,
    ) -> None:
        """The table `clicks.events`."""
        self.glue.create_table(
            DatabaseName="clicks",
            TableInput={
                "Name": "events",
                "StorageDescriptor": {
                    "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
                    "Location": "s3://lake/events/",
                    **storage,
                },
                "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
                "Parameters": {name.replace("__", "."): value for name, value in parameters.items()},
            },
        )

    def misfits(self, code: int) -> list[tuple[str, str]]:
        """Kind and name of each misfit that the command finds."""
        said = self._clickgen.run(*self._arguments, "--json", env=CREDENTIALS)
        assert said.code == code, said.err
        assert said.json["fits"] == (code == 0)
        return [(misfit["kind"], misfit["name"]) for misfit in said.json["misfits"]]


@pytest.fixture
def catalogue(moto: str, credentials: None, clickgen: CommandLine) -> Catalogue:
    return Catalogue(moto, clickgen)


def test_a_table_of_parquet_and_each_way_not_to_fit_it(catalogue: Catalogue) -> None:
    catalogue.put("a.parquet")
    catalogue.put("_tmp/half.parquet", {"hits": "x"}, pa.schema([("hits", pa.string())]))
    catalogue.define()
    assert catalogue.misfits(0) == []
    catalogue.put("b.parquet", {"hits": 3}, pa.schema([("hits", pa.int32())]))  # a bigint reads it
    catalogue.put(
        "c.parquet", {"hits": "3", "referrer": "x"}, pa.schema([("hits", pa.string()), ("referrer", pa.string())])
    )
    catalogue.put_json("d.gz", ROW)
    catalogue.s3.put_object(Bucket="lake", Key="events/e.parquet", Body=b"PAR1 cut off")
    assert sorted(catalogue.misfits(1)) == [
        ("column", "referrer"),
        ("file", "events/e.parquet"),
        ("format", "events/d.gz"),
        ("type", "hits"),
    ]


def test_a_table_of_json(catalogue: Catalogue) -> None:
    catalogue.put_json("2026/01/01/00/a", ROW, {**ROW, "hits": None}, {**ROW, "Event_ID": "b"})
    catalogue.define({**COLUMNS, "user": "string"}, storage=JSON)
    assert catalogue.misfits(0) == [("column", "user")]
    catalogue.put_json("2026/01/01/00/b", {**ROW, "hits": 2.5}, {**ROW, "page": "/"})
    assert sorted(catalogue.misfits(1)) == [("column", "user"), ("type", "hits"), ("type", "page")]


def test_partitions_that_are_not_registered_are_not_read(catalogue: Catalogue) -> None:
    for day in (1, 2):
        catalogue.put(f"dt=2026-01-0{day}/a.parquet")
    catalogue.define(keys=("dt",))
    for day in (1, 3):
        catalogue.glue.create_partition(
            DatabaseName="clicks",
            TableName="events",
            PartitionInput={
                "Values": [f"2026-01-0{day}"],
                "StorageDescriptor": {"Location": f"s3://lake/events/dt=2026-01-0{day}", **PARQUET},
            },
        )
    assert catalogue.misfits(1) == [("partition", "s3://lake/events/dt=2026-01-02/"), ("partition", "2026-01-03")]


def test_partitions_that_projection_leaves_out_are_not_read(catalogue: Catalogue) -> None:
    for folder in ("2026/01/01/00", "2026/01/01/23", "2025/12/31/23", "odd"):
        catalogue.put(f"{folder}/a.parquet")
    catalogue.define(
        keys=("datehour",),
        projection__enabled="true",
        projection__datehour__type="date",
        projection__datehour__format="yyyy/MM/dd/HH",
        projection__datehour__range="2026/01/01/00,NOW",
        storage__location__template="s3://lake/events/${datehour}/",
    )
    assert catalogue.misfits(1) == [("partition", "datehour=2025/12/31/23"), ("partition", "datehour=odd")]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("year", "2026", ""),
        ("year", "2031", "it is not in the range 2025,2030"),
        ("year", "2025", ""),
        ("year", "2030", ""),
        ("year", "2024", "it is not in the range 2025,2030"),
        ("week", "2026-01-01", ""),
        ("week", "2026-01-07", ""),
        ("week", "2026-01-08", "it is not in the range 2026-01-01,2026-01-07"),
        ("month", "1", "it does not have 2 digits"),
        ("month", "xx", "it is not an integer"),
        ("site", "shop", ""),
        ("site", "Shop", "it is not one of the values shop, blog"),
        ("user", "anyone", ""),
        ("day", "2026-01-05", ""),
        ("day", "2026-01-07", "it is not in the range NOW-3DAYS,NOW+1DAY"),
        ("day", "2026-01-02", "it is not in the range NOW-3DAYS,NOW+1DAY"),
        ("day", "5.1.2026", "it is not of the form yyyy-MM-dd"),
        ("else", "x", "projection.else.type is not set"),
    ],
)
def test_projection_says_what_it_leaves_out(key: str, value: str, words: str) -> None:
    parameters = {
        "projection.year.type": "integer",
        "projection.year.range": "2025,2030",
        "projection.month.type": "integer",
        "projection.month.range": "1,12",
        "projection.month.digits": "2",
        "projection.site.type": "enum",
        "projection.site.values": "shop, blog",
        "projection.user.type": "injected",
        "projection.day.type": "date",
        "projection.day.format": "yyyy-MM-dd",
        "projection.day.range": "NOW-3DAYS,NOW+1DAY",
        "projection.week.type": "date",
        "projection.week.format": "yyyy-MM-dd",
        "projection.week.range": "2026-01-01,2026-01-07",
    }
    assert outside(parameters, key, value, datetime(2026, 1, 5, 12, tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("declared", "kind", "fits"),
    [
        ("bigint", "bigint", True),
        ("bigint", "int", True),
        ("int", "bigint", False),
        ("double", "float", True),
        ("double", "int", False),
        ("varchar(20)", "string", True),
        ("string", "int", False),
    ],
)
def test_a_column_of_parquet_may_be_narrower_than_the_table_says(declared: str, kind: str, fits: bool) -> None:
    table = CatalogueTable("clicks.events", {"hits": declared}, {}, "s3://lake/events/", "parquet", {}, {})
    shape = FileShape("a.parquet", "parquet", {"hits": {kind}})
    fit = compare(table, "s3://lake/events/", ["a.parquet"], [shape], datetime(2026, 1, 5, tzinfo=UTC))
    assert fit.fits == fits
    words = f"the table says {declared}, files have {kind}"
    assert [(misfit.detail, misfit.first) for misfit in fit.misfits] == ([] if fits else [(words, "a.parquet")])


def test_a_table_that_is_not_there(catalogue: Catalogue, clickgen: CommandLine) -> None:
    endpoint = catalogue.glue.meta.endpoint_url
    for name in ("clicks.evnts", "clicks"):
        said = clickgen.run(
            "verify", "glue", "table", "--table", name, "--endpoint-url", endpoint, env=CREDENTIALS
        )
        assert said.code == 2
        assert "--table" in said.err
