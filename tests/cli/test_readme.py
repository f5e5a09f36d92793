"""Every command of the README works as pasted."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import click
import pytest

from clickgen.cli.main import root
from clickgen.model.errors import ExitCode
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.readme_blocks import Pasted, blocks_of, paste

ROOT = Path(__file__).resolve().parents[2]


BLOCKS = blocks_of(ROOT / "README.md")
LOOKS_AT_A_RUN = ("verify", "expect", "report", "clean", "runs")


def _tasks() -> list[Pasted]:
    """Blocks in which one that "goes on" is pasted after the nearest before it without a note."""
    tasks: list[Pasted] = []
    for block in BLOCKS:
        if block.note == "goes on":
            position = max(position for position, task in enumerate(tasks) if not task.note)
            tasks[position] = tasks[position]._replace(commands=tasks[position].commands + block.commands)
        elif block.note not in ("start", "tests", "in AWS"):
            tasks.append(block)
    return tasks


TASKS = _tasks()
FOR_AWS = [command for block in BLOCKS if block.note == "in AWS" for command in block.commands.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: a checkout's profiles and examples, a recording, and a query."""
    for kept in ("profiles", "examples"):
        shutil.copytree(ROOT / kept, tmp_path / kept)
    (tmp_path / "clicks.jsonl").write_text(
        "".join(f'{{"page":"/{n}","event_time":"2026-01-01T00:00:{n // 5:02d}Z"}}\n' for n in range(20))
    )
    (tmp_path / "daily_hits.sql").write_text("SELECT day, page, cnt FROM daily\n")
    return tmp_path


@pytest.mark.parametrize("block", TASKS, ids=lambda block: f"{block.heading}: {block.commands.splitlines()[0]}")
def test_a_task_works_as_pasted(
    block: Pasted, clickgen: CommandLine, folder: Path, request: pytest.FixtureRequest
) -> None:
    environment = dict(clickgen.environment)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    del environment["CLICKGEN_HOME"]  # what a command names lies in the user's folder
    an_earlier_run = "clickgen send --rate max --events 100"
    if block.note == "with a stream":
        environment |= {**CREDENTIALS, "AWS_ENDPOINT_URL": request.getfixturevalue("moto")}
        an_earlier_run += f" --stream {request.getfixturevalue('stream')}"
    if block.commands.split()[1] in LOOKS_AT_A_RUN:
        paste(an_earlier_run, folder, environment)
    paste(block.commands, folder, environment, ExitCode.LOST if block.note == "loses events" else ExitCode.OK)


@pytest.mark.parametrize("line", FOR_AWS)
def test_a_command_for_services_that_are_not_here_is_understood(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    program, *words = shlex.split(line)
    assert program == "clickgen"
    command: click.Command | None = root
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None, line
    assert command.make_context(line, words).params


def test_the_two_lines_to_start_set_up_and_run() -> None:
    start, tests = (next(block.commands for block in BLOCKS if block.note == note) for note in ("start", "tests"))
    assert start.count("\n") == tests.count("\n") == 1
    assert start.startswith("python3 -m venv")
    assert "clickgen send" in start
    assert "clickgen verify" in start
    assert tests.startswith("python3 -m venv")
    assert tests.rstrip().endswith("pytest")


def test_the_exit_codes_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitCode)
