"""`clickgen cost --pipeline`: each station of a file priced, and what cannot be known said and never zero."""

import json
from pathlib import Path
from typing import Any

import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine

PIPELINE = """
name = "all"
[dynamodb.orders]
key = "id"
stream = "NEW_IMAGE"
[pipe.orders]
from = "dynamodb:orders"
to = "kinesis:orders"
batch_size = 100
window = "60s"
[kinesis.orders]
shards = 3
[firehose.orders]
from = "kinesis:orders"
to = "redshift:warehouse"
buffer = "60s"
buffer_mb = 100
transform = "lambda:flatten"
transform_buffer = "60s"
transform_buffer_mb = 3
staging = { to = "s3:stage" }
[dynamodb.counts]
key = "page"
verify = false
[lambda.flatten]
code = "lambda"
handler = "flatten.handler"
[lambda.copy]
code = "lambda"
handler = "flatten.handler"
on = [{ source = "s3:lake" }]
[s3.stage]
[s3.lake]
[s3.processed]
[redshift.warehouse]
[glue.web]
[crawler.web]
path = "s3:lake/"
database = "glue:web"
[kinesis.raw]
[firehose.raw]
from = "kinesis:raw"
to = "s3:lake"
buffer = "60s"
buffer_mb = 128
convert = { table = "web.clicks" }
"""
TRAFFIC = ["--rate", "100", "--duration", "1h", "--event-bytes", "1000"]  # 360,000 events, 60 buffers of a minute


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lambda").mkdir()
    (tmp_path / "lambda" / "flatten.py").write_text("def handler(event, context): ...")
    (tmp_path / "pipeline.toml").write_text('entry = "dynamodb:orders"\n' + PIPELINE)
    return tmp_path


def rows(document: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["station"], row["item"]): row for row in document["rows"]}


def test_each_station_has_its_quantities(folder: Path, clickgen: CommandLine) -> None:
    said = clickgen.run("cost", "--pipeline", str(folder), *TRAFFIC, "--lambda-gb-seconds", "0.5", "--json")
    assert said.code == 0, said.err
    found = rows(said.json)
    quantities = {key: row["quantity"] for key, row in found.items() if row["usd"] is not None}
    assert quantities[("dynamodb:orders", "writes")] == 360_000
    assert quantities[("pipe:orders", "requests")] == 5494  # 360 MB in units of 64 KB are more than 3,600 batches
    assert quantities[("kinesis:orders", "shards")] == 3
    assert quantities[("kinesis:raw", "stream")] == 1
    assert quantities[("kinesis:raw", "read")] == pytest.approx(360e6 / 2**30)
    assert quantities[("firehose:orders", "ingestion")] == pytest.approx(360_000 * 5120 / 2**30)
    assert quantities[("firehose:raw", "format conversion")] == quantities[("firehose:raw", "ingestion")]
    assert quantities[("lambda:flatten", "Lambda requests")] == 115  # of 3 MiB, which fill before a minute is over
    assert quantities[("lambda:flatten", "Lambda run time")] == 57.5
    assert quantities[("lambda:copy", "requests")] == 60
    assert quantities[("s3:stage", "S3 GET")] == quantities[("s3:lake", "S3 GET")] == 60
    priced = [row["usd"] for row in found.values() if row["usd"] is not None]
    assert all(usd > 0 for usd in priced)
    assert said.json["total_usd"] == pytest.approx(sum(priced))
    assert said.json["usd_per_million_events"] == pytest.approx(said.json["total_usd"] / 0.36)
    assert all(row["basis"] for row in found.values())


def test_what_is_not_known_is_said_and_is_not_zero(folder: Path, clickgen: CommandLine) -> None:
    document = clickgen.run("cost", "--pipeline", str(folder), "--json").json
    assert (document["events"], document["rate"]) == (1_000_000, 500)
    unknown = {key for key, row in rows(document).items() if row["usd"] is None}
    assert unknown == {
        ("pipe:orders", "stream reads"),
        ("lambda:flatten", "run time"),
        ("lambda:copy", "run time"),
        ("s3:processed", "requests and storage"),
        ("s3:lake", "queries"),
        ("crawler:web", "runs"),
        ("dynamodb:counts", "writes"),
        ("dynamodb:counts", "storage"),
        ("redshift:warehouse", "compute"),
        ("redshift:warehouse", "storage"),
    }
    assert sorted(document["not_in_total"]) == sorted(" ".join(key) for key in unknown)
    table = clickgen.run("cost", "--pipeline", str(folder), "--explain").out
    assert table.count("not known") >= len(unknown)
    assert "$0.375 an RPU-hour" in table
    assert "for a million events" in table
    assert max(map(len, table.splitlines())) <= 80
    assert all(line == line.rstrip() for line in table.splitlines())


def test_prices_that_a_file_leaves_out_are_not_known(folder: Path, clickgen: CommandLine) -> None:
    shipped = json.loads((Path(__file__).parents[2] / "clickgen" / "cost" / "prices.json").read_text())
    for service in ("eventbridge_pipes", "glue", "redshift_serverless"):
        del shipped[service]
    (folder / "prices.json").write_text(json.dumps(shipped))
    said = clickgen.run("cost", "--pipeline", str(folder), "--prices", str(folder / "prices.json"), "--json")
    found = rows(said.json)
    for station, item in (("pipe:orders", "requests"), ("crawler:web", "runs"), ("redshift:warehouse", "compute")):
        assert found[(station, item)]["usd"] is None
        assert "its price is not in the file of prices" in found[(station, item)]["basis"]


def test_a_deployed_pipeline_is_where_its_outputs_say(folder: Path, clickgen: CommandLine) -> None:
    saved = folder / "outputs.json"
    saved.write_text(json.dumps({"region": {"sensitive": False, "type": "string", "value": "eu-west-1"}}))
    said = clickgen.run("cost", "--pipeline", str(folder), "--from-terraform", str(saved), "--json")
    assert said.json["region"] == "eu-west-1"
    assert "eu-west-1 may be dearer" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--pipeline {} --kinesis on-demand --pack", "--pack and --kinesis with --pipeline, whose file says it"),
        ("--pipeline {} --partitions 10", "--partitions is about dynamic partitioning, which all does not have"),
        ("--rate 5 --from-terraform {}", "--from-terraform without --pipeline"),
        ("--pipeline {}/nowhere.toml", "there is no pipeline file"),
    ],
)
def test_what_cannot_be_is_said(words: str, said: str, folder: Path, clickgen: CommandLine) -> None:
    done = clickgen.run("cost", *words.format(folder).split())
    assert (done.code, said in done.err) == (ExitCode.USAGE, True), done.err
