"""The README works as pasted: its blocks one after the other, in one folder and one shell."""

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
README = ROOT / "README.md"
BLOCKS = blocks_of(README)
FOR_AWS = [
    command
    for block in [*BLOCKS, *blocks_of(ROOT / "examples" / "reference.md")]
    if block.note == "in AWS"
    for command in block.commands.splitlines()
]
INSTALLING = re.compile(r"^.*pip install \S+ \S+ && ", re.MULTILINE)
"""The part of the first line that sets up an environment, which `.ci/run` has done before the tests run."""


def _as_pasted(block: Pasted) -> str:
    """What a user's shell runs of a block here; what it prints is preceded by where in the README it stands."""
    said = f"printf '\\n== %s\\n' {shlex.quote(block.heading)}\n"
    if block.note == "with a stream":  # moto stands for the account, and for it alone
        account = "".join(f"export {name}={value}\n" for name, value in CREDENTIALS.items())
        return f'{said}(\n{account}export AWS_ENDPOINT_URL="$STAND_IN"\n{block.commands})\n'
    return said + (INSTALLING.sub("", block.commands) if block.note == "start" else block.commands)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: a checkout, as far as the README needs one."""
    for kept in ("profiles", "examples"):
        shutil.copytree(ROOT / kept, tmp_path / kept)
    return tmp_path


@pytest.mark.walks
@pytest.mark.timeout(900)  # some forty commands, each of which takes seconds
@pytest.mark.usefixtures("stream")
def test_the_blocks_work_pasted_one_after_the_other(clickgen: CommandLine, folder: Path, moto: str) -> None:
    environment = dict(clickgen.environment) | {"STAND_IN": moto}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    del environment["CLICKGEN_HOME"]  # what a command names lies in the user's folder
    here = [block for block in BLOCKS if block.note not in ("tests", "in AWS")]
    paste("".join(map(_as_pasted, here)), folder, environment, seconds=840)


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
    assert INSTALLING.match(start)
    assert "clickgen send" in start
    assert start.rstrip().endswith("clickgen verify")
    assert tests.startswith("python3 -m venv")
    assert tests.rstrip().endswith("pytest")


def test_the_notes_are_those_that_mean_something() -> None:
    assert {block.note for block in BLOCKS} <= {"", "start", "tests", "with a stream", "in AWS"}


def test_the_exit_codes_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "examples" / "reference.md").read_text("utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitCode)


@pytest.mark.parametrize("file", [README, *sorted((ROOT / "examples").glob("*.md"))], ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    text = file.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]*)(?:#[^)]*)?\)", text):
        if link and "://" not in link:
            assert (file.parent / link).exists(), link


@pytest.mark.parametrize("file", [README, *sorted((ROOT / "examples").glob("*.md"))], ids=lambda file: file.name)
def test_anchors_are_headings(file: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#]*)#([^)]*)\)", file.read_text("utf-8")):
        text = (file.parent / link).read_text("utf-8") if link else file.read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
