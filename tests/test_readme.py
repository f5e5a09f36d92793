"""Every command of the README works as pasted."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CREDENTIALS, CommandLine

ROOT = Path(__file__).resolve().parents[1]


class Pasted(NamedTuple):
    """The commands of one block, with the heading above it and the note just before it."""

    heading: str
    note: str
    commands: str


def _blocks() -> list[Pasted]:
    found = []
    heading = note = ""
    for match in re.finditer(
        r"^#+ (?P<heading>[^\n]+)$|^<!-- (?P<note>[^\n]+) -->$|^```(?P<kind>\w*)\n(?P<body>.*?)^```$",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    ):
        if match["heading"]:
            heading = match["heading"]
        elif match["note"]:
            note = match["note"]
        else:
            if match["kind"] == "sh":
                found.append(Pasted(heading, note, match["body"]))
            note = ""
    return found


BLOCKS = _blocks()
TASKS = [block for block in BLOCKS if block.note not in ("start", "tests")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: a checkout's profiles, and a recording."""
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    (tmp_path / "clicks.jsonl").write_text(
        "".join(f'{{"page":"/{n}","event_time":"2026-01-01T00:00:{n // 5:02d}Z"}}\n' for n in range(20))
    )
    return tmp_path


def _paste(commands: str, folder: Path, environment: dict[str, str]) -> None:
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        out, _ = shell.communicate(timeout=90)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)  # what it left in the background too
        shell.communicate()
        raise
    assert shell.returncode == 0, out
    assert "Traceback" not in out


@pytest.mark.parametrize("block", TASKS, ids=lambda block: f"{block.heading}: {block.commands.splitlines()[0]}")
def test_a_task_works_as_pasted(
    block: Pasted, clickgen: CommandLine, folder: Path, request: pytest.FixtureRequest
) -> None:
    environment = dict(clickgen.environment)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    an_earlier_run = "clickgen send --rate max --events 100"
    if block.note == "with a stream":
        environment |= {**CREDENTIALS, "AWS_ENDPOINT_URL": request.getfixturevalue("moto")}
        an_earlier_run += f" --stream {request.getfixturevalue('stream')}"
    _paste(an_earlier_run, folder, environment)
    _paste(block.commands, folder, environment)


def test_the_two_lines_to_start_set_up_and_run() -> None:
    start, tests = (next(block.commands for block in BLOCKS if block.note == note) for note in ("start", "tests"))
    assert start.count("\n") == tests.count("\n") == 1
    assert start.startswith("python3 -m venv")
    assert "clickgen send" in start
    assert "clickgen verify s3 delivery" in start
    assert tests.startswith("python3 -m venv")
    assert tests.rstrip().endswith("pytest")


def test_the_exit_codes_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitCode)
