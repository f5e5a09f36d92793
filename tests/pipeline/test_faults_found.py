"""A fault planted at each kind of station is found by `verify all delivery` there, and gone when it is lifted."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clickgen.pipeline.running import find_running
from tests.conftest import CommandLine, Said

HANDLER = """
def handler(event, context):
    kept = [{"recordId": one["recordId"], "result": "Ok", "data": one["data"]} for one in event["records"]]
    return {"records": kept}
"""
CHAIN = """
name = "mine"
[s3.lake]
[lambda.pass]
code = "lambda"
handler = "app.handler"
[dynamodb.orders]
key = "event_id"
stream = "NEW_IMAGE"
[kinesis.bus]
shards = 1
[pipe.move]
from = "dynamodb:orders"
to = "kinesis:bus"
partition_key = "$.dynamodb.Keys.event_id.S"
batch_size = 20
[firehose.clicks]
from = "kinesis:bus"
to = "s3:lake"
prefix = "clicks/"
buffer = "60s"
transform = "lambda:pass"
transform_buffer = "1s"
[glue.shop]
[crawler.finds]
path = "s3:lake/clicks/"
database = "glue:shop"
"""
WAREHOUSE = """
name = "mine"
[s3.lake]
[redshift.warehouse]
setup = ["tables.sql"]
[firehose.clicks]
to = "redshift:warehouse"
buffer_mb = 1
buffer = "60s"
copy_retry = "1s"
staging = { to = "s3:lake", prefix = "staging/" }
"""


class Pipeline:
    """A running pipeline whose clocks run sixty times as fast, and its command line."""

    def __init__(self, clickgen: CommandLine, folder: Path) -> None:
        self._clickgen = clickgen
        self._folder = str(folder)

    def run(self, *arguments: str, code: int = 0) -> Said:
        said = self._clickgen.run(*arguments)
        assert said.code == code, (said.out, said.err)
        return said

    def fault(self, station: str, **faults: Any) -> None:
        """None lift all that were planted there."""
        find_running(self._clickgen.home, "mine").set_faults(station, faults)

    def send(self, events: int = 300) -> None:
        self.run("send", "--pipeline", self._folder, "--events", str(events), "--rate", "max")

    def verify(self, code: int, wait: str = "20s") -> Any:
        return self.run(
            "verify", "all", "delivery", "--pipeline", self._folder, "--json", "--wait", wait, code=code
        ).json

    def client(self, service: str) -> Any:
        return find_running(self._clickgen.home, "mine").client(service)


@pytest.fixture
def up(tmp_path: Path, clickgen: CommandLine) -> Iterator[Any]:
    folder = tmp_path / "mine"
    (folder / "lambda").mkdir(parents=True)
    (folder / "lambda" / "app.py").write_text(HANDLER)
    (folder / "tables.sql").write_text(
        "CREATE TABLE IF NOT EXISTS clicks (event_id varchar(64), page varchar(2000));"
    )

    def start(text: str) -> Pipeline:
        (folder / "pipeline.toml").write_text(text)
        said = clickgen.run("local", "up", str(folder), "--speedup", "60")
        assert said.code == 0, said.err
        return Pipeline(clickgen, folder)

    yield start
    clickgen.run("local", "down", "mine")


def steps(verified: Any) -> dict[str, Any]:
    return {step["station"]: step for step in verified["funnel"]}


def trouble_at(verified: Any, station: str) -> str:
    [what] = [one["what"] for one in verified["troubles"] if one["station"] == station]
    return str(what)


def test_faults_are_named_at_their_stations_and_lifted(up: Any) -> None:
    pipeline = up(CHAIN)
    pipeline.run("local", "fault", "dynamodb:orders", "--poison", "10%")
    pipeline.fault("s3:lake", pause=True)
    pipeline.send()
    found = pipeline.verify(1, wait="1s")
    assert 0 < steps(found)["dynamodb:orders"]["damaged"] < 100
    assert steps(found)["firehose:clicks"]["pending"] == 300
    assert [one["station"] for one in found["troubles"]] == ["dynamodb:orders", "firehose:clicks", "s3:lake"]
    assert "misbehaves as requested: pause" in trouble_at(found, "s3:lake")
    assert "SlowDown" in trouble_at(found, "firehose:clicks")
    pipeline.fault("s3:lake")
    assert steps(pipeline.verify(1))["firehose:clicks"]["found"] == 300


@pytest.mark.slow
def test_what_is_damaged_is_found_where_poison_is_planted(up: Any) -> None:
    pipeline = up(CHAIN)
    for station, seen_at in (
        ("dynamodb:orders", "dynamodb:orders"),
        ("pipe:move", "kinesis:bus"),
        ("kinesis:bus", "kinesis:bus"),
        ("s3:lake", "firehose:clicks"),
    ):
        pipeline.fault(station, poison=1.0 if station == "s3:lake" else 0.1)
        pipeline.send()
        found = pipeline.verify(1)
        damaged = {name: step["damaged"] for name, step in steps(found).items() if step["damaged"]}
        assert list(damaged) == [seen_at]
        assert sum(step["lost"] + step["failed"] for step in found["funnel"]) == 0
        assert "misbehaves as requested: poison" in trouble_at(found, station)
        pipeline.fault(station)
    pipeline.send()
    assert pipeline.verify(0)["troubles"] == []


@pytest.mark.slow
def test_what_stands_still_is_pending_behind_it_and_arrives_when_it_goes_on(up: Any) -> None:
    pipeline = up(CHAIN)
    for station, seen_at in (
        ("pipe:move", "kinesis:bus"),
        ("kinesis:bus", "kinesis:bus"),
        ("s3:lake", "firehose:clicks"),
        ("firehose:clicks", "firehose:clicks"),
        ("lambda:pass", "firehose:clicks"),
    ):
        pipeline.fault(station, pause=True)
        pipeline.send()
        found = pipeline.verify(4, wait="1s")
        pending = {name: step["pending"] for name, step in steps(found).items() if step["pending"]}
        assert pending == {seen_at: 300}, station
        assert "misbehaves as requested: pause" in trouble_at(found, station)
        pipeline.fault(station)
        assert pipeline.verify(0)["troubles"] == []


@pytest.mark.slow
def test_a_stopped_pipe_a_failing_function_and_a_failed_crawler_are_named(up: Any) -> None:
    pipeline = up(CHAIN)
    pipes = pipeline.client("pipes")
    pipes.stop_pipe(Name="move")
    pipeline.send()
    found = pipeline.verify(4, wait="1s")
    assert steps(found)["kinesis:bus"]["pending"] == 300
    assert trouble_at(found, "pipe:move") == "is STOPPED"
    pipes.start_pipe(Name="move")
    assert pipeline.verify(0)["troubles"] == []

    pipeline.fault("lambda:pass", lambda_error=1.0)
    pipeline.send()
    found = pipeline.verify(1)
    assert steps(found)["firehose:clicks"]["failed"] == 300
    assert found["stations"][-1]["failed_codes"] == {"Lambda.FunctionError": 300}
    assert "misbehaves as requested: lambda-error 1" in trouble_at(found, "lambda:pass")
    pipeline.fault("lambda:pass")

    pipeline.fault("crawler:finds", fail_calls=1.0)
    pipeline.send()
    glue = pipeline.client("glue")
    for what in ("misbehaves as requested: fail-calls 1; 1 failed, last error: Internal Service Exception", ""):
        glue.start_crawler(Name="finds")
        while glue.get_crawler(Name="finds")["Crawler"]["State"] != "READY":
            time.sleep(0.05)
        found = pipeline.verify(0)
        assert [one["what"] for one in found["troubles"]] == ([what] if what else [])
        pipeline.fault("crawler:finds")


@pytest.mark.walks
def test_a_warehouse_that_is_down_is_not_looked_at_and_one_that_refuses_a_copy_has_failed(up: Any) -> None:
    pytest.importorskip("duckdb")
    pipeline = up(WAREHOUSE)
    pipeline.fault("redshift:warehouse", pause=True)
    pipeline.send()
    found = pipeline.verify(3)
    assert (found["verdict"], found["funnel"]) == ("incomplete", [])
    assert "The workgroup warehouse is not available" in found["stations"][0]["problem"]
    assert "misbehaves as requested: pause" in trouble_at(found, "redshift:warehouse")
    pipeline.fault("redshift:warehouse")
    pipeline.verify(0)

    data = pipeline.client("redshift-data")
    narrow = "ALTER TABLE clicks RENAME TO wide; CREATE TABLE clicks (event_id varchar(6))"
    for sql in narrow.split("; "):
        statement = data.execute_statement(WorkgroupName="warehouse", Database="dev", Sql=sql)["Id"]
        while data.describe_statement(Id=statement)["Status"] not in {"FINISHED", "FAILED"}:
            time.sleep(0.05)
    pipeline.send()
    found = pipeline.verify(1)
    [step] = found["funnel"]
    assert (step["failed"], step["lost"], step["pending"]) == (300, 0, 0)
    [table] = found["stations"]
    assert table["failed_codes"] == {"Redshift.CopyFailed": 300}
    witness = table["witnesses"]["failed"][0]
    assert witness["detail"].startswith("Redshift.CopyFailed: ")
    assert witness["object"].startswith("staging/")
