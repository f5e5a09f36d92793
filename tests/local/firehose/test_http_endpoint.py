"""Records are posted to an HTTP endpoint by the service's specification, again until they are acknowledged."""

import gzip
import json
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.local_server import client_of, report_of, serving, until, until_active

ROLE = "arn:aws:iam::000000000000:role/r"


class Endpoint(ThreadingHTTPServer):
    """Remembers requests; `answers` are given one after the other, then every request is acknowledged."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.always: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = json.loads(body)
        self.server.requests.append((dict(self.headers), request))
        answer = self.server.always or (self.server.answers.pop(0) if self.server.answers else None)
        status, content = answer or (200, json.dumps({"requestId": request["requestId"], "timestamp": 1}).encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def create(client: Any, url: str, **settings: Any) -> None:
    configuration = {
        "EndpointConfiguration": {"Url": url, "Name": "mine", "AccessKey": "secret"},
        "RequestConfiguration": {
            "ContentEncoding": "GZIP",
            "CommonAttributes": [{"AttributeName": "site", "AttributeValue": "shop"}],
        },
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
        "RetryOptions": {"DurationInSeconds": 300},
        "RoleARN": ROLE,
        "S3BackupMode": "FailedDataOnly",
        "S3Configuration": {
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "all/",
            "ErrorOutputPrefix": "bad/!{firehose:error-output-type}/",
            "CompressionFormat": "GZIP",
        },
    } | settings
    client.create_delivery_stream(DeliveryStreamName="clicks", HttpEndpointDestinationConfiguration=configuration)
    until_active(client, "clicks")


def put(client: Any, *records: bytes) -> None:
    client.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": record} for record in records])


def files(lake: Path, folder: str) -> list[bytes]:
    return [path.read_bytes() for path in (lake / "lake" / folder).rglob("clicks-*")]


def test_a_request_is_that_of_the_service_and_the_same_when_it_is_sent_again(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.answers = [(503, b'{"errorMessage": "busy"}'), (200, b"{}"), (302, b"")]
    with serving(tmp_path / "lake", "--speedup", "60") as server, client_of(server.endpoint) as client:
        create(client, endpoint.url)
        put(client, b"one", b"two\n")
        until(lambda: report_of(server, "firehose:clicks")["left"] == 2)
        assert server.stop() == 0
    assert len(endpoint.requests) == 4
    headers, request = endpoint.requests[0]
    assert [b64decode(record["data"]) for record in request["records"]] == [b"one", b"two\n"]
    assert abs(request["timestamp"] / 1000 - time.time()) < 60
    assert {name: value for name, value in headers.items() if name.startswith("X-Amz-Firehose")} == {
        "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": request["requestId"],
        "X-Amz-Firehose-Source-Arn": "arn:aws:firehose:eu-west-1:000000000000:deliverystream/clicks",
        "X-Amz-Firehose-Access-Key": "secret",
        "X-Amz-Firehose-Common-Attributes": '{"commonAttributes":{"site":"shop"}}',
    }
    assert (headers["Content-Type"], headers["Content-Encoding"]) == ("application/json", "gzip")
    assert all(again == request for _, again in endpoint.requests)
    assert not list((tmp_path / "lake").rglob("clicks-*"))


@pytest.mark.parametrize("mode", ["FailedDataOnly", "AllData"])
def test_what_is_given_up_goes_to_the_error_output(tmp_path: Path, endpoint: Endpoint, mode: str) -> None:
    lake = tmp_path / "lake"
    endpoint.always = (500, b"")
    with serving(lake, "--speedup", "60") as server, client_of(server.endpoint) as client:
        create(client, endpoint.url, S3BackupMode=mode, RetryOptions={"DurationInSeconds": 5})
        put(client, b"one", b"two")
        until(lambda: report_of(server, "firehose:clicks")["failed"] == 2)
        assert server.stop() == 0
    (lines,) = files(lake, "bad/http-endpoint-failed")
    failed = [json.loads(line) for line in lines.splitlines()]
    assert [b64decode(line["rawData"]) for line in failed] == [b"one", b"two"]
    assert {line["errorCode"] for line in failed} == {"HttpEndpoint.DestinationException"}
    assert failed[0]["attemptsMade"] == len(endpoint.requests) > 1
    assert [gzip.decompress(content) for content in files(lake, "all")] == (
        [b"onetwo"] if mode == "AllData" else []
    )


def test_a_request_that_is_too_large_is_not_sent_again(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.always = (413, b"")
    with serving(tmp_path / "lake", "--speedup", "60") as server, client_of(server.endpoint) as client:
        create(client, endpoint.url)
        put(client, b"one")
        until(lambda: report_of(server, "firehose:clicks")["failed"] == 1)
        assert server.stop() == 0
    assert len(endpoint.requests) == 1


def test_a_killed_server_sends_the_same_request_again(tmp_path: Path, endpoint: Endpoint) -> None:
    lake = tmp_path / "lake"
    endpoint.always = (503, b"")
    with serving(lake, "--speedup", "60") as server, client_of(server.endpoint) as client:
        create(client, endpoint.url)
        put(client, b"one")
        until(lambda: len(endpoint.requests) > 1)
        server.kill()
    endpoint.always = None
    with serving(lake, "--speedup", "60") as server:
        until(lambda: report_of(server, "firehose:clicks")["left"] == 1)
        assert server.stop() == 0
    assert len({request["requestId"] for _, request in endpoint.requests}) == 1
    assert files(lake, "") == []
