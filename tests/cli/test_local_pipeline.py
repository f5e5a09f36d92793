"""A pipeline of a file, from `local up` to `local down`: sent to, watched, made to misbehave, verified."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine

PIPELINE = """
name = "clicks"
entry = "kinesis:clicks"
[kinesis.clicks]
shards = 2
[lambda.mark]
code = "functions"
handler = "mark.handler"
[s3.lake]
[firehose.clicks]
from = "kinesis:clicks"
to = "s3:lake"
prefix = "clicks/!{timestamp:yyyy/MM/dd/HH}/"
buffer = "60s"
transform = "lambda:mark"
transform_buffer = "60s"
backup = { to = "s3:lake", prefix = "source/" }
"""

HANDLER = """
import base64, json

def handler(event, context):
    print(len(event["records"]), "records")
    return {"records": [marked(record) for record in event["records"]]}

def marked(record):
    value = json.loads(base64.b64decode(record["data"])) | {"marked": True}
    data = base64.b64encode(json.dumps(value).encode() + b"\\n").decode()
    return {"recordId": record["recordId"], "result": "Ok", "data": data}
"""


@pytest.fixture
def folder(tmp_path: Path, clickgen: CommandLine) -> Iterator[Path]:
    """The folder of a pipeline that is stopped at the end, whatever happened."""
    folder = tmp_path / "shop"
    (folder / "functions").mkdir(parents=True)
    (folder / "functions" / "mark.py").write_text(HANDLER)
    (folder / "pipeline.toml").write_text(PIPELINE)
    yield folder
    clickgen.run("local", "down", "clicks")


def stations(clickgen: CommandLine) -> dict[str, dict[str, object]]:
    document = clickgen.run("local", "status", "--json").json
    return {station["station"]: station for station in document["stations"]}


def test_from_up_to_down(folder: Path, clickgen: CommandLine) -> None:
    up = clickgen.run("local", "up", str(folder), "--speedup", "60", "--json")
    started = json.loads(up.out)
    assert (started["name"], started["entry"], started["started"]) == ("clicks", "kinesis:clicks", True)
    assert json.loads(clickgen.run("local", "up", str(folder), "--json").out)["pid"] == started["pid"]

    sent = clickgen.run("send", "--pipeline", str(folder), "--rate", "200", "--events", "300")
    assert sent.code == 0, sent.err
    named = re.search(r"next +clickgen (verify \w+)", sent.out + sent.err)
    assert named, sent.err
    verified = clickgen.run(*shlex.split(named[1]), "--json")
    assert verified.code == 0, verified.err
    document = json.loads(verified.out)
    places = [(station["name"], station["place"]) for station in document["stations"]]
    assert places == [
        ("kinesis:clicks", "kinesis"), ("source of firehose:clicks", "s3"), ("firehose:clicks", "s3"),
    ]  # fmt: skip
    seen = stations(clickgen)
    assert seen["kinesis:clicks"]["arrived"] == seen["firehose:clicks"]["left"] == 300
    assert "records" in clickgen.run("local", "logs", "mark").out
    table = clickgen.run("local", "status").out
    assert table.index("kinesis:clicks") < table.index("firehose:clicks")

    set_to = clickgen.run("local", "fault", "kinesis:clicks", "--fail-records", "100%", "--json").json
    assert set_to["faults"]["fail_records"] == 1
    refused = clickgen.run("send", "--pipeline", "clicks", "--rate", "50", "--events", "10", "--max-attempts", "2")
    assert "rejected 10" in refused.out
    assert stations(clickgen)["kinesis:clicks"]["faults"] == {"fail_records": 1.0}
    assert "no faults" in clickgen.run("local", "fault", "kinesis:clicks", "--clear").out

    down = clickgen.run("local", "down")
    assert down.code == 0
    gone = clickgen.run("local", "status")
    assert gone.code == ExitCode.USAGE
    assert "clickgen local up" in gone.err


@pytest.mark.walks
def test_what_was_held_at_a_kill_is_delivered_by_the_next_up(folder: Path, clickgen: CommandLine) -> None:
    started = json.loads(clickgen.run("local", "up", str(folder), "--json").out)
    assert clickgen.run("send", "--pipeline", "clicks", "--rate", "200", "--events", "100").code == 0
    os.kill(started["pid"], SIGKILL)
    assert "is not running" in clickgen.run("send", "--pipeline", "clicks", "--events", "1").err
    again = json.loads(clickgen.run("local", "up", str(folder), "--speedup", "60", "--json").out)
    assert again["pid"] != started["pid"]
    verified = clickgen.run("verify", "all", "delivery", "--pipeline", str(folder), "--json")
    for found in verified.json["stations"]:
        assert (found["delivered"], found["missing"], found["pending"]) == (100, 0, 0), verified.err
        # what a killed pipeline had read and not noted is read again: delivery is at least once
        copies = found["duplicates"]["unexplained"]
        assert found["verdict"] == ("anomalous" if copies else "verified"), verified.err


def test_the_faults_of_the_file_hold_from_the_first_record_on(folder: Path, clickgen: CommandLine) -> None:
    file = folder / "pipeline.toml"
    file.write_text(file.read_text().replace("shards = 2", "shards = 2\nfaults = { fail_records = 1.0 }"))
    assert clickgen.run("local", "up", str(folder)).code == 0
    refused = clickgen.run("send", "--pipeline", "clicks", "--rate", "50", "--events", "5", "--max-attempts", "1")
    assert "rejected 5" in refused.out
    assert stations(clickgen)["kinesis:clicks"]["arrived"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("local up nowhere", "there is no pipeline file nowhere"),
        ("local status", "no pipeline is running"),
        ("local logs mark", "no pipeline is running"),
        ("local crawl", "no pipeline is running"),
        ("local query --warehouse SELECT", "--warehouse is for a pipeline that has a Redshift and runs"),
        ("local fault firehose:clicks", "no fault is named"),
        ("local fault firehose:clicks --clear", "no pipeline is running"),
        ("local down shop", "the pipeline shop is not running"),
        ("send --pipeline shop --stream clicks", "--stream with --pipeline, which says where to send"),
        ("send --pipeline shop --events 1", "the pipeline shop is not running"),
    ],
)
def test_what_cannot_be_is_said(words: str, said: str, clickgen: CommandLine) -> None:
    done = clickgen.run(*words.split())
    assert (done.code, said in done.err) == (ExitCode.USAGE, True), done.err
