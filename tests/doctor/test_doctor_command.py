"""`clickgen doctor` on an embedded pipeline: each thing that can be wrong is planted, and told at its station."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CREDENTIALS, CommandLine, Said

PIPELINE = """
name = "sale"
[traffic]
schema = "order"
[dynamodb.orders]
key = "clickgen_id"
stream = "NEW_IMAGE"
[pipe.orders]
from = "dynamodb:orders"
to = "kinesis:orders"
partition_key = "$.dynamodb.Keys.clickgen_id.S"
[kinesis.orders]
shards = 1
[firehose.orders]
from = "kinesis:orders"
to = "s3:lake"
prefix = "orders/"
error_prefix = "errors/!{firehose:error-output-type}/"
buffer = "60s"
transform = "lambda:flatten"
transform_buffer = "10s"
[lambda.flatten]
code = "functions"
handler = "flatten.handler"
[lambda.watch]
code = "functions"
handler = "flatten.watch"
on = [{ source = "dynamodb:orders" }]
[s3.lake]
[glue.shop]
[crawler.orders]
path = "s3:lake/orders/"
database = "glue:shop"
"""

HANDLER = """
import base64, json, os

def handler(event, context):
    return {"records": [flattened(record) for record in event["records"]]}

def flattened(record):
    image = json.loads(base64.b64decode(record["data"]))["dynamodb"]["NewImage"]
    order = {name: next(iter(value.values())) for name, value in image.items()}
    failed = os.environ.get("FAIL") == "some" and order["clickgen_id"][-1] in "0123"
    end = "" if os.environ.get("END") == "none" else "\\n"
    data = base64.b64encode((json.dumps(order) + end).encode()).decode()
    return {"recordId": record["recordId"], "result": "ProcessingFailed" if failed else "Ok", "data": data}

def watch(event, context):
    pass
"""


class Patient:
    """A pipeline that runs, is fed, and is looked at."""

    def __init__(self, folder: Path, clickgen: CommandLine, endpoint: str) -> None:
        self.folder, self._clickgen, self._endpoint = str(folder), clickgen, endpoint

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}
        return make(service, endpoint_url=self._endpoint, **keys)

    def run(self, *words: str) -> Said:
        return self._clickgen.run(*words, "--pipeline", self.folder)

    def send(self, events: int) -> None:
        sent = self.run("send", "--rate", "200", "--events", str(events))
        assert sent.code == 0, sent.err

    def problems(self, *options: str) -> dict[str, str]:
        """What is wrong, by station; the exit code has to agree."""
        said = self.run("doctor", "--json", *options)
        found = [one for one in said.json["findings"] if one["severity"] == "problem"]
        assert said.code == (ExitCode.LOST if found else ExitCode.OK), said.err
        assert all(one["next"] for one in found)
        told: dict[str, str] = {}
        for one in found:
            told[one["station"]] = (
                f"{told[one['station']]}; {one['what']}" if one["station"] in told else one["what"]
            )
        return told


@pytest.fixture
def patient(tmp_path: Path, clickgen: CommandLine) -> Iterator[Patient]:
    folder = tmp_path / "sale"
    (folder / "functions").mkdir(parents=True)
    (folder / "functions" / "flatten.py").write_text(HANDLER)
    (folder / "pipeline.toml").write_text(PIPELINE)
    up = clickgen.run("local", "up", str(folder), "--speedup", "60", "--json")
    assert up.code == 0, up.err
    yield Patient(folder, clickgen, up.json["endpoint_url"])
    clickgen.run("local", "down", "sale")


@pytest.mark.walks
def test_what_is_planted_is_told_at_its_station(patient: Patient) -> None:
    assert patient.problems() == {
        "crawler:orders": "it has never run: the catalogue knows nothing of what landed",
    }  # fmt: skip
    patient.send(60)
    assert patient.run("verify", "all", "delivery").code == 0
    assert patient.run("local", "crawl").code == 0
    assert patient.problems() == {}

    pipes = patient.client("pipes")
    pipes.stop_pipe(Name="orders")
    assert "nothing goes on from its source" in patient.problems()["pipe:orders"]
    pipes.start_pipe(Name="orders")

    functions = patient.client("lambda")
    mapping = functions.list_event_source_mappings(FunctionName="watch")["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    assert "nothing calls it" in patient.problems()["lambda:watch"]
    functions.delete_event_source_mapping(UUID=mapping)
    assert "there is no event source mapping" in patient.problems()["lambda:watch"]

    glue = patient.client("glue")
    table = glue.get_table(DatabaseName="shop", Name="orders")["Table"]
    columns = table["StorageDescriptor"]["Columns"]
    column = next(one for one in columns if one["Name"] == "orderid")
    column["Type"] = "array<string>"
    kept = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
    glue.update_table(DatabaseName="shop", TableInput={key: table[key] for key in kept if key in table})
    assert "type orderid: the table says array<string>, files have string" in patient.problems()["glue:shop"]

    patient.run("local", "fault", "kinesis:orders", "--fail-records", "5%")
    assert "a fault is planted here: fail-records 0.05" in patient.problems()["kinesis:orders"]


@pytest.mark.walks
def test_a_function_that_fails_on_some_events_is_told_by_both(patient: Patient) -> None:
    functions = patient.client("lambda")
    functions.update_function_configuration(FunctionName="flatten", Environment={"Variables": {"FAIL": "some"}})
    patient.send(100)
    verified = patient.run("verify", "all", "delivery", "--json")
    assert verified.code == ExitCode.LOST
    lost = {row["station"]: row["failed"] for row in verified.json["funnel"]}
    assert lost["firehose:orders"] > 0
    assert (lost["dynamodb:orders"], lost["kinesis:orders"]) == (0, 0)
    told = patient.problems()
    assert "hold records that its function failed on, the latest of " in told["firehose:orders"]

    functions.update_function_configuration(FunctionName="flatten", Environment={"Variables": {"END": "none"}})
    patient.send(100)
    patient.run("verify", "all", "delivery")
    lines = patient.run("doctor").out
    assert "records follow each other without a line break" in lines.replace("\n         ", " ")
    assert max(map(len, lines.splitlines())) <= 80


def test_what_is_wished_for_is_compared_with_what_is_there(patient: Patient) -> None:
    patient.client("glue").delete_crawler(Name="orders")
    told = patient.problems("--rate", "3000", "--event-bytes", "500", "--latency", "30s")
    assert "3,000/s of 500 B need 3 shards, and it has 1" in told["kinesis:orders"]
    assert "an event waits up to 70 s in its buffers, and is wished for within 30 s" in told["firehose:orders"]
    assert "an event may wait 72 s on its way" in told["pipeline"]
    assert told["crawler:orders"] == "there is no crawler orders"
    small = patient.run("doctor", "--rate", "5", "--json").json["findings"]
    assert any("small files" in one["what"] for one in small if one["severity"] == "warning")

    table = patient.client("dynamodb")
    table.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    assert "it has no stream" in patient.problems()["dynamodb:orders"]
    keys_only = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    table.update_table(TableName="orders", StreamSpecification=keys_only)
    assert "its stream shows KEYS_ONLY" in patient.problems()["dynamodb:orders"]


def test_one_stream_is_looked_at_with_what_it_uses(patient: Patient, clickgen: CommandLine) -> None:
    endpoint = patient.client("firehose").meta.endpoint_url
    there = ["--endpoint-url", endpoint, "--json"]
    said = clickgen.run("doctor", "--stream", "orders", *there, env=CREDENTIALS)
    assert said.code == 0, said.err
    assert {one["station"] for one in said.json["findings"]} == {
        "account", "firehose:orders", "lambda:flatten", "s3:lake",
    }  # fmt: skip
    absent = clickgen.run("doctor", "--stream", "clicks", *there, env=CREDENTIALS)
    assert absent.code == ExitCode.LOST
    assert absent.json["findings"][0]["what"] == "there is no Firehose stream clicks"


def test_services_that_cannot_be_reached_are_no_finding(clickgen: CommandLine) -> None:
    nowhere = ["--endpoint-url", "http://127.0.0.1:1"]
    said = clickgen.run("doctor", "--stream", "clicks", *nowhere, env=CREDENTIALS)
    assert (said.code, "cannot be reached" in said.err) == (ExitCode.ENVIRONMENT, True), said.err


def test_names_that_outputs_lack_are_said_before_anything_is_looked_at(
    tmp_path: Path, clickgen: CommandLine
) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "flatten.py").write_text(HANDLER)
    (tmp_path / "pipeline.toml").write_text(PIPELINE)
    saved = tmp_path / "outputs.json"
    saved.write_text(json.dumps({"kinesis_orders": {"value": "acme", "sensitive": False}}))
    said = clickgen.run("doctor", "--pipeline", str(tmp_path), "--from-terraform", str(saved))
    assert said.code == ExitCode.ENVIRONMENT
    assert "crawler:orders   needs the output crawler_orders" in said.err
