"""What a shell completes: commands, options, profiles, schemas, and the runs of the home."""

import shutil
import subprocess

import pytest

from tests.conftest import CommandLine


def completed(clickgen: CommandLine, *words: str) -> list[str]:
    """What bash is offered for the last word."""
    asked = {
        "_CLICKGEN_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    said = clickgen.run(env=asked)
    assert said.err == ""
    return [line.partition(",")[2] for line in said.out.splitlines()]


def test_names_of_profiles_and_schemas_else_files(clickgen: CommandLine) -> None:
    assert completed(clickgen, "clickgen", "send", "--profile", "sh") == ["shop"]
    assert completed(clickgen, "clickgen", "generate", "-p", "./m") == ["./m"]  # a file, by the shell
    assert completed(clickgen, "clickgen", "profiles", "show", "ne") == ["news"]
    assert "segment" in completed(clickgen, "clickgen", "send", "--schema", "s")


def test_runs_the_newest_first(clickgen: CommandLine) -> None:
    runs: list[str] = []
    for _ in range(2):
        made = clickgen.run("generate", "-n", "20", "-d", "1m", "--json")
        assert made.code == 0, made.err
        runs.insert(0, made.json["run"])
    for words in (("runs", "show", ""), ("expect", ""), ("verify", "s3", "delivery", ""), ("runs", "remove", "")):
        assert completed(clickgen, "clickgen", *words) == ["last", "previous", *runs]
    assert completed(clickgen, "clickgen", "report", runs[0]) == [runs[0]]
    assert completed(clickgen, "clickgen", "verify", "l") == ["last"]
    assert {"s3", "all", "last", *runs} <= set(completed(clickgen, "clickgen", "verify", ""))
    assert completed(clickgen, "clickgen", "verify", "--wa") == ["--wait"]


def test_nothing_is_offered_where_there_is_no_home(clickgen: CommandLine) -> None:
    assert completed(clickgen, "clickgen", "runs", "show", "") == ["last", "previous"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(clickgen: CommandLine, shell: str) -> None:
    said = clickgen.run("completion", shell)
    assert said.code == 0
    assert f"_CLICKGEN_COMPLETE={shell}_complete" in said.out
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=said.out, text=True, check=False).returncode == 0
