"""`clickgen generate` with planted disorder: what it says that it planted is what is in its file."""

import signal
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.cli.test_generate_command import PLAN, made_in, when_there
from tests.conftest import CommandLine

INTO_FILE = [*PLAN, "--rate", "100", "--lanes", "2"]
CLEAN = dict.fromkeys(("late", "duplicates", "malformed", "reordered", "drifted"), 0)


def made(folder: Path, *disorder: str) -> tuple[Any, list[bytes]]:
    """What `generate` says with --json, and the lines of the file that it made."""
    file = folder / f"{len(list(folder.iterdir()))}.jsonl"
    said = made_in(folder / file.stem, *INTO_FILE, *disorder, "--to", str(file))
    return said, file.read_bytes().splitlines()


def by_place(lines: list[bytes]) -> dict[str, Any]:
    """The events by their ids without the check digits."""
    return {event["event_id"][:30]: event for event in map(orjson.loads, lines)}


def test_what_is_said_to_be_planted_is_in_the_file(tmp_path: Path) -> None:
    said, clean = made(tmp_path)
    assert "planted" not in said
    events = by_place(clean)

    said, lines = made(tmp_path, "--duplicate", "3%", "--reorder", "2%", "--drift", "page_number@20s")
    found = by_place(lines)
    assert len(found) == len(clean) == said["accepted"]
    moved = [found[place]["session_id"] != event["session_id"] for place, event in events.items()]
    drifted = [isinstance(event["page_number"], str) for event in found.values()]
    expected = {"duplicates": len(lines) - len(clean), "reordered": sum(moved), "drifted": sum(drifted)}
    assert said["planted"] == CLEAN | expected
    assert all(expected.values())

    said, lines = made(tmp_path, "--late", "4%:30s")
    late = [event["event_time"] != events[place]["event_time"] for place, event in by_place(lines).items()]
    assert said["planted"] == CLEAN | {"late": sum(late)}
    assert any(late)

    said, lines = made(tmp_path, "--malformed", "3%")
    assert said["planted"] == CLEAN | {"malformed": len(set(clean) - set(lines))}
    assert said["planted"]["malformed"]


@pytest.mark.slow
def test_a_run_that_goes_on_counts_all_that_it_planted(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    words = [*PLAN, "--rate", "2000", "--lanes", "2", "--to", str(file), "--drift", "page_number@3s"]
    with subprocess.Popen(clickgen.command(["generate", *words]), env=clickgen.environment) as running:
        when_there(running, tmp_path, "*.part")
        running.send_signal(signal.SIGINT)
    assert not file.exists()
    resumed = clickgen.run("generate", "--resume", words[3])
    assert resumed.code == 0, resumed.err
    drifted = file.read_bytes().count(b'"page_number":"')
    assert f"planted  {drifted:,} drifted" in resumed.out
