"""firehose-parquet as its README has it, and what its stream cannot take."""

import json
import re
import shutil
from pathlib import Path

import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine
from tests.support.running_example import EXAMPLES, walk_through_readme

SHORTER = {"--speedup 10": "--speedup 60", r"--duration \S+": "--duration 1s"}
CLICK = {"user_id": 1, "device_id": "mobile", "client_event": "nav", "client_timestamp": "2026-01-15T10:02:20"}
CODES = ("DataFormatConversion.MalformedData", "DynamicPartitioning.MetadataExtractionFailed")


@pytest.mark.walks
def test_the_walk_through_its_readme(clickgen: CommandLine, tmp_path: Path) -> None:
    said = walk_through_readme("firehose-parquet", clickgen, tmp_path / "checkout", SHORTER)
    verified = [out for command, out in said if "verify all delivery" in command]
    failed = [tuple(code for code in CODES if f"{code}" in out) for out in verified]
    assert failed == [(), (), CODES, CODES[1:], ()]
    assert "2 of 4 accepted events failed: 2 at firehose:clicks" in verified[2]
    assert "not there yet: 1 at athena" in verified[2]  # its device is not among those that are projected
    assert "counted: hits, users agree" in next(out for command, out in said if "athena totals" in command)
    assert "as published" in next(out for command, out in said if "diff -" in command)
    inferred = next(out for command, out in said if "DESCRIBE" in command).split()
    declared = ["clickgen_id", "string", "user_id", "int", "device_id", "string", "client_event", "string"]
    assert inferred[inferred.index("clickgen_id") :][: len(declared)] == declared

    lake = clickgen.home / "pipelines" / "firehose-parquet" / "lake" / "lake"
    objects = [path for path in (lake / "clicks").rglob("*") if path.is_file()]
    assert objects
    assert all(path.name.endswith(".snappy.parquet") for path in objects)


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


@pytest.mark.walks
def test_what_exceeds_the_partitions_of_a_stream_is_named(clickgen: CommandLine, tmp_path: Path) -> None:
    folder = changed(tmp_path, partition_by='"{day: .client_event, device: .user_id}"', convert="")
    assert clickgen.run("local", "up", folder, "--speedup", "60").code == ExitCode.OK
    try:
        file = tmp_path / "users.jsonl"
        file.write_text("".join(json.dumps(CLICK | {"user_id": number}) + "\n" for number in range(520)))
        assert clickgen.run("replay", "--pipeline", folder, str(file), "--rate", "max").code == ExitCode.OK
        said = clickgen.run("verify", "all", "delivery", "--pipeline", folder, "--json")
    finally:
        clickgen.run("local", "down")
    station, step = said.json["stations"][0], said.json["funnel"][0]
    assert (said.code, step["found"], step["failed"], step["lost"]) == (ExitCode.LOST, 500, 20, 0)
    assert station["failed_codes"] == {"DynamicPartitioning.ActivePartitionLimitExceeded": 20}


def test_a_buffer_that_is_too_small_for_conversion_is_refused(clickgen: CommandLine, tmp_path: Path) -> None:
    refused = clickgen.run("local", "up", changed(tmp_path, buffer_mb="63"))
    assert refused.code == ExitCode.ENVIRONMENT
    assert "firehose:clicks could not be created" in refused.err
    assert "at least 64" in refused.err
