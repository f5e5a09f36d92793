"""firehose-athena as its README has it: fed, counted, queried, broken at each station and whole again, stopped."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.running_example import walk_through_readme

SHORTER = {"--speedup 10": "--speedup 60", r"--duration \S+": "--duration 1s", "--wait 5s": "--wait 1s"}


@pytest.mark.walks
def test_the_walk_through_its_readme(clickgen: CommandLine, tmp_path: Path) -> None:
    said = walk_through_readme("firehose-athena", clickgen, tmp_path / "checkout", SHORTER)
    answers = {command.rpartition("/sql/")[2]: out for command, out in said if "local query" in command}
    expected = next(out for command, out in said if " expect " in command).splitlines()[2:]
    hits = {line.split()[0]: line.split()[2] for line in expected}
    top = dict(line.split(",")[:2] for line in answers["top_pages.sql"].splitlines() if line.count(",") == 2)
    assert top.pop("client_event") == "hits"
    assert top == hits
    assert "200,0,0,0,0,0,0\n" in answers["validity.sql"]

    agree = ["counted: hits" in out for command, out in said if " totals " in command]
    assert agree == [True, True, False]
    assert any("events are not counted" in out for command, out in said if "grep" in command)

    found = [out for command, out in said if " all delivery" in command]
    whole = ["at every station" in out for out in found]
    assert whole == [True, False, False, False, True, False, True]
    assert "none of 200 accepted events was lost; not kept: " in found[1]
    assert "failed here (Lambda.ProcessingFailedStatus)" in found[2]
    assert "200 failed here (Lambda.FunctionError)" in found[3]
    assert "s3:lake misbehaves as requested: pause" in found[5]
