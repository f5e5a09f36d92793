"""What happens to the output never changes what the result was."""

import subprocess

import pytest

from tests.conftest import CommandLine


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with a run whose events all arrived; whatever the tests do there, the latest run is such a one."""
    clickgen = CommandLine(tmp_path_factory.mktemp("sent") / "home")
    assert clickgen.run("send", "--rate", "max", "--events", "50").code == 0
    return clickgen


def shell(clickgen: CommandLine, arguments: list[str], redirection: str) -> tuple[int, str]:
    """A command with its standard output redirected; its own exit code and what it said on stderr."""
    script = f'"$@" {redirection}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *clickgen.command(arguments)],
        env=clickgen.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


COMMANDS = [
    ["verify", "s3", "delivery"],
    ["verify", "s3", "delivery", "--json"],
    ["runs", "list"],
    ["runs", "show", "--json"],
    ["send", "--rate", "max", "--events", "10", "--json"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_left_changes_nothing(sent: CommandLine, arguments: list[str]) -> None:
    code, err = shell(sent, arguments, "| true")
    assert code == 0, err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_behind_the_output_is_said(sent: CommandLine, arguments: list[str]) -> None:
    code, err = shell(sent, arguments, "> /dev/full")
    assert code == 3, err
    assert "the result cannot be written" in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_help_answers_without_the_heavy_libraries(clickgen: CommandLine) -> None:
    for arguments in (
        ["--help"],
        ["send", "--help"],
        ["verify", "s3", "delivery", "--help"],
        ["verify", "--help"],
    ):
        code, modules = shell(clickgen, arguments, ">/dev/null")
        assert code == 0, modules
    imported = subprocess.run(
        [clickgen.command([])[0], "-X", "importtime", "-m", "clickgen", "send", "--help"],
        env=clickgen.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    for heavy in ("boto3", "botocore", "numpy", "pydantic", "rich.console", "faker", "aiohttp"):
        assert f" {heavy}\n" not in imported
