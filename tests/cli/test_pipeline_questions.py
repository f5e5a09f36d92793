"""What is asked of a pipeline by its name alone: queries, expected answers and totals, here and deployed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clickgen.cli.app import App
from clickgen.cli.located_pipeline import NamesSource
from clickgen.cli.pipeline_tables import station_in_pipeline
from clickgen.model.errors import ExitCode, UsageProblem
from clickgen.verify.landings.station import (
    AthenaStation,
    DynamoDbStation,
    KinesisStation,
    OnAws,
    ParquetStation,
    RedshiftStation,
)
from tests.conftest import CommandLine

RUNNING = """
name = "asked"
entry = "firehose:clicks"
[firehose.clicks]
to = "s3:lake"
prefix = "clicks/"
buffer = "60s"
[s3.lake]
[glue.web]
[crawler.clicks]
path = "s3:lake/clicks/"
database = "glue:web"
"""
HITS = "SELECT device, count(*) AS hits FROM clicks GROUP BY device ORDER BY device"


@pytest.fixture
def folder(tmp_path: Path, clickgen: CommandLine) -> Iterator[Path]:
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "pipeline.toml").write_text(RUNNING)
    (folder / "hits.sql").write_text(HITS)
    yield folder
    clickgen.run("local", "down", "asked")


def test_a_query_answers_what_is_expected_without_a_step_between(folder: Path, clickgen: CommandLine) -> None:
    there = ["--pipeline", str(folder)]
    assert clickgen.run("local", "up", str(folder), "--speedup", "60").code == 0
    sent = ["--rate", "max", "--events", "200", "--lanes", "1", "--seed", "1"]
    assert clickgen.run("send", *there, *sent).code == 0
    assert clickgen.run("verify", "all", "delivery", *there).code == 0
    asked = clickgen.run("local", "query", *there, str(folder / "hits.sql"), "--format", "csv")
    by_device = dict(line.split(",") for line in asked.out.splitlines()[1:])

    elsewhere = clickgen.run("send", "--to", f"file:{folder / 'x.jsonl'}", "--rate", "max", "--events", "5")
    assert elsewhere.code == 0
    expected = clickgen.run("expect", *there, "--by", "device", "--json").json
    assert expected["accepted"] == 200  # of the latest run that was sent there
    assert {row["device"]: str(row["hits"]) for row in expected["rows"]} == by_device
    query = clickgen.run("expect", *there, "--by", "device", "--sql").out
    assert 'FROM "web"."clicks"' in query
    run = expected["run"]
    counted = clickgen.run("verify", "athena", "totals", run, *there, "--by", "device", "--json")
    assert counted.code == 0, counted.err
    assert counted.json["verdict"] == "counted"


def test_a_column_that_no_event_had_is_counted_as_empty(folder: Path, clickgen: CommandLine) -> None:
    there = ["--pipeline", str(folder)]
    assert clickgen.run("local", "up", str(folder), "--speedup", "60").code == 0
    # so few events have no order, so that the crawler finds no column for it
    assert clickgen.run("send", *there, "--rate", "max", "--events", "20", "--lanes", "1", "--seed", "3").code == 0
    assert clickgen.run("verify", "all", "delivery", *there).code == 0
    assert "order_id" not in clickgen.run("local", "query", *there, "DESCRIBE clicks").out
    counted = clickgen.run("verify", "athena", "totals", *there, "--json")
    assert counted.code == 0, counted.err
    assert (counted.json["verdict"], counted.json["measures"][-2:]) == ("counted", ["orders", "revenue"])
    assert "web.clicks has no column order_id" in counted.err
    elsewhere = clickgen.run("verify", "athena", "totals", *there, "--table", "web.nothing")
    assert (elsewhere.code, "TABLE_NOT_FOUND" in elsewhere.err) == (ExitCode.USAGE, True), elsewhere.err


def test_expect_says_what_was_never_sent_there(folder: Path, clickgen: CommandLine) -> None:
    assert clickgen.run("send", "--to", f"file:{folder / 'x.jsonl'}", "--rate", "max", "--events", "5").code == 0
    said = clickgen.run("expect", "--pipeline", str(folder))
    assert (said.code, "was sent to firehose:clicks" in said.err) == (ExitCode.USAGE, True), said.err


DEPLOYED = """
entry = "dynamodb:orders"
[dynamodb.orders]
key = "id"
stream = "NEW_IMAGE"
[dynamodb.counts]
key = "id"
verify = false
[lambda.copy]
code = "."
handler = "copy.handler"
on = [{ source = "dynamodb:orders" }]
environment = { TO = "firehose:rows", COLUMNS = "firehose:columns" }
[firehose.rows]
to = "redshift:warehouse"
table = "sales.rows"
[redshift.warehouse]
database = "shop"
[firehose.columns]
to = "s3:lake"
convert = { table = "web.rows" }
[s3.lake]
[glue.web]
[glue.found]
[crawler.found]
path = "s3:lake/"
database = "glue:found"
"""
NAMES = {
    "dynamodb_orders": "acme-orders",
    "dynamodb_counts": "acme-counts",
    "redshift_warehouse": "acme-wh",
    "firehose_rows": "acme-rows",
    "firehose_again": "acme-again",
    "firehose_columns": "acme-columns",
    "s3_lake": "acme-lake",
    "glue_web": "acme_web",
    "glue_found": "acme_found",
    "region": "eu-west-1",
    "athena_workgroup": "acme-asks",
}


def station(
    tmp_path: Path, kind: type[OnAws], more: str = "", **given: Any
) -> dict[str, Any]:  # as the command would make it
    (tmp_path / "copy.py").write_text("")
    (tmp_path / "pipeline.toml").write_text(DEPLOYED + more)
    saved = tmp_path / "outputs.json"
    saved.write_text(json.dumps({name: {"value": value, "sensitive": False} for name, value in NAMES.items()}))
    options = {name: None for name in kind.model_fields if name not in {"place", "name", "content"}} | given
    rules = ("added", "dropped", "renamed", "loose_types", "query_timeout")
    options = {name: value for name, value in options.items() if name not in rules}
    return station_in_pipeline(kind, options, App(), str(tmp_path), NamesSource(saved)).model_dump()


def test_what_the_options_leave_open_the_pipeline_says(tmp_path: Path) -> None:
    redshift = station(tmp_path, RedshiftStation)
    assert (redshift["workgroup"], redshift["database"], redshift["table"]) == ("acme-wh", "shop", "sales.rows")
    assert redshift["region"] == "eu-west-1"
    athena = station(tmp_path, AthenaStation)
    assert (athena["table"], athena["workgroup"], athena["output"]) == ("acme_web.rows", "acme-asks", None)
    assert station(tmp_path, DynamoDbStation)["table"] == "acme-orders"
    assert station(tmp_path, ParquetStation)["stream"] == "acme-columns"


def test_an_option_goes_before_what_the_pipeline_says(tmp_path: Path) -> None:
    assert station(tmp_path, AthenaStation, table="glue:found.lake")["table"] == "acme_found.lake"
    assert station(tmp_path, AthenaStation, table="other.rows", workgroup="mine")["workgroup"] == "mine"
    assert station(tmp_path, DynamoDbStation, table="dynamodb:counts")["table"] == "acme-counts"
    direct = station(tmp_path, RedshiftStation, dsn="postgresql://me@host/dev")
    assert (direct["dsn"], direct["workgroup"], direct["table"]) == (
        "postgresql://me@host/dev",
        None,
        "sales.rows",
    )


def test_a_place_that_is_not_there_or_not_the_only_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="has no place of the kind kinesis"):
        station(tmp_path, KinesisStation)
    more = '[firehose.again]\nto = "redshift:warehouse"\ntable = "again"\n[lambda.more]\ncode = "."\n'
    more += 'handler = "copy.handler"\non = [{ source = "dynamodb:orders" }]\n'
    more += 'environment = { TO = "firehose:again" }\n'
    with pytest.raises(UsageProblem, match=r"several places of the kind redshift: again, sales\.rows"):
        station(tmp_path, RedshiftStation, more)
    assert station(tmp_path, RedshiftStation, more, table="again")["workgroup"] == "acme-wh"
    with pytest.raises(UsageProblem, match=r'--table: there is no "glue:foud\.lake"; did you mean "glue:found"'):
        station(tmp_path, AthenaStation, table="glue:foud.lake")
