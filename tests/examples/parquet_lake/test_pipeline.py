"""parquet-lake as its README has it: fed, queried, broken and found at each station, whole again, stopped."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.running_example import walk_through_readme

SHORTER = {"--speedup 10": "--speedup 60", r"--duration \S+": "--duration 1s", "--wait 10s": "--wait 1s"}
FOLDER = "examples/parquet-lake"


@pytest.mark.walks
def test_the_walk_through_its_readme(clickgen: CommandLine, tmp_path: Path) -> None:
    said = walk_through_readme("parquet-lake", clickgen, tmp_path / "checkout", SHORTER)
    verified = [out for command, out in said if "verify all delivery" in command]
    whole, rejected = "all 200 accepted events are at every station", "failed here (Convert.NotAPageView)"
    assert [(whole in out, rejected in out) for out in verified] == [
        (True, False), (False, True), (False, False), (True, False),
    ]  # fmt: skip
    assert "damaged" in verified[1]
    assert "not there yet, of 200 accepted events: 200 at s3:processed" in verified[2]
    answers = {command.partition(f"{FOLDER}/sql/")[2]: out for command, out in said if "local query" in command}
    [day] = {line.split(",")[0] for line in answers["unique_users.sql"].splitlines() if line.startswith("20")}
    expected = next(out for command, out in said if "expect" in command)
    users = expected.split(day)[1].split()[1]
    assert f"{day},{users}\n" in answers["unique_users.sql"]
    for name in ("latest.sql", "latest_of_each_user.sql"):
        assert sum(day in line for line in answers[name].splitlines()) == 10
    totals = next(out for command, out in said if "athena totals" in command)
    assert "counted: hits agree in all" in totals
    curated = next(out for command, out in said if "FROM curated_daily" in command)
    assert sum(day in line for line in curated.splitlines()) == 5
