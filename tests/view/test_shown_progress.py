"""How far something has come is shown after a second, to people only, and makes room for what is printed."""

import io
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import click
import pytest

from clickgen.cli import progress
from clickgen.cli.app import VOICE, App
from clickgen.cli.commands.expect import expect
from clickgen.cli.commands.generate import generate
from clickgen.cli.commands.verify import verify
from clickgen.model.progress import Step, followed, listen, timed, tracked
from clickgen.view.console import Console
from clickgen.view.shown_progress import ProgressBar, ProgressLines
from tests.conftest import CommandLine


class Heard:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.pauses = 0

    def step(self, step: Step) -> None:
        self.steps.append(step)

    def pause(self) -> None:
        self.pauses += 1


@pytest.fixture
def heard() -> Iterator[Heard]:
    listener = Heard()
    listen(listener)
    yield listener
    listen(None)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that goes by as the test wants it."""
    now = [100.0]
    monkeypatch.setattr("clickgen.cli.progress.time.monotonic", lambda: now[0])
    return now


def said_by(time: list[float], seconds: float) -> None:
    """Count for so long, ten steps a second."""
    listen(progress.LateProgress())
    with tracked("reading", "objects", 4000) as advance:
        for _ in range(round(seconds * 10)):
            advance(10)
            time[0] += 0.1
    listen(None)


def test_a_log_gets_a_line_every_five_seconds(time: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    said_by(time, 12.0)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["00:05", "00:10"]
    assert all(line.endswith(" of 4,000 objects") for line in lines)


def test_what_takes_a_second_is_not_spoken_of(time: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    said_by(time, 0.9)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_shown_with_quiet_or_json(
    time: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, quiet: bool
) -> None:
    monkeypatch.setattr(VOICE, "quiet", quiet)
    with click.Context(click.Command("x"), obj=App(as_json=not quiet)):
        said_by(time, 20.0)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    file = io.StringIO()
    console = Console(file=file)
    bar = ProgressBar(console)
    for done in (100, 200):
        bar.step(Step("reading", done, 4000, "objects"), 2.0)
    bar.pause()
    assert "reading 200 of 4,000 objects" in file.getvalue()
    assert file.getvalue().endswith("\x1b[2K")  # the line is erased


def test_what_verify_and_expect_do_is_reported(clickgen: CommandLine, heard: Heard) -> None:
    assert clickgen.run("send", "--rate", "max", "--events", "900").code == 0
    home = ["--home", str(clickgen.home)]
    for command, words in ((verify, ["s3", "delivery"]), (expect, [])):
        command.main([*words, *home], command.name, standalone_mode=False)
    last = {step.doing: step for step in heard.steps}
    assert last["listing"].done == last["reading"].done == last["reading"].total
    assert last["counting"] == Step("counting", 900, 900, "events")
    assert heard.pauses >= len(last)


def test_what_says_nothing_until_it_is_done_is_counted_in_seconds(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clickgen.model.progress._TICK_S", 0.01)
    with timed("querying Athena:"):
        while len(heard.steps) < 3:
            sleep(0.01)
    assert heard.steps[0] == Step("querying Athena:", 0, None, "seconds")
    assert heard.steps[2].done > heard.steps[1].done > 0
    assert heard.pauses == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_json_is_respected_by_a_step_of_another_thread(
    time: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    progress_of = progress.LateProgress()
    with click.Context(click.Command("x"), obj=App(as_json=True)):
        progress_of.step(Step("querying:", 0, None, "seconds"))
    for _ in range(20):
        time[0] += 1
        progress_of.step(Step("querying:", 1, None, "seconds"))
    assert capsys.readouterr().err == ""


def test_a_generated_run_and_a_query_are_reported(
    clickgen: CommandLine, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLICKGEN_HOME", str(clickgen.home))
    to = str(tmp_path / "made.parquet")
    generate.main(["--rate", "20", "--duration", "1m", "--to", to], "generate", standalone_mode=False)
    verify.main(["parquet", "totals", "--at", to], "verify", standalone_mode=False)
    last = {step.doing: step for step in heard.steps}
    assert last["making"] == Step("making", 1200, 1200, "events", estimated=True)
    assert last[f"querying {to}:"].unit == "seconds"


def test_an_estimated_total_is_said_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    ProgressLines(sys.stderr).step(Step("making", 900, 1200, "events", estimated=True), 5.0)
    assert capsys.readouterr().err == "00:05  making 900 of about 1,200 events\n"


def test_items_are_counted_as_they_are_taken(heard: Heard) -> None:
    assert list(followed(["a", "bc"], "reading", "letters", len)) == ["a", "bc"]
    assert [step.done for step in heard.steps] == [1, 3]
