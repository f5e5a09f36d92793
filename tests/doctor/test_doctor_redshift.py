"""A warehouse that is down, or lacks the table that a stream loads, is told at its station."""

from pathlib import Path
from typing import Any

import boto3

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine

PIPELINE = """
name = "loaded"
[firehose.clicks]
to = "redshift:warehouse"
table = "clicks"
staging = { to = "s3:lake", prefix = "staging/" }
buffer = "60s"
[s3.lake]
[redshift.warehouse]
database = "analytics"
setup = ["tables.sql"]
"""


def test_a_warehouse_that_is_down_is_told(tmp_path: Path, clickgen: CommandLine) -> None:
    (tmp_path / "pipeline.toml").write_text(PIPELINE)
    (tmp_path / "tables.sql").write_text("CREATE TABLE clicks (event_id varchar(64));")
    up = clickgen.run("local", "up", str(tmp_path), "--speedup", "60", "--json")
    assert up.code == 0, up.err
    make: Any = boto3.client
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}

    def client(service: str) -> Any:
        return make(service, endpoint_url=up.json["endpoint_url"], **keys)

    def problems() -> str:
        said = clickgen.run("doctor", "--pipeline", str(tmp_path), "--json")
        found = [one["what"] for one in said.json["findings"] if one["severity"] == "problem"]
        assert said.code == (ExitCode.LOST if found else ExitCode.OK)
        assert all(one["station"] == "redshift:warehouse" for one in said.json["findings"] if one["what"] in found)
        return "; ".join(found)

    try:
        assert problems() == ""
        rename = "ALTER TABLE clicks RENAME TO visits"
        client("redshift-data").execute_statement(Sql=rename, WorkgroupName="warehouse", Database="analytics")
        assert "firehose:clicks cannot load clicks" in problems()
        client("redshift-serverless").delete_workgroup(workgroupName="warehouse")
        assert problems() == "there is no workgroup warehouse"
    finally:
        clickgen.run("local", "down", "loaded")
