"""Servers killed while they convert, post, load, read a source and notify: nothing acknowledged is lost.

What is converted lands once. What is posted or loaded may be so twice, in whole requests and objects.
"""

import json
import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pybase64 import b64decode

from tests.local.firehose.test_kill_storm import NEWLINE, ROLE, SMALL, Producer, create
from tests.local.functions.conftest import create_function
from tests.local.kinesis.conftest import wait_active
from tests.support.local_server import LocalServer, client_of, service_client, serving, until, until_active

KILLS = 20
COLUMNS = [{"Name": name, "Type": "string"} for name in ("id", "site", "pad")] + [{"Name": "n", "Type": "int"}]
PLACE = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", "BufferingHints": SMALL}
CONVERSION = {
    "Enabled": True,
    "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "shop", "TableName": "clicks", "Region": "eu-west-1"},
    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
}
NOTING = """
import sqlite3
def handler(event, context):
    with sqlite3.connect("NOTES", timeout=30) as notes:
        for one in event["Records"]:
            notes.execute("INSERT INTO notes VALUES (?)", [one["s3"]["object"]["key"]])
"""
KINDS = ("converted", "posted", "loaded", "sourced")


class Collector:
    """An endpoint that acknowledges what it has kept: records by the id of their request."""

    def __init__(self) -> None:
        self.requests: defaultdict[str, list[list[bytes]]] = defaultdict(list)
        kept = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(random.uniform(0, 0.3))  # so that kills fall into requests
                kept[body["requestId"]].append([b64decode(one["data"]) for one in body["records"]])
                answer = json.dumps(
                    {"requestId": body["requestId"], "timestamp": int(time.time() * 1000)}
                ).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                with suppress(BrokenPipeError, ConnectionResetError):  # the server was killed meanwhile
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


class KinesisProducer(Producer):
    """Puts numbered records into the Kinesis stream that a delivery stream reads."""

    def put(self, client: Any, events: list[dict[str, Any]]) -> None:
        del client
        kinesis = service_client("kinesis", self._endpoint)
        records = [{"Data": json.dumps(one).encode(), "PartitionKey": str(one["id"])} for one in events]
        answer = kinesis.put_records(StreamName="bus", Records=records)
        kept = [one for one, result in zip(events, answer["Records"], strict=True) if "ErrorCode" not in result]
        self.acknowledged.update(str(one["id"]) for one in kept)


def prepare(server: LocalServer, client: Any, collector: Collector, code: Path) -> None:
    glue, s3 = service_client("glue", server.endpoint), service_client("s3", server.endpoint)
    glue.create_database(DatabaseInput={"Name": "shop"})
    storage = {
        "Columns": COLUMNS,
        "Location": "s3://lake/converted/",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }
    glue.create_table(DatabaseName="shop", TableInput={"Name": "clicks", "StorageDescriptor": storage})
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    notify(server, s3, code)
    kinesis = service_client("kinesis", server.endpoint)
    kinesis.create_stream(StreamName="bus", ShardCount=4)
    wait_active(kinesis, "bus")
    run_sql(server, "CREATE TABLE loaded (id varchar(64), n int)")
    hints = {"SizeInMBs": 64, "IntervalInSeconds": 30}
    create(client, "converted", [], DataFormatConversionConfiguration=CONVERSION, BufferingHints=hints)
    client.create_delivery_stream(
        DeliveryStreamName="posted",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": collector.url},
            "BufferingHints": SMALL,
            "RetryOptions": {"DurationInSeconds": 7200},
            "S3Configuration": PLACE | {"Prefix": "posted-errors/"},
        },
    )
    client.create_delivery_stream(
        DeliveryStreamName="loaded",
        RedshiftDestinationConfiguration={
            "RoleARN": ROLE,
            "ClusterJDBCURL": "jdbc:redshift://warehouse.000000000000.eu-west-1.redshift-serverless.amazonaws.com:5439/dev",
            "CopyCommand": {"DataTableName": "loaded", "CopyOptions": "FORMAT AS JSON 'auto'"},
            "Username": "admin",
            "Password": "Secret123",
            "S3Configuration": PLACE | {"Prefix": "loaded/"},
        },
    )
    source = {"KinesisStreamARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/bus", "RoleARN": ROLE}
    destination = PLACE | {
        "Prefix": "sourced/",
        "ProcessingConfiguration": {"Enabled": True, "Processors": [NEWLINE]},
    }
    client.create_delivery_stream(
        DeliveryStreamName="sourced",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration=source,
        ExtendedS3DestinationConfiguration=destination,
    )
    for name in KINDS:
        until_active(client, name)


def notify(server: LocalServer, s3: Any, code: Path) -> None:
    """Have a function note the key of every object of `sourced`."""
    code.mkdir()
    (code / "app.py").write_text(NOTING.replace("NOTES", str(code / "notes.db")))
    with sqlite3.connect(code / "notes.db") as notes:
        notes.execute("CREATE TABLE notes (key TEXT)")
    functions = service_client("lambda", server.endpoint)
    create_function(functions, "note", code)
    target: Any = {
        "LambdaFunctionArn": functions.get_function_configuration(FunctionName="note")["FunctionArn"],
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "sourced/"}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket="lake", NotificationConfiguration={"LambdaFunctionConfigurations": [target]}
    )


def run_sql(server: LocalServer, sql: str) -> list[list[Any]]:
    data = service_client("redshift-data", server.endpoint)
    started = data.execute_statement(WorkgroupName="warehouse", Database="dev", Sql=sql)["Id"]
    until(lambda: data.describe_statement(Id=started)["Status"] in {"FINISHED", "FAILED"}, 60)
    described = data.describe_statement(Id=started)
    assert described["Status"] == "FINISHED", described
    rows: list[list[Any]] = []
    if described["HasResultSet"]:
        for page in data.get_paginator("get_statement_result").paginate(Id=started):
            rows += [[next(iter(field.values())) for field in record] for record in page["Records"]]
    return rows


def ids_in(content: bytes) -> list[str]:
    return [json.loads(b"{" + part)["id"] for part in content.replace(b"\n", b"").split(b"{")[1:]]


def objects(lake: Path, stream: str) -> list[Path]:
    return [path for path in (lake / "lake" / stream).rglob(f"{stream}-*") if "errors" not in path.parts]


def check_loaded(lake: Path, times: Counter[str]) -> int:
    """Each object of the staging place was loaded once or twice, whole; how many were twice."""
    again = 0
    for path in objects(lake, "loaded"):
        loads = {times[one] for one in ids_in(path.read_bytes())}
        assert len(loads) == 1, path
        assert loads <= {1, 2}, path
        again += loads == {2}
    return again


@pytest.mark.slow
def test_kills_lose_nothing_on_its_way_to_a_destination(tmp_path: Path, collector: Collector) -> None:
    lake, chance = tmp_path / "lake", random.Random("destinations")
    producers: list[Producer] = []
    for life in range(KILLS):
        with serving(lake, "--speedup", "60") as server:
            if life == 0:
                with client_of(server.endpoint) as client:
                    prepare(server, client, collector, tmp_path / "code")
            makers = [(name, KinesisProducer if name == "sourced" else Producer) for name in KINDS]
            now = [maker(server.endpoint, name, life) for name, maker in makers]
            time.sleep(chance.uniform(0.3, 4.0))
            server.kill()
        for producer in now:
            producer.join()
        producers += now
    with serving(lake, "--speedup", "60") as server:
        assert server.stop() == 0
    with serving(lake, "--speedup", "60") as server:
        loaded = Counter(str(row[0]) for row in run_sql(server, "SELECT id FROM loaded"))
        notes = sqlite3.connect(tmp_path / "code" / "notes.db")
        landed = {path.relative_to(lake / "lake").as_posix() for path in objects(lake, "sourced")}
        until(lambda: landed <= {key for (key,) in notes.execute("SELECT key FROM notes")}, 30)
    parquet = duckdb.read_parquet(f"{lake}/lake/converted/**/converted-*").project("id").fetchall()
    found = {
        "converted": Counter(str(one) for (one,) in parquet),
        "posted": Counter(
            one
            for sent in collector.requests.values()
            for records in sent[:1]
            for one in ids_in(b"".join(records))
        ),
        "loaded": loaded,
        "sourced": Counter(one for path in objects(lake, "sourced") for one in ids_in(path.read_bytes())),
    }
    twice = {
        "posted": sum(len(sent) > 1 for sent in collector.requests.values()),
        "loaded": check_loaded(lake, loaded),
    }
    assert all(sent[0] == other for sent in collector.requests.values() for other in sent)
    for name in KINDS:
        mine = [producer for producer in producers if producer.stream == name]
        acknowledged = set().union(*(producer.acknowledged for producer in mine))
        attempted = set().union(*(producer.attempted for producer in mine))
        copies = sum(count - 1 for count in found[name].values())
        lost = len(acknowledged - set(found[name]))
        said = f"{name}: {len(acknowledged)} acknowledged, {lost} lost, {copies} copies"
        print(said, f"({twice.get(name, 0)} requests or objects twice)")  # noqa: T201  # the figures of a run
        assert len(acknowledged) > 100
        assert not acknowledged - set(found[name]), name
        assert set(found[name]) <= attempted
        if name in {"converted", "posted"}:
            assert copies == 0, name
