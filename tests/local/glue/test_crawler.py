"""Crawlers: what they infer of files, which folders they take for one table, and how they change the catalogue."""

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from botocore.exceptions import ClientError

from tests.support.local_server import LocalServer, until

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

_EVENT = {
    "Event_ID": "e1",
    "n": 1,
    "at_ms": 1_700_000_000_000,
    "price": 1.5,
    "ok": True,
    "day": "2026-01-01",
    "ctx": {"Page": "/x", "depth": 1},
    "items": [{"sku": "s", "qty": 2}],
    "nothing": None,
}


class Crawls:
    """Puts objects and crawls them into a database."""

    def __init__(self, server: LocalServer, glue: "GlueClient", database: str) -> None:
        self.glue = glue
        self.database = database
        self._root = server.lake / f"bucket-{database}"

    @property
    def place(self) -> str:
        return f"s3://{self._root.name}"

    def put(self, key: str, *events: dict[str, Any], gz: bool = False, between: str = "\n") -> Path:
        content = between.join(map(json.dumps, events)).encode()
        return self.put_bytes(key, gzip.compress(content) if gz else content)

    def put_bytes(self, key: str, content: bytes) -> Path:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def crawl(self, folder: str, name: str | None = None, **more: Any) -> dict[str, Any]:
        """Crawl a folder; `LastCrawl`. A crawler of this name that is there already crawls once more."""
        name = name or f"{self.database}-{folder}"
        if name not in self.glue.list_crawlers(MaxResults=1000)["CrawlerNames"]:
            targets: Any = {"S3Targets": [{"Path": f"{self.place}/{folder}/"}]}
            self.glue.create_crawler(
                Name=name, Role="r", DatabaseName=self.database, **{"Targets": targets, **more}
            )
        self.glue.start_crawler(Name=name)
        until(lambda: self.glue.get_crawler(Name=name)["Crawler"]["State"] == "READY")
        last: Any = self.glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]
        return dict(last)

    def tables(self) -> dict[str, Any]:
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName=self.database)["TableList"]}

    def columns(self, table: str) -> list[tuple[str, str]]:
        return [(c["Name"], c["Type"]) for c in self.tables()[table]["StorageDescriptor"]["Columns"]]

    def values(self, table: str) -> list[list[str]]:
        found = self.glue.get_partitions(DatabaseName=self.database, TableName=table)["Partitions"]
        return [partition["Values"] for partition in found]


@pytest.fixture
def crawls(server: LocalServer, glue: "GlueClient", database: str) -> Crawls:
    return Crawls(server, glue, database)


def _configured(**grouping: Any) -> str:
    return json.dumps({"Version": 1.0, "Grouping": grouping})


def test_types_of_json_and_the_parameters_of_the_table(crawls: Crawls) -> None:
    crawls.put("clicks/2026/11/28/00/a.gz", _EVENT, {**_EVENT, "n": 2.5, "late": []}, gz=True, between="")
    assert crawls.crawl("clicks")["Status"] == "SUCCEEDED"
    assert crawls.columns("clicks") == [
        ("event_id", "string"), ("n", "double"), ("at_ms", "bigint"), ("price", "double"), ("ok", "boolean"),
        ("day", "string"), ("ctx", "struct<page:string,depth:int>"),
        ("items", "array<struct<sku:string,qty:int>>"), ("nothing", "string"), ("late", "array<string>"),
    ]  # fmt: skip
    table = crawls.tables()["clicks"]
    assert [key["Name"] for key in table["PartitionKeys"]] == [f"partition_{level}" for level in range(4)]
    assert crawls.values("clicks") == [["2026", "11", "28", "00"]]
    parameters = table["Parameters"]
    assert parameters.pop("CRAWL_RUN_ID")
    assert parameters.pop("averageRecordSize")
    assert parameters.pop("sizeKey")
    assert parameters == {
        "classification": "json", "compressionType": "gzip", "typeOfData": "file", "objectCount": "1",
        "recordCount": "2", "UPDATED_BY_CRAWLER": f"{crawls.database}-clicks",
        "CrawlerSchemaSerializerVersion": "1.0", "CrawlerSchemaDeserializerVersion": "1.0",
        "partition_filtering.enabled": "true",
    }  # fmt: skip
    serde = table["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert serde["Parameters"]["paths"] == "Event_ID,at_ms,ctx,day,items,late,n,nothing,ok,price"


def test_folders_named_by_key_and_value_are_keys_of_that_name(crawls: Crawls) -> None:
    for day in ("01", "02"):
        crawls.put(f"hive/Year=2026/day={day}/a.json", _EVENT)
    crawls.crawl("hive")
    assert [key["Name"] for key in crawls.tables()["hive"]["PartitionKeys"]] == ["year", "day"]
    assert crawls.values("hive") == [["2026", "01"], ["2026", "02"]]


def test_unlike_folders_are_tables_of_their_own_unless_schemas_are_combined(crawls: Crawls) -> None:
    crawls.put("two/year=2017/a.json", {"A": 1, "B": 2})
    crawls.put("two/year=2018/a.json", {"C": 1, "D": 2})
    crawls.crawl("two")
    assert sorted(crawls.tables()) == ["year_2017", "year_2018"]
    crawls.crawl(
        "two", "combined", TablePrefix="one_",
        Configuration=_configured(TableGroupingPolicy="CombineCompatibleSchemas"),
    )  # fmt: skip
    assert crawls.columns("one_two") == [("a", "int"), ("b", "int"), ("c", "int"), ("d", "int")]
    assert crawls.values("one_two") == [["2017"], ["2018"]]


def test_one_odd_folder_of_four_does_not_split_a_table_and_two_do(crawls: Crawls) -> None:
    for number in range(4):
        crawls.put(f"few/part={number}/a.json", {"x": 1} if number == 3 else {"a": 1, "b": 2})
        crawls.put(f"many/part={number}/a.json", {"x": 1} if number >= 2 else {"a": 1, "b": 2})
    crawls.crawl("few")
    crawls.crawl("many", TablePrefix="m_")
    assert sorted(crawls.tables()) == ["few", "m_part_0", "m_part_1", "m_part_2", "m_part_3"]


def test_a_level_of_tables_can_be_said(crawls: Crawls) -> None:
    for site in ("shop", "blog"):
        crawls.put(f"sites/{site}/2026/a.json", {f"only_{site}": 1})
    crawls.crawl("sites", Configuration=_configured(TableLevelConfiguration=3))
    assert sorted(crawls.tables()) == ["blog", "shop"]


def test_csv_with_and_without_a_header_and_parquet(crawls: Crawls) -> None:
    crawls.put_bytes("csv/a.csv", b"id,name,amount\n1,ann,1.5\n2,bob,2\n")
    crawls.put_bytes("bare/a.txt", b"x|y\nz|w\n")
    path = crawls.put_bytes("parquet/dt=1/a.parquet", b"")
    row = "SELECT 1::BIGINT AS Id, [1.5] AS l, {'a': 'x'} AS s, DATE '2026-01-01' AS d"
    duckdb.execute(f"COPY ({row}) TO '{path}' (FORMAT parquet)")
    for folder in ("csv", "bare", "parquet"):
        crawls.crawl(folder)
    assert crawls.columns("csv") == [("id", "bigint"), ("name", "string"), ("amount", "double")]
    assert crawls.tables()["csv"]["Parameters"]["skip.header.line.count"] == "1"
    assert crawls.columns("bare") == [("col0", "string"), ("col1", "string")]
    assert crawls.tables()["bare"]["Parameters"]["delimiter"] == "|"
    assert crawls.columns("parquet") == [
        ("id", "bigint"), ("l", "array<decimal(2,1)>"), ("s", "struct<a:string>"), ("d", "date"),
    ]  # fmt: skip
    assert crawls.tables()["parquet"]["Parameters"]["classification"] == "parquet"


def test_a_second_crawl_adds_columns_and_partitions_and_deprecates_what_went(crawls: Crawls) -> None:
    gone = crawls.put("grow/dt=1/a.json", {"a": 1})
    crawls.crawl("grow")
    crawls.put("grow/dt=2/a.json", {"a": 1, "b": "x", "c": 1, "d": 1}, {"a": 1})
    gone.unlink()
    crawls.crawl("grow")
    assert crawls.columns("grow") == [("a", "int"), ("b", "string"), ("c", "int"), ("d", "int")]
    assert crawls.values("grow") == [["1"], ["2"]]
    first = crawls.glue.get_partition(DatabaseName=crawls.database, TableName="grow", PartitionValues=["1"])
    assert "DEPRECATED_BY_CRAWLER" in first["Partition"]["Parameters"]
    metrics = crawls.glue.get_crawler_metrics(CrawlerNameList=[f"{crawls.database}-grow"])["CrawlerMetricsList"][0]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (0, 1)


def test_policies_log_and_delete(crawls: Crawls) -> None:
    event = dict.fromkeys("abcd", 1)
    path = crawls.put("log/dt=1/a.json", event)
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "DELETE_FROM_DATABASE"}
    crawls.crawl("log", SchemaChangePolicy=policy)
    crawls.put("log/dt=2/a.json", {**event, "e": 1})
    crawls.crawl("log")
    assert crawls.columns("log") == [(name, "int") for name in "abcd"]
    assert crawls.values("log") == [["1"], ["2"]]
    for gone in path.parent.parent.rglob("*.json"):
        gone.unlink()
    crawls.crawl("log")
    assert crawls.tables() == {}


def test_new_folders_only_leaves_what_is_known_alone(crawls: Crawls) -> None:
    crawls.put("new/dt=1/a.json", {"a": 1})
    policies: Any = {
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    }
    crawls.crawl("new", **policies)
    crawls.put("new/dt=1/b.json", {"zzz": 1})
    crawls.put("new/dt=2/a.json", {"a": 1})
    crawls.crawl("new")
    assert crawls.columns("new") == [("a", "int")]
    assert crawls.values("new") == [["1"], ["2"]]


def test_a_name_that_is_taken_gets_a_suffix_and_partitions_can_inherit(crawls: Crawls) -> None:
    crawls.glue.create_table(DatabaseName=crawls.database, TableInput={"Name": "clicks"})
    crawls.put("clicks/dt=1/a.json", {"a": 1})
    crawls.put("clicks/dt=2/a.json", {"a": 1, "b": 2}, {"c": 3, "d": 4})
    output = {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}
    grouping = {"TableGroupingPolicy": "CombineCompatibleSchemas"}
    configuration = json.dumps({"Version": 1.0, "CrawlerOutput": output, "Grouping": grouping})
    crawls.crawl("clicks", Configuration=configuration)
    [name] = [name for name in crawls.tables() if name != "clicks"]
    prefix, _, suffix = name.rpartition("_")
    assert (prefix, len(suffix)) == ("clicks", 32)
    partition = crawls.glue.get_partition(DatabaseName=crawls.database, TableName=name, PartitionValues=["1"])
    assert len(partition["Partition"]["StorageDescriptor"]["Columns"]) == 4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"Targets": {"JdbcTargets": [{"ConnectionName": "c"}]}}, "not JdbcTargets"),
        ({"Targets": {}}, "at least one target"),
        ({"Schedule": "cron(0 * * * ? *)"}, "StartCrawler only"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "can be only LOG"),
        ({"Configuration": "{"}, "not valid JSON"),
    ],
)
def test_what_cannot_be_crawled_is_refused(crawls: Crawls, settings: Any, words: str) -> None:
    targets = {"S3Targets": [{"Path": f"{crawls.place}/x/"}]}
    with pytest.raises(ClientError, match=words) as refused:
        crawls.glue.create_crawler(**{"Name": "refused", "Role": "r", "Targets": targets, **settings})
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"
