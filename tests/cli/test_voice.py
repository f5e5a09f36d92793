"""`--quiet` leaves the exit code, `--verbose` adds what was called and what the environment set."""

import re

import pytest

from tests.conftest import CommandLine
from tests.support.collector import collector


def test_quiet_commands_say_nothing_and_end_by_their_code(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "-q", "-r", "max", "-n", "50")
    assert (sent.code, sent.out, sent.err) == (0, "", "")
    verified = clickgen.run("verify", "--quiet")
    assert (verified.code, verified.out, verified.err) == (0, "", "")
    for landed in (clickgen.home / "lake" / "clickgen-lake").rglob("*-1-*"):
        landed.unlink()
    lost = clickgen.run("verify", "-q", "--wait", "0s")
    assert (lost.code in (1, 4), lost.out, lost.err) == (True, "", "")
    made = clickgen.run("generate", "-q", "-n", "50", "-d", "1m")
    assert (made.code, made.out, made.err) == (0, "", "")


def test_quiet_leaves_json_warnings_and_errors(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "-q", "-r", "max", "-n", "50", "--json", env={"CLICKGEN_SEND_RTE": "1"})
    assert sent.json["accepted"] == 50
    assert re.fullmatch("warning: nothing reads .*\n", sent.err)
    wrong = clickgen.run("send", "-q", "-p", "nosuch")
    assert wrong.code == 2
    assert wrong.err.startswith("clickgen: There is no profile")


def test_verbose_says_what_the_environment_set_and_each_call(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "-v", "-r", "max", env={"CLICKGEN_SEND_EVENTS": "0.05k"})
    assert sent.code == 0, sent.err
    assert sent.err.splitlines()[0] == "--events is from the environment: CLICKGEN_SEND_EVENTS"
    assert re.search(r"^call: POST http://127\.0\.0\.1:\d+: 200$", sent.err, re.MULTILINE), sent.err
    assert "call:" not in clickgen.run("send", "-r", "max", "-n", "50").err


def test_verbose_says_no_secret_of_a_url(clickgen: CommandLine) -> None:
    with collector() as posting:
        words = (
            "send",
            "-v",
            "-r",
            "max",
            "-n",
            "5",
            "--to",
            posting.url,
            "--http-query",
            "api_key=hunter2",
            "--yes",
        )
        sent = clickgen.run(*words)
    assert sent.code == 0, sent.err
    assert "hunter2" not in sent.err


@pytest.mark.parametrize("words", [("send", "-q", "-v"), ("verify", "-qv")], ids=" ".join)
def test_both_together_are_refused(clickgen: CommandLine, words: tuple[str, ...]) -> None:
    said = clickgen.run(*words)
    assert said.code == 2
    assert "--quiet and --verbose together" in said.err
