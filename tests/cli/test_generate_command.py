"""`clickgen generate` as users run it: the same bytes however they are made, and nothing lost on the way."""

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import boto3
import pytest

from clickgen.cli.commands.generate import generate
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.event_id import checksum, parse_id
from tests.conftest import CREDENTIALS, CommandLine

RUN = "0a1b2c3d4e5f"
PLAN = ["--seed", "7", "--run-id", RUN, "--since", "2026-01-31T23:59:30Z", "--duration", "1m"]
INTO_LAKE = [*PLAN, "--rate", "800", "--lanes", "8"]
INTO_FILE = [*PLAN, "--rate", "2000", "--lanes", "2"]


def objects(home: Path) -> dict[str, bytes]:
    """What is in a home's lake, by key; hidden drafts too, as none must be left."""
    bucket = home / "lake" / "clickgen-lake"
    return {str(path.relative_to(bucket)): path.read_bytes() for path in bucket.rglob("*") if path.is_file()}


def made_in(home: Path, *words: str) -> Any:
    """What `generate` says with --json when it went well, run in this process."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = generate.main([*words, "--home", str(home), "--json"], "generate", standalone_mode=False)
    assert code == 0
    return json.loads(said.getvalue())


def when_there(running: "subprocess.Popen[bytes]", folder: Path, name: str) -> None:
    """Wait until a run has put something into a folder."""
    deadline = time.monotonic() + 30
    while not any(path.is_file() and path.stat().st_size for path in folder.rglob(name)):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The lake that two workers make when nothing interrupts them."""
    home = tmp_path_factory.mktemp("whole")
    made_in(home, *INTO_LAKE, "--workers", "2")
    return objects(home)


def test_the_lake_has_the_same_objects_whatever_the_workers(tmp_path: Path, whole: dict[str, bytes]) -> None:
    account = made_in(tmp_path, *INTO_LAKE, "--workers", "7")  # and one worker below, over a kill
    assert objects(tmp_path) == whole
    events = [line for data in whole.values() for line in data.splitlines()]
    assert account["planned"] == account["accepted"] == len(events) > 30_000
    assert account["objects"] == len(whole) == 16  # eight lanes, before and after midnight
    assert account["bytes"] == sum(map(len, whole.values()))
    for key, data in whole.items():
        times = {json.loads(line)["event_time"][:13] for line in data.splitlines()}
        assert times == {key[:13].replace("/", "-", 2).replace("/", "T")}


def test_a_run_that_was_killed_goes_on_and_verifies(clickgen: CommandLine, whole: dict[str, bytes]) -> None:
    running = clickgen.start("generate", *INTO_LAKE, "--workers", "1")
    when_there(running, clickgen.home / "lake" / "clickgen-lake" / "2026", "clickgen-*")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate(timeout=30)
    kept = {key: data for key, data in objects(clickgen.home).items() if not key.startswith(".")}
    assert kept.items() < whole.items()
    resumed = made_in(clickgen.home, "--resume", RUN)
    assert objects(clickgen.home) == whole
    events = sum(data.count(b"\n") for data in whole.values())
    assert (resumed["planned"], resumed["accepted"], resumed["complete"]) == (events, events, True)
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert (proof.code, proof.json["verdict"], proof.json["delivered"]) == (0, "verified", events), proof.err
    assert objects(clickgen.home) == whole  # reading leaves nothing behind
    assert not list((clickgen.home / "lake").glob(".*"))
    assert generate.main(["--resume", RUN, "--home", str(clickgen.home)], standalone_mode=False) == 0


def test_a_file_that_was_interrupted_is_finished_to_the_same_bytes(clickgen: CommandLine, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.jsonl.gz", tmp_path / "clicks.jsonl.gz"
    made_in(tmp_path / "other", *INTO_FILE, "--to", str(whole))
    running = clickgen.start("generate", *INTO_FILE, "--to", str(path), "--json")
    when_there(running, clickgen.home / "runs" / RUN, "written.jsonl")
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    begun = json.loads(out)
    assert begun["planned"] == begun["accepted"] > 0
    assert begun["unknown"] == begun["unsent"] == 0
    assert not begun["complete"]
    draft = tmp_path / f"clicks.jsonl.gz.{RUN}.part"
    assert gzip.decompress(draft.read_bytes()).count(b"\n") == begun["accepted"]
    with draft.open("ab") as file:
        file.write(b"half a piece that a later kill left behind")
    resumed = made_in(clickgen.home, "--resume", RUN)
    assert path.read_bytes() == whole.read_bytes()
    assert not draft.exists()
    assert resumed["accepted"] == gzip.decompress(path.read_bytes()).count(b"\n") > begun["accepted"]


def test_every_format_says_the_same_in_the_order_of_time(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    plan = [*PLAN, "--rate", "50", "--lanes", "4"]
    for name in ("clicks.jsonl", "clicks.csv", "clicks.parquet"):
        made = made_in(tmp_path / f"home of {name}", *plan, "--to", str(tmp_path / name))
    lines = (tmp_path / "clicks.jsonl").read_bytes().splitlines()
    events = [json.loads(line) for line in lines]
    assert len(events) == made["accepted"] > 1000
    times = [event["event_time"] for event in events]
    assert times == sorted(times)
    assert all(is_whole(line) for line in lines)
    table = parquet.read_table(tmp_path / "clicks.parquet")
    assert table.column("visitor_id").to_pylist() == [event["visitor_id"] for event in events]
    assert table.column("price").to_pylist() == [event.get("price") for event in events]
    with (tmp_path / "clicks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, event in zip(rows, events, strict=True):
        told = {name: cell for name, cell in row.items() if cell}
        assert told == {name: v if isinstance(v, str) else json.dumps(v) for name, v in event.items() if v != ""}


def is_whole(line: bytes) -> bool:
    """Whether the check in a line's id is that of the line."""
    text = json.loads(line)["event_id"].encode()
    event_id = parse_id(text)
    return event_id is not None and event_id.check == checksum(line, line.index(text))


def test_a_reader_that_leaves_had_what_it_wanted(clickgen: CommandLine) -> None:
    with clickgen.start("generate", *INTO_FILE, "--to", "-", "--format", "csv") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(b"event_id,event_time,")
        running.stdout.close()
        said = running.stderr.read().decode()
    assert running.returncode == 141  # as a shell shows what SIGPIPE ended
    amount, *rest = said.splitlines()
    assert amount.startswith("about 120,000 events in ")
    assert rest == ["standard output (--to -), a line an event, csv"]


def test_objects_in_a_bucket(clickgen: CommandLine, moto: str, credentials: None) -> None:
    s3: Any = boto3.client("s3", endpoint_url=moto)
    s3.create_bucket(Bucket="lake")
    told = ["--to", "s3://lake/made/", "--gzip", "--endpoint-url", moto]
    made = made_in(clickgen.home, *PLAN, "--rate", "50", "--lanes", "2", *told)
    listed = s3.list_objects_v2(Bucket="lake")["Contents"]
    assert len(listed) == made["objects"] == 4
    assert all(entry["Key"].startswith("made/2026/0") and entry["Key"].endswith(".gz") for entry in listed)
    bodies = [s3.get_object(Bucket="lake", Key=entry["Key"])["Body"].read() for entry in listed]
    assert sum(gzip.decompress(body).count(b"\n") for body in bodies) == made["accepted"]
    proof = clickgen.run("verify", "s3", "delivery", env=CREDENTIALS)
    assert proof.code == 0, proof.err
    with pytest.raises(EnvironmentProblem, match="nowhere"):
        made_in(clickgen.home, "--to", "s3://nowhere/", "--endpoint-url", moto)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--to", "missing/clicks.jsonl"], 2, "there is no folder"),
        (["--to", "there.jsonl"], 2, "is there already"),
        (["--to", "kinesis:clicks"], 2, "generated events go to files"),
        (["--to", "-", "--format", "parquet"], 2, "Parquet to standard output"),
        (["--to", "-", "--json"], 2, "both would go to standard output"),
        (["--to", "clicks.jsonl", "--workers", "4"], 2, "in the order of time"),
        (["--to", "clicks.jsonl", "--region", "eu-west-1"], 2, "--region"),
        (["--rate", "5", "--events", "5"], 2, "--rate and --events"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], 2, "end before they begin"),
        (["--run-id", "mine"], 2, "not a run id"),
        (["--profile", "shpo"], 2, "shpo"),
        (["--schema", "flatt"], 2, "flatt"),
        (["--schema", "combined", "--to", "clicks.csv"], 2, "not JSON objects"),
        (["--resume", "abc", "--rate", "5"], 2, "--resume with --rate"),
        (["--resume", "abc"], 2, "no runs"),
    ],
)
def test_what_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.jsonl").touch()
    with pytest.raises(ClickgenError) as told:
        generate.main(list(words), prog_name="generate", standalone_mode=False)
    assert (told.value.exit_code, said in told.value.message, bool(told.value.hint)) == (code, True, True)
    assert not (tmp_path / ".clickgen" / "runs").exists()


def test_a_disk_that_is_full_ends_the_run_and_it_can_go_on(clickgen: CommandLine) -> None:
    full = clickgen.run("generate", *INTO_FILE, "--to", "/dev/full", "--json")
    assert full.code == 3
    assert "No space left on device" in full.err
    assert (full.json["accepted"], full.json["complete"]) == (0, False)


def test_what_was_never_under_way_took_no_time(clickgen: CommandLine) -> None:
    assert clickgen.run("generate", "--rate", "5", "--duration", "2m", "--to", "lake").code == 0
    for follow in ([], ["--follow"]):
        seen = clickgen.run("verify", "s3", "delivery", "--json", *follow)
        assert seen.code == 0, seen.err
        assert (seen.json["latency_s"], seen.json["throughput"], seen.json["slowest"]) == ({}, None, [])
        for word in ("latency", "/s"):
            assert word not in seen.err
    pytest.importorskip("matplotlib")
    file = clickgen.home.parent / "page.html"
    assert clickgen.run("report", "-o", str(file)).code == 0
    page = file.read_text()
    assert "generated, not sent: they were never under way" in page
    assert "<svg" not in page
