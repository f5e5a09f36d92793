"""Exit code 1 says that events were lost or a check failed: what only the world or clickgen can help is 3."""

import sys

import click
import pytest

from clickgen.cli import main as command_line
from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine


def code_of(monkeypatch: pytest.MonkeyPatch, problem: BaseException) -> int:
    """How the command ends where a command of it raises this."""

    def raising(**_: object) -> None:
        raise problem

    monkeypatch.setattr(command_line.root, "main", raising)
    monkeypatch.setattr(command_line, "raise_interrupts", lambda: None)
    monkeypatch.setattr(command_line, "_leave", sys.exit)
    with pytest.raises(SystemExit) as left:
        command_line.main()
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "/there"), ExitCode.ENVIRONMENT, "clickgen: /there: Permission"),
        (OSError("odd"), ExitCode.ENVIRONMENT, "clickgen: a file: odd"),
        (click.FileError("there", "gone"), ExitCode.ENVIRONMENT, "gone"),
        (click.UsageError("what?"), ExitCode.USAGE, "what?"),
        (ZeroDivisionError("bug"), ExitCode.ENVIRONMENT, "please report it with the lines above"),
    ],
)
def test_only_losses_end_with_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problem: BaseException,
    code: ExitCode,
    said: str,
) -> None:
    assert code_of(monkeypatch, problem) == code
    assert said in capsys.readouterr().err


def test_a_file_that_cannot_be_made_is_told(clickgen: CommandLine) -> None:
    said = clickgen.run("generate", "--events", "10", "--to", "/proc/events.jsonl")
    assert said.code == 3
    assert "clickgen: cannot write /proc/events.jsonl." in said.err
