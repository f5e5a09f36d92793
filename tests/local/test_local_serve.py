"""`clickgen local serve` and `drain` as processes: starting, stopping, parents, full disks, wrong folders."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.local_server import (
    BUCKET,
    COMMAND,
    LocalServer,
    client_of,
    objects_in,
    run_local,
    serving,
    until,
    until_active,
)


def put(server: LocalServer, *blobs: bytes) -> None:
    with client_of(server.endpoint) as client:
        client.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": blob} for blob in blobs])


def landed(lake: Path) -> bytes:
    return b"".join(path.read_bytes() for path in objects_in(lake))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_flushes_every_buffer_and_exits_0(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks", "--stream", "views") as server:
        put(server, b"a", b"b")
        assert not objects_in(server.lake)
        assert server.stop(how) == 0
        assert landed(server.lake) == b"ab"


def test_a_full_buffer_is_delivered_before_its_interval_is_over(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks", "--buffer-mb", "1", "--prefix", "raw/") as server:
        put(server, b"x" * 524_288)
        put(server, b"x" * 524_287)
        time.sleep(0.2)
        assert not objects_in(server.lake)
        put(server, b"y")
        until(lambda: len(objects_in(server.lake)) == 1)
        (path,) = objects_in(server.lake)
        assert path.stat().st_size == 1_048_576
        assert path.relative_to(server.lake / BUCKET).parts[0] == "raw"


def test_an_interval_is_counted_from_the_oldest_record(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks", "--buffer-seconds", "1") as server:
        start = time.monotonic()
        put(server, b"early ")
        time.sleep(0.5)
        put(server, b"late")
        until(lambda: landed(server.lake) == b"early late")
        assert time.monotonic() - start > 0.95


def test_an_interval_of_zero_delivers_within_a_few_seconds(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks", "--buffer-seconds", "0") as server:
        put(server, b"now")
        until(lambda: landed(server.lake) == b"now", 3)


def test_a_delimiter_is_put_behind_every_record_on_request(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        with client_of(server.endpoint) as client:
            client.create_delivery_stream(
                DeliveryStreamName="clicks",
                ExtendedS3DestinationConfiguration={
                    "RoleARN": "arn:aws:iam::123456789012:role/r",
                    "BucketARN": f"arn:aws:s3:::{BUCKET}",
                    "ProcessingConfiguration": {
                        "Enabled": True,
                        "Processors": [{"Type": "AppendDelimiterToRecord"}],
                    },
                },
            )
            until_active(client, "clicks")
            client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
        put(server, b"b", b"c")
        assert server.stop() == 0
        assert landed(server.lake) == b"a\nb\nc\n"


def test_streams_survive_a_restart_and_keep_their_settings(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks", "--buffer-seconds", "77") as server:
        server.stop()
    with serving(tmp_path / "lake", "--stream", "clicks", "--buffer-seconds", "5") as server:
        with client_of(server.endpoint) as client:
            stream = client.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
        s3 = stream["Destinations"][0]["S3DestinationDescription"]
        assert s3["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 77}
        until(lambda: "keeps its settings" in server.notices)


def test_it_flushes_and_leaves_when_its_parent_dies(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    code = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([*sys.argv[1:], '--parent', str(os.getpid())])\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, *COMMAND, "local", "serve", "--stream", "clicks", "--dir", str(lake)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with parent:
        assert parent.stdout is not None
        ready = json.loads(parent.stdout.readline())
        with client_of(ready["endpoint_url"]) as client:
            client.put_record(DeliveryStreamName="clicks", Record={"Data": b"orphan"})
        os.kill(ready["pid"], signal.SIGINT)  # Ctrl-C reaches the whole group; the parent decides
        time.sleep(0.3)
        assert not objects_in(lake)
        parent.kill()
    until(lambda: landed(lake) == b"orphan")
    drained = run_local("drain", "--dir", str(lake), "--wait", "10s")
    assert json.loads(drained.stdout) == {"objects": 0, "records": 0}


def test_a_server_whose_parent_is_gone_already_leaves_at_once(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with serving(tmp_path / "lake", "--parent", str(gone.pid)) as server:
        assert server.process.wait(5) == 0


def test_drain_delivers_what_a_killed_server_left_once(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake, "--stream", "clicks", "--compression", "UNCOMPRESSED") as server:
        put(server, b"a", b"b", b"c")
        server.kill()
    first, second = (run_local("drain", "--dir", str(lake)) for _ in range(2))
    assert json.loads(first.stdout) == {"objects": 1, "records": 3}
    assert json.loads(second.stdout) == {"objects": 0, "records": 0}
    assert landed(lake) == b"abc"


def test_one_lake_has_one_server(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        for command in (["serve"], ["drain", "--wait", "100ms"]):
            done = run_local(*command, "--dir", str(server.lake))
            assert done.returncode == 3
            assert f"process {server.process.pid}" in done.stderr
            assert "Traceback" not in done.stderr
            assert done.stdout == ""


def test_options_come_from_the_environment_and_the_lake_is_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLICKGEN_LOCAL_SERVE_DIR", str(tmp_path / "file" / "lake"))
    (tmp_path / "file").write_text("no folder")
    assert str(tmp_path / "file" / "lake") in run_local("serve").stderr
    drained = run_local("drain", "--home", str(tmp_path / "home"))
    assert drained.returncode == 2
    assert str(tmp_path / "home" / "lake") in drained.stderr


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_local("serve", "--dir", str(tmp_path / "lake"), "--port", str(port))
    assert done.returncode == 3
    assert f"Port {port} of 127.0.0.1 is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lake_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = run_local("serve", "--dir", str(tmp_path / "file" / "lake"))
    assert done.returncode == 3
    assert str(tmp_path / "file" / "lake") in done.stderr
    assert "Traceback" not in done.stderr
    missing = run_local("drain", "--dir", str(tmp_path / "nowhere"))
    assert missing.returncode == 2
    assert "nowhere" in missing.stderr


def test_settings_of_a_lake_that_cannot_be_read_are_said_plainly(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks") as server:
        server.stop()
    (state,) = (tmp_path / "lake").glob(".firehose/streams/*/stream.json")
    state.write_text("{}")
    done = run_local("serve", "--dir", str(tmp_path / "lake"))
    assert done.returncode == 3
    assert str(state) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stream_that_cannot_be_is_said_plainly(tmp_path: Path) -> None:
    done = run_local("serve", "--dir", str(tmp_path / "lake"), "--stream", "clicks", "--prefix", "../../")
    assert done.returncode == 2
    assert "'../'" in done.stderr


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are a thing of Linux")
def test_a_full_disk_refuses_the_put_keeps_the_rest_and_is_said_once(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks") as server:
        blob = b"x" * 100_000
        put(server, blob)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
        for _ in range(2):
            with pytest.raises(ClientError) as caught:
                put(server, blob)
            assert caught.value.response["Error"]["Code"] == "ServiceUnavailableException"
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        resource.prlimit(
            server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )
        put(server, b"again")
        server.kill()
        assert server.notices.count("refusing records of clicks") == 1
    drained = run_local("drain", "--dir", str(tmp_path / "lake"))
    assert json.loads(drained.stdout) == {"objects": 1, "records": 2}
    assert landed(tmp_path / "lake") == blob + b"again"


def test_an_object_that_cannot_be_written_is_tried_until_it_can(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    in_the_way = tmp_path / "lake" / BUCKET
    in_the_way.write_text("a file where the bucket belongs")
    with serving(tmp_path / "lake", "--stream", "clicks", "--buffer-seconds", "0") as server:
        put(server, b"patient")
        until(lambda: "cannot deliver clicks yet" in server.notices)
        in_the_way.unlink()
        until(lambda: landed(server.lake) == b"patient")
        until(lambda: "delivers clicks again" in server.notices)


def test_what_cannot_be_delivered_at_the_end_stays_and_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    in_the_way = tmp_path / "lake" / BUCKET
    in_the_way.write_text("a file where the bucket belongs")
    with serving(tmp_path / "lake", "--stream", "clicks") as server:
        put(server, b"patient")
        assert server.stop() == 3
        assert "clickgen local drain" in server.notices
    in_the_way.unlink()
    assert run_local("drain", "--dir", str(tmp_path / "lake")).returncode == 0
    assert landed(tmp_path / "lake") == b"patient"
