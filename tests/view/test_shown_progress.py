"""How far something has come is shown after a second, to people only, and makes room for what is printed."""

import io
from collections.abc import Iterator

import click
import pytest

from clickgen.cli import progress
from clickgen.cli.app import VOICE, App
from clickgen.cli.commands.expect import expect
from clickgen.cli.commands.verify import verify
from clickgen.model.progress import Step, followed, listen, tracked
from clickgen.view.console import Console
from clickgen.view.shown_progress import ProgressBar
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


def test_items_are_counted_as_they_are_taken(heard: Heard) -> None:
    assert list(followed(["a", "bc"], "reading", "letters", len)) == ["a", "bc"]
    assert [step.done for step in heard.steps] == [1, 3]
