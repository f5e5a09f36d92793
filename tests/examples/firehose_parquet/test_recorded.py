"""Recorded objects: the made one is what its script makes, and the real one is answered as was published."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine
from tests.support.local_server import until
from tests.support.running_example import EXAMPLES, RunningExample, running_example

MADE = EXAMPLES / "firehose-parquet" / "recorded"
SQL = EXAMPLES / "firehose-parquet" / "sql" / "recorded.sql"
OWN = ["user_id", "device_id", "client_event", "client_timestamp"]
_OF_THE_LATER = "SELECT * FROM inferred.recorded WHERE \"$path\" LIKE '%/{}' LIMIT 10"
LAYOUT = "recorded/year=2024/Month=04/Day=23/Hours=10/"


def test_the_recording_in_the_example_is_what_its_script_makes() -> None:
    made: dict[str, Any] = {}
    exec((MADE / "make.py").read_text(), made)  # noqa: S102  # our own script, which is in no package
    assert (MADE / made["OBJECT"]).read_text() == made["recording"]()
    assert (MADE / made["ANSWER"]).read_text() == made["answer"]()


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_the_real_recording_is_answered_as_its_author_published(
    clickgen: CommandLine, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "firehose_ashvakg"
    if not folder.is_dir():
        pytest.skip(f"the recorded object is not at {folder}")
    [recorded] = folder.glob("PUT-S3-*")
    answer = rows_of(folder / "athena_output.csv")
    # the rows are of a later object than the one that is there
    later = tmp_path / "later"
    typed = [{name: row[name] for name in OWN} | {"user_id": int(row["user_id"])} for row in answer]
    later.write_text("".join(json.dumps(row) + "\n" for row in typed))
    with running_example("firehose-parquet", clickgen) as pipeline:
        pipeline.run("replay", "--pipeline", str(pipeline.folder), str(recorded), str(later), "--speed", "600")
        assert pipeline.verify()["firehose:clicks"]["verdict"] == "verified"
        since = f"'2024-04-23' AND client_timestamp >= '{answer[0]['client_timestamp']}'"
        sql = tmp_path / "recorded.sql"
        sql.write_text(SQL.read_text().replace("'2026-01-15'", since))
        own = [{name: row[name] for name in OWN} for row in pipeline.query(sql, "--database", "clickstream")]
        assert own == [{name: row[name] for name in OWN} for row in answer]
        assert published(pipeline, recorded, later) == (folder / "athena_output.csv").read_text().lower().strip()


def published(pipeline: RunningExample, *objects: Path) -> str:
    """What Athena gives of the last object, where its author had them and a crawler found them.

    Names of partitions are in lower case here.
    """
    s3, glue = pipeline.client("s3"), pipeline.client("glue")
    for file in objects:
        s3.put_object(Bucket="lake", Key=LAYOUT + file.name, Body=file.read_bytes())
    target = {"S3Targets": [{"Path": "s3://lake/recorded/"}]}
    glue.create_crawler(Name="recorded", Role="any", DatabaseName="inferred", Targets=target)
    glue.start_crawler(Name="recorded")
    until(lambda: glue.get_crawler(Name="recorded")["Crawler"]["State"] == "READY", 30)
    athena = pipeline.client("athena")
    query = athena.start_query_execution(
        QueryString=_OF_THE_LATER.format(objects[-1].name),
        ResultConfiguration={"OutputLocation": "s3://lake/answers/"},
    )["QueryExecutionId"]
    done = {"SUCCEEDED", "FAILED", "CANCELLED"}
    until(
        lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"] in done, 30
    )
    body: bytes = s3.get_object(Bucket="lake", Key=f"answers/{query}.csv")["Body"].read()
    return body.decode().lower().strip()
