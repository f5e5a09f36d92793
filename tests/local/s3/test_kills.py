"""kill -9 while objects are put and functions are sent events: what was acknowledged is there."""

import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.functions.conftest import create_function
from tests.support.local_server import LocalServer, service_client, serving, until

_KILLS = 12
_NOTING = """
def handler(event, context):
    with open("FILE", "a") as file:
        file.write(str(event) + "\\n")
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_was_acknowledged_survives_kills(tmp_path: Path) -> None:
    lake, noted = tmp_path / "lake", tmp_path / "noted"
    (tmp_path / "app.py").write_text(_NOTING.replace("FILE", str(noted)))
    objects: dict[str, str] = {}
    events: set[int] = set()
    for kill in range(_KILLS):
        with serving(lake) as server:
            if not kill:
                setup = service_client("lambda", server.endpoint)
                create_function(setup, "noting", tmp_path)
                setup.close()
                (lake / "kept").mkdir()
            stop = threading.Timer(0.3 + kill * 0.15, server.kill)
            stop.start()
            with ThreadPoolExecutor(3) as threads:
                threads.submit(_put, server, kill, objects)
                threads.submit(_upload, server, kill, objects)
                threads.submit(_send, server, kill, events)
            stop.join()
    with serving(lake) as server:
        until(lambda: events <= {int(line) for line in noted.read_text().splitlines()}, 60)
        s3 = service_client("s3", server.endpoint, "us-east-1")
        for key, digest in objects.items():
            got = s3.get_object(Bucket="kept", Key=key)
            assert hashlib.sha256(got["Body"].read()).hexdigest() == digest
            assert got["Metadata"] == {"of": key}
        s3.close()
    assert len(objects) > _KILLS
    assert len(events) > _KILLS


def _put(server: LocalServer, kill: int, objects: dict[str, str]) -> None:
    s3 = service_client("s3", server.endpoint, "us-east-1")
    for number in range(10_000):
        key, body = f"put/{kill}/{number}", os.urandom(2000)
        try:
            s3.put_object(Bucket="kept", Key=key, Body=body, Metadata={"of": key})
        except (BotoCoreError, ClientError):
            break
        objects[key] = hashlib.sha256(body).hexdigest()
    s3.close()


def _upload(server: LocalServer, kill: int, objects: dict[str, str]) -> None:
    s3 = service_client("s3", server.endpoint, "us-east-1")
    for number in range(1000):
        key, parts = f"parts/{kill}/{number}", [os.urandom(5 * 1024 * 1024), b"end"]
        try:
            upload = s3.create_multipart_upload(Bucket="kept", Key=key, Metadata={"of": key})["UploadId"]
            about = {"Bucket": "kept", "Key": key, "UploadId": upload}
            done = [
                {"PartNumber": index, "ETag": s3.upload_part(**about, PartNumber=index, Body=part)["ETag"]}
                for index, part in enumerate(parts, 1)
            ]
            s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
        except (BotoCoreError, ClientError):
            break
        objects[key] = hashlib.sha256(b"".join(parts)).hexdigest()
    s3.close()


def _send(server: LocalServer, kill: int, events: set[int]) -> None:
    functions = service_client("lambda", server.endpoint)
    for number in range(kill * 10_000, (kill + 1) * 10_000):
        try:
            functions.invoke(FunctionName="noting", InvocationType="Event", Payload=json.dumps(number).encode())
        except (BotoCoreError, ClientError):
            break
        events.add(number)
    functions.close()
