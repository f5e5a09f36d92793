"""`clickgen replay` as users run it: into the embedded pipeline, then verified."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.under_way import until_accepted


def recording(path: Path, events: int, per_s: float = 100.0) -> str:
    """A file of that many events; its path."""
    path.write_text("".join(f'{{"n":{n},"t":{1_700_000_000 + n / per_s}}}\n' for n in range(events)))
    return str(path)


def verified(clickgen: CommandLine, delivered: int) -> None:
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.out + proof.err
    assert proof.json["delivered"] == delivered


@pytest.mark.parametrize(
    ("pattern", "options", "events"),
    [
        ("firehose_ashvakg/PUT-S3-*", ["--speed", "600"], 30),
        ("firehose_concat/DERIVED-*no*newline*", ["--speed", "600"], 30),
        ("firehose_concat/DERIVED-*indent*", ["--speed", "600"], 50),
        ("bitly_usagov/example.jsonl", ["--speed", "600"], 3560),
    ],
)
def test_real_files_arrive_whole(
    clickgen: CommandLine, shared_data: Path, pattern: str, options: list[str], events: int
) -> None:
    files = sorted(shared_data.glob(pattern))
    if not files:
        pytest.skip(f"no {pattern} in {shared_data}")
    sent = clickgen.run("replay", str(files[0]), *options, "--json")
    assert sent.code == 0, sent.err
    assert sent.json["planned"] == sent.json["accepted"] == events
    verified(clickgen, events)


def test_a_rate_holds_over_files_of_any_length(clickgen: CommandLine, tmp_path: Path) -> None:
    files = [recording(tmp_path / "long", 4000), recording(tmp_path / "short", 10)]
    sent = clickgen.run("replay", *files, "--rate", "1000", "--json").json
    assert sent["accepted"] == 4010
    assert 900 < sent["rate"] <= 1000 * 4010 / 4009  # so many events have one gap less


@pytest.mark.slow
def test_recorded_times_are_kept_and_shortened(clickgen: CommandLine, tmp_path: Path) -> None:
    file = recording(tmp_path / "events", 400)
    as_recorded = clickgen.run("replay", file, "--json").json["seconds"]
    assert 3.9 < as_recorded < 6
    assert clickgen.run("replay", file, "--speed", "4", "--json").json["seconds"] < as_recorded - 2


def test_bad_pieces_are_kept_with_their_reason(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_text('{"n":1}\nnot json\n{"n":2}\n[3]\n{"n":4}')
    sent = clickgen.run("replay", str(file), "--json")
    assert sent.code == 1
    assert sent.json["accepted"] == 3
    assert sent.json["skipped"] == 2
    kept = clickgen.home / "runs" / sent.json["run"] / "skipped.jsonl"
    told = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(piece["file"], piece["line"]) for piece in told] == [(str(file), 2), (str(file), 4)]
    assert all(piece["reason"] for piece in told)
    assert clickgen.run("replay", str(file), "--skip-bad").code == 0
    verified(clickgen, 3)


def test_an_event_larger_than_a_record_is_rejected_alone(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_text(json.dumps({"n": 1}) + "\n" + json.dumps({"x": "x" * 1_024_000}) + "\n" + json.dumps({"n": 2}))
    sent = clickgen.run("replay", str(file), "--json")
    assert sent.code == 1
    assert (sent.json["accepted"], sent.json["rejected"]) == (2, 1)
    verified(clickgen, 2)


def test_standard_input_is_replayed(clickgen: CommandLine, tmp_path: Path) -> None:
    file = Path(recording(tmp_path / "events", 50))
    sent = clickgen.run("replay", "-", "--rate", "500", "--json", stdin=file.read_bytes())
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 50
    verified(clickgen, 50)


def test_a_shell_pipe_by_name_is_replayed(clickgen: CommandLine, tmp_path: Path) -> None:
    recording(tmp_path / "events", 50)
    command = " ".join(clickgen.command(["replay", "<(cat events)", "<(cat events)", "--rate", "500", "--json"]))
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=clickgen.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 100


def test_a_producer_that_wrote_nothing_is_an_error(clickgen: CommandLine) -> None:
    said = clickgen.run("replay", "-", stdin=b"")
    assert said.code == 2
    assert "no events in standard input" in said.err


def test_a_pipe_that_falls_silent_can_be_stopped(clickgen: CommandLine) -> None:
    running = subprocess.Popen(
        clickgen.command(["replay", "-", "--json"]),
        env=clickgen.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin is not None
    running.stdin.write(b'{"n":1}\n{"n":2}\n')
    running.stdin.flush()
    until_accepted(clickgen, 2, running)
    running.terminate()
    began = time.monotonic()
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert running.returncode == 130, err
    assert json.loads(out)["accepted"] == 2


def _missing(folder: Path) -> str:
    return str(folder / "absent")


def _empty(folder: Path) -> str:
    (folder / "empty").write_bytes(b"")
    return str(folder / "empty")


def _binary(folder: Path) -> str:
    (folder / "binary").write_bytes(b"\x00\x01\x02" * 100)
    return str(folder / "binary")


def _picture(folder: Path) -> str:
    (folder / "png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return str(folder / "png")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_missing, "no such file"),
        (_empty, "nothing but white space"),
        (_binary, "binary data"),
        (_picture, "a PNG image"),
        (str, "there are no files"),
    ],
)
def test_what_is_no_recording_is_told_apart(
    clickgen: CommandLine, tmp_path: Path, make: Callable[[Path], str], words: str
) -> None:
    said = clickgen.run("replay", make(tmp_path))
    assert said.code == 2
    assert words in said.err
    assert "hint:" in said.err


@pytest.mark.parametrize("option", ["--speed", "--rate", "--max-usd"])
@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1", "fast"])
def test_numbers_that_are_none_leave_no_run_behind(
    clickgen: CommandLine, tmp_path: Path, option: str, value: str
) -> None:
    said = clickgen.run("replay", recording(tmp_path / "events", 3), option, value)
    assert said.code == 2
    assert option in said.err
    assert not (clickgen.home / "runs").exists()


def test_a_field_of_the_events_own_is_not_replaced(clickgen: CommandLine, tmp_path: Path) -> None:
    said = clickgen.run("replay", recording(tmp_path / "events", 3), "--id-field", "n")
    assert said.code == 2
    assert "have a field 'n' of their own" in said.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read(clickgen: CommandLine, tmp_path: Path) -> None:
    file = Path(recording(tmp_path / "events", 3))
    file.chmod(0)
    said = clickgen.run("replay", str(file))
    assert said.code == 3
    assert "permission denied" in said.err
