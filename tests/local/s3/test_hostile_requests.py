"""Keys and links that would lead out of the lake, and clients that go in the middle."""

import http.client
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from botocore.exceptions import ClientError

from tests.support.local_server import LocalServer, service_client, until

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_links_in_the_lake_lead_nowhere(s3: "S3Client", bucket: str, server: LocalServer, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    (server.lake / bucket / "link").symlink_to(tmp_path / "secret")
    (server.lake / bucket / "linked").symlink_to(tmp_path)
    (server.lake / "linked-bucket").symlink_to(tmp_path)
    os.mkfifo(server.lake / bucket / "pipe")
    for key in ("link", "linked/secret", "pipe"):
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket=bucket, Key=key)
        assert _code(refused) == "NoSuchKey"
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="linked-bucket", Key="secret")
    assert _code(refused) == "NoSuchBucket"
    with pytest.raises(ClientError):
        s3.put_object(Bucket=bucket, Key="linked/new", Body=b"x")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]
    for state in (".firehose", ".firehose/lock"):
        assert requests.get(f"{server.endpoint}/{state}", timeout=10).status_code in {400, 404}


@pytest.mark.parametrize(
    "key", ["%2e%2e/outside", "a/%2e%2e/%2e%2e/outside", "%2e%2e/.firehose/lock", "a%00b", "%ff"]
)
def test_no_key_leads_out_of_its_bucket(bucket: str, server: LocalServer, key: str) -> None:
    (server.lake / "outside").write_text("not an object")
    (server.lake / bucket / "a").mkdir()
    for method, expected in (("GET", {404}), ("HEAD", {404}), ("PUT", {400}), ("DELETE", {400})):
        connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=10)
        connection.request(method, f"/{bucket}/{key}", b"x" if method == "PUT" else None)
        assert connection.getresponse().status in expected, method
        connection.close()
    assert (server.lake / "outside").read_text() == "not an object"
    assert "Traceback" not in server.notices


def test_a_lake_that_cannot_be_written_is_an_error_of_the_service_in_words(
    s3: "S3Client", bucket: str, server: LocalServer
) -> None:
    aside, functions = server.lake / ".firehose" / "aside", service_client("lambda", server.endpoint)
    aside.rename(aside.with_name("away"))
    try:
        with pytest.raises(ClientError, match="The lake cannot be used") as refused:
            s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        assert _code(refused) == "InternalError"
    finally:
        aside.with_name("away").rename(aside)
    assert functions.list_functions()["Functions"] == []  # its state is there once it was asked for something
    state = server.lake / ".firehose" / "functions"
    state.rename(state.with_name("gone"))
    try:
        with pytest.raises(ClientError, match="The lake cannot be used"):
            functions.create_function(
                FunctionName="f",
                Role="arn:aws:iam::000000000000:role/any",
                Runtime="python3.11",
                Handler="app.handler",
                Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
            )
    finally:
        state.with_name("gone").rename(state)
        functions.close()
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert "Traceback" not in server.notices
    assert "failed: " in server.notices


def test_a_client_that_goes_in_the_middle_leaves_nothing(bucket: str, server: LocalServer) -> None:
    (server.lake / bucket / "large").write_bytes(b"x" * 30_000_000)
    address = server.endpoint.removeprefix("http://").split(":")
    for request in (
        f"PUT /{bucket}/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
        f"GET /{bucket}/large HTTP/1.1\r\nHost: x\r\n\r\n",
        f"PUT /{bucket}?policy HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
    ):
        with socket.create_connection((address[0], int(address[1])), timeout=10) as connection:
            connection.sendall(request.encode())
            time.sleep(0.1)
    assert requests.get(f"{server.endpoint}/{bucket}/k", timeout=10).status_code == 404
    until(lambda: not list((server.lake / ".firehose" / "aside").iterdir()))
    assert "Traceback" not in server.notices
