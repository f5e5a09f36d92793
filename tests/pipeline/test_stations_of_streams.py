"""A Firehose stream with all its processing, poisoned: what failed is named at that station."""

import json
import os
import signal
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pybase64
import pytest

from clickgen.model.event_id import ID_LENGTH
from tests.conftest import CommandLine, Said

HANDLER = """
import base64, json

def handler(event, context):
    answers = []
    for record in event["records"]:
        answer = {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}
        try:
            value = json.loads(base64.b64decode(record["data"]))
        except ValueError:
            answers.append(answer)
            continue
        text = json.dumps(value | {"seen": True}) + "\\n"
        answers.append(answer | {"result": "Ok", "data": base64.b64encode(text.encode()).decode()})
    return {"records": answers}
"""
LINES = """
import base64, re

def handler(event, context):
    answers = []
    for one in event["records"]:
        whole = re.search(rb'"[0-9a-f-]{36}"$', base64.b64decode(one["data"]).rstrip())
        answers.append(one | {"result": "Ok" if whole else "ProcessingFailed"})
    return {"records": answers}
"""
LOGGED = """
name = "mine"
[s3.lake]
[lambda.enrich]
code = "lambda"
handler = "enrich.handler"
[firehose.clicks]
to = "s3:lake"
prefix = "clicks/"
error_prefix = "errors/!{firehose:error-output-type}/"
buffer = "60s"
transform = "lambda:enrich"
transform_buffer = "1s"
"""
TABLE = """
CREATE EXTERNAL TABLE IF NOT EXISTS clicks (event_id string, event_time string, page string, price double)
STORED AS PARQUET LOCATION 's3://lake/clicks/';
"""
STREAM = """
name = "mine"
[s3.lake]
[lambda.enrich]
code = "lambda"
handler = "enrich.handler"
[glue.shop]
setup = ["tables.sql"]
[firehose.clicks]
to = "s3:lake"
error_prefix = "errors/!{firehose:error-output-type}/"
buffer_mb = 64
buffer = "60s"
transform = "lambda:enrich"
transform_buffer = "1s"
partition_by = "{event: .event_type}"
backup = { to = "s3:lake", prefix = "source/" }
"""
LOADED = """
name = "mine"
[s3.lake]
[lambda.enrich]
code = "lambda"
handler = "enrich.handler"
[redshift.warehouse]
setup = ["tables.sql"]
[firehose.clicks]
to = "redshift:warehouse"
buffer_mb = 1
buffer = "60s"
transform = "lambda:enrich"
transform_buffer = "1s"
staging = { to = "s3:lake", prefix = "staging/" }
"""
PLAIN = """
name = "mine"
[s3.lake]
[glue.shop]
setup = ["tables.sql"]
[firehose.clicks]
to = "s3:lake"
error_prefix = "errors/!{firehose:error-output-type}/"
buffer_mb = 64
buffer = "60s"
"""
CONVERTED_ONLY = 'prefix = "clicks/"\nconvert = { table = "shop.clicks" }\n'
PARTITIONED_ONLY = """
partition_by = "{event: .event_type}"
prefix = "clicks/event=!{partitionKeyFromQuery:event}/"
delimiter = true
"""
CONVERTED = 'prefix = "clicks/event=!{partitionKeyFromQuery:event}/"\nconvert = { table = "shop.clicks" }\n'
COMPRESSED = 'prefix = "!{partitionKeyFromQuery:event}/!{timestamp:HH}/"\ncompression = "GZIP"\n'
POISON = "faults = { poison = 0.01 }\n"
SOURCE = "source of firehose:clicks"
TORN = "Lambda.ProcessingFailedStatus"


class StartPipeline(Protocol):
    """Starts the pipeline of a text, with SQL for its tables; gives its folder."""

    def __call__(self, text: str, table: str = TABLE) -> str: ...


@pytest.fixture
def up(tmp_path: Path, clickgen: CommandLine) -> Iterator[StartPipeline]:
    """Starts a pipeline whose clocks run sixty times as fast."""
    folder = tmp_path / "mine"
    (folder / "lambda").mkdir(parents=True)
    (folder / "lambda" / "enrich.py").write_text(HANDLER)

    def start(text: str, table: str = TABLE) -> str:
        (folder / "pipeline.toml").write_text(text)
        (folder / "tables.sql").write_text(table)
        said = clickgen.run("local", "up", str(folder), "--speedup", "60")
        assert said.code == 0, said.err
        return str(folder)

    yield start
    clickgen.run("local", "down", "mine")


def send(clickgen: CommandLine, folder: str, *more: str, events: int = 2000) -> None:
    said = clickgen.run("send", "--pipeline", folder, "--events", str(events), "--rate", "max", *more)
    assert said.code == 0, said.err


def verify(clickgen: CommandLine, folder: str, *more: str) -> Said:
    return clickgen.run("verify", "all", "delivery", "--pipeline", folder, "--json", "--wait", "60s", *more)


def error_records(clickgen: CommandLine) -> list[dict[str, Any]]:
    errors = clickgen.home / "pipelines" / "mine" / "lake" / "lake" / "errors"
    files = [path for path in errors.rglob("*") if path.is_file()]
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


@pytest.mark.walks
def test_what_failed_is_named_at_its_station_and_again_after_the_next_start(
    up: StartPipeline, clickgen: CommandLine, tmp_path: Path
) -> None:
    folder = up(STREAM + CONVERTED + POISON)
    send(clickgen, folder)
    junit = tmp_path / "junit.xml"
    said = verify(clickgen, folder, "--junit", str(junit))
    assert said.code == 1
    torn = error_records(clickgen)
    failed = len(torn)
    assert 0 < failed < 100
    rows = {row["station"]: row for row in said.json["funnel"]}
    kinds = ("found", "lost", "failed", "damaged", "pending")
    assert [rows[SOURCE][kind] for kind in kinds] == [2000 - failed, 0, 0, failed, 0]
    assert [rows["firehose:clicks"][kind] for kind in kinds] == [2000 - failed, 0, failed, 0, 0]
    source, delivered = said.json["stations"]
    assert (source["delivered"], source["damaged"], source["truncated"]) == (2000 - failed, failed, failed)
    assert (delivered["delivered"], delivered["failed"], delivered["missing"]) == (2000 - failed, failed, 0)
    assert delivered["failed_codes"] == {TORN: failed}
    ids = {pybase64.b64decode(one["rawData"])[len('{"event_id":"') :][:ID_LENGTH].decode() for one in torn}
    assert {witness["id"] for witness in delivered["witnesses"]["failed"]} <= ids
    words = f"{failed} of 2,000 accepted events failed: {failed} at firehose:clicks ({TORN})"
    assert words in said.err
    cases = ET.parse(junit).iter("testcase")  # our own
    [broken] = [case for case in cases if "nothing_failed" in case.attrib["name"] and len(case)]
    assert broken.attrib["classname"] == "clickgen.firehose:clicks"
    assert TORN in str(broken[0].text)

    assert clickgen.run("local", "down", "mine").code == 0
    silent = verify(clickgen, folder)
    assert silent.code == 2
    assert f"start it: clickgen local up {folder}" in silent.err
    up(STREAM + CONVERTED + POISON)
    again = verify(clickgen, folder)
    assert (again.code, again.json["funnel"]) == (1, said.json["funnel"])


@pytest.mark.walks
@pytest.mark.parametrize(
    ("how", "error_type", "code"),
    [
        (CONVERTED_ONLY, "format-conversion-failed", "DataFormatConversion.ParseError"),
        (PARTITIONED_ONLY, "processing-failed", "DynamicPartitioning.MetadataExtractionFailed"),
    ],
)
def test_what_cannot_be_converted_or_partitioned_is_named_by_its_code(
    up: StartPipeline, clickgen: CommandLine, how: str, error_type: str, code: str
) -> None:
    folder = up(PLAIN + how + "faults = { poison = 0.1 }\n")
    send(clickgen, folder, events=300)
    said = verify(clickgen, folder)
    torn = error_records(clickgen)
    errors = clickgen.home / "pipelines" / "mine" / "lake" / "lake" / "errors"
    assert [path.name for path in errors.iterdir()] == [error_type]
    [station], [step] = said.json["stations"], said.json["funnel"]
    assert 10 < len(torn) < 60
    assert (said.code, step["found"], step["failed"], step["lost"]) == (1, 300 - len(torn), len(torn), 0)
    assert station["failed_codes"] == {code: len(torn)}


def test_records_cut_before_their_id_are_known_by_what_is_left_of_them(
    up: StartPipeline, clickgen: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "mine" / "lambda" / "enrich.py").write_text(LINES)
    folder = up(LOGGED + POISON.replace("0.01", "0.1"))
    send(clickgen, folder, "--schema", "combined", events=300)
    said = verify(clickgen, folder)
    torn = error_records(clickgen)
    assert 10 < len(torn) < 60
    assert not any(b'"6b' in pybase64.b64decode(one["rawData"]) for one in torn)  # where the id of a line is
    [station], [step] = said.json["stations"], said.json["funnel"]
    assert (said.code, step["found"], step["failed"], step["lost"]) == (1, 300 - len(torn), len(torn), 0)
    assert (station["missing"], station["foreign"]) == (0, 0)
    assert station["failed_codes"] == {TORN: len(torn)}
    assert station["witnesses"]["failed"][0]["detail"] == TORN


@pytest.mark.walks
def test_a_backup_below_a_prefix_that_begins_with_a_partition_is_not_taken_for_copies(
    up: StartPipeline, clickgen: CommandLine
) -> None:
    folder = up(STREAM + COMPRESSED)
    send(clickgen, folder, "--malformed", "1%")
    said = verify(clickgen, folder)
    assert said.code == 0, said.err
    source, delivered = said.json["stations"]
    assert source["delivered"] == 2000
    assert delivered["failed"] == len(error_records(clickgen)) > 0
    assert delivered["delivered"] + delivered["failed"] + delivered["dropped"] == 2000
    assert delivered["duplicates"] == {"explained": 0, "unexplained": 0}
    assert "not kept" in said.err


@pytest.mark.walks
def test_what_failed_before_a_warehouse_is_named_at_its_table(up: StartPipeline, clickgen: CommandLine) -> None:
    folder = up(LOADED + POISON, "CREATE TABLE IF NOT EXISTS clicks (event_id varchar(64), page varchar(2000));")
    send(clickgen, folder)
    said = verify(clickgen, folder)
    [row] = said.json["funnel"]
    assert (said.code, row["station"], row["lost"], row["pending"]) == (1, "firehose:clicks", 0, 0)
    assert row["found"] + row["failed"] == 2000
    assert said.json["stations"][0]["failed_codes"] == {TORN: row["failed"]}


@pytest.mark.slow
def test_what_failed_of_a_hundred_thousand_is_named_over_a_kill(up: StartPipeline, clickgen: CommandLine) -> None:
    text = STREAM + CONVERTED + POISON
    folder = up(text)
    sending = clickgen.start("send", "--pipeline", folder, "--events", "100000", "--rate", "10000")
    time.sleep(5)
    running = clickgen.home / "pipelines" / "mine" / "running.json"
    state = json.loads(running.read_text())
    os.kill(state["pid"], signal.SIGKILL)
    port = state["endpoint_url"].rpartition(":")[2]
    restarted = clickgen.run("local", "up", folder, "--speedup", "60", "--port", port)
    assert restarted.code == 0, restarted.err
    sending.communicate(timeout=120)
    said = verify(clickgen, folder)
    row = said.json["funnel"][-1]
    assert (said.code, row["lost"], row["pending"]) == (1, 0, 0)
    assert row["found"] + row["failed"] == said.json["accepted"] == 100_000
    torn = {one["rawData"] for one in error_records(clickgen)}
    assert row["failed"] == len(torn)
