"""firehose-parquet from `local up` to an answer of Athena's, and what cannot be converted or partitioned."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine
from tests.support.local_server import until
from tests.support.running_example import EXAMPLES, RunningExample, running_example

STREAM = "firehose:clicks"
CLICK = {"user_id": 1, "device_id": "mobile", "client_event": "nav", "client_timestamp": "2026-01-15T10:02:20"}


def crawl(pipeline: RunningExample, name: str) -> None:
    glue = pipeline.client("glue")
    glue.start_crawler(Name=name)
    until(lambda: glue.get_crawler(Name=name)["Crawler"]["State"] == "READY", 30)
    assert glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"


def columns(pipeline: RunningExample, database: str) -> list[tuple[str, str]]:
    table = pipeline.client("glue").get_table(DatabaseName=database, Name="clicks")["Table"]
    return [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"] + table["PartitionKeys"]]


def written(file: Path, *events: dict[str, Any]) -> str:
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(file)


def replayed(pipeline: RunningExample, file: str) -> dict[str, Any]:
    """What the only station says of a file's events, some of which fail."""
    pipeline.run("replay", "--pipeline", str(pipeline.folder), file, "--rate", "max")
    return pipeline.verify(code=ExitCode.LOST)[STREAM]


def test_clicks_are_converted_partitioned_queried_and_what_fails_is_named(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    with running_example("firehose-parquet", clickgen) as pipeline:
        pipeline.send(500)
        assert pipeline.verify()[STREAM]["verdict"] == "verified"
        [day] = pipeline.run("expect", "--by", "day", "--json").json["rows"]
        [answer] = pipeline.query(pipeline.folder / "sql" / "daily.sql", "--database", "clickstream")
        assert (answer["day"], int(answer["hits"]), int(answer["users"])) == (day["day"], 500, day["users"])
        by_event = pipeline.query(pipeline.folder / "sql" / "clicks_by_event.sql", "--database", "clickstream")
        assert sum(int(row["hits"]) for row in by_event) == 500
        crawl(pipeline, "clicks")
        assert columns(pipeline, "inferred") == columns(pipeline, "clickstream")

        bad = written(tmp_path / "bad.jsonl", CLICK, CLICK | {"user_id": "nobody"}, CLICK | {"device_id": None})
        failed = replayed(pipeline, bad)
    assert (failed["step"]["found"], failed["step"]["failed"], failed["step"]["lost"]) == (1, 2, 0)
    assert failed["failed_codes"] == {
        "DataFormatConversion.MalformedData": 1, "DynamicPartitioning.MetadataExtractionFailed": 1,
    }  # fmt: skip
    lake = clickgen.home / "pipelines" / "firehose-parquet" / "lake" / "lake"
    assert {path.suffix for path in (lake / "clicks").rglob("*") if path.is_file()} == {".parquet"}
    assert all(path.name.endswith(".snappy.parquet") for path in (lake / "clicks").rglob("*-1-*"))


def changed(tmp_path: Path, **instead: str) -> str:
    """The folder of the example with other settings of its stream, or without those that are empty."""
    folder = tmp_path / "firehose-parquet"
    shutil.copytree(EXAMPLES / "firehose-parquet", folder)
    file = folder / "pipeline.toml"
    text = file.read_text()
    for name, value in instead.items():
        setting = re.compile(rf"^{name} = .*\n", re.MULTILINE)
        assert setting.search(text)
        text = setting.sub(f"{name} = {value}\n" if value else "", text)
    file.write_text(text)
    return str(folder)


def test_what_exceeds_the_partitions_of_a_stream_is_named(clickgen: CommandLine, tmp_path: Path) -> None:
    folder = changed(tmp_path, partition_by='"{day: .client_event, device: .user_id}"', convert="")
    assert clickgen.run("local", "up", folder, "--speedup", "60").code == ExitCode.OK
    try:
        file = written(tmp_path / "users.jsonl", *(CLICK | {"user_id": number} for number in range(520)))
        assert clickgen.run("replay", "--pipeline", folder, file, "--rate", "max").code == ExitCode.OK
        said = clickgen.run("verify", "all", "delivery", "--pipeline", folder, "--json")
    finally:
        clickgen.run("local", "down")
    [station], [step] = said.json["stations"], said.json["funnel"]
    assert (said.code, step["found"], step["failed"], step["lost"]) == (ExitCode.LOST, 500, 20, 0)
    assert station["failed_codes"] == {"DynamicPartitioning.ActivePartitionLimitExceeded": 20}


def test_a_buffer_that_is_too_small_for_conversion_is_refused(clickgen: CommandLine, tmp_path: Path) -> None:
    refused = clickgen.run("local", "up", changed(tmp_path, buffer_mb="63"))
    assert refused.code == ExitCode.ENVIRONMENT
    assert "firehose:clicks could not be created" in refused.err
    assert "at least 64" in refused.err
