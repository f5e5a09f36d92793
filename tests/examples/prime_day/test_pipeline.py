"""prime-day as its README has it: sold in one paste, queried, broken at each station and whole again, stopped."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.running_example import walk_through_readme

SHORTER = {
    r"(local up \S+)": r"\1 --speedup 60",
    r"--duration \S+": "--duration 1s",
    "--wait 5s": "--wait 1s",
}


@pytest.mark.walks
def test_the_walk_through_its_readme(clickgen: CommandLine, tmp_path: Path) -> None:
    said = walk_through_readme("prime-day", clickgen, tmp_path / "checkout", SHORTER)
    story = said[0][1]
    assert "verified: all 200 accepted events are at every station" in story
    revenue, _, whole_day = story[story.index("by_the_end_of_the_day\n") :].splitlines()[1].split(",")
    assert Decimal(whole_day) > Decimal(revenue) > 0

    answers = {command.rpartition("/sql/")[2]: out for command, out in said if "local query" in command}
    sold = dict(line.split(",")[:2] for line in answers["by_product.sql"].splitlines() if line.count(",") == 3)
    expected = next(out for command, out in said if " expect " in command).splitlines()[2:]
    hits = {name.strip(): count.split()[0] for name, _, count in (line.partition("  ") for line in expected)}
    assert sold.pop("product_name") == "sold"
    assert sold == hits
    counted = [out for command, out in said if " totals " in command]
    assert ["counted: hits agree in all" in out for out in counted] == [True, True]

    found = [out for command, out in said if command.startswith("clickgen verify all delivery")]
    assert "damaged" in found[0]
    assert "pipe:orders misbehaves as requested: pause" in found[1]
    assert "200 failed here (Lambda.FunctionError)" in found[4]
    assert "s3:lake misbehaves as requested: pause" in found[5]
    assert [("every station" in out) for out in found] == [False, False, True, True, False, False, True]
