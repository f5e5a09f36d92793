"""How commands are written: short options, amounts as people write them, and what one command says of the next."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.under_way import sending


def plan_of(clickgen: CommandLine, *home: str) -> dict[str, object]:
    plan: dict[str, object] = clickgen.run("runs", "show", "--json", *home).json["plan"]
    return plan


def test_amounts_are_written_as_people_write_them_on_the_command_line_and_in_variables(
    clickgen: CommandLine,
) -> None:
    assert clickgen.run("send", "-q", "-r", "30k/min", "-n", "0.1k", "-p", "news").code == 0
    plan = plan_of(clickgen)
    assert (plan["rate"], plan["planned"], plan["profile"]) == (500, 100, "news")
    written = {"CLICKGEN_SEND_RATE": "1_000/s", "CLICKGEN_SEND_EVENTS": "1e2"}
    assert clickgen.run("send", "-q", "--threshold", "rate>0.001k/s", env=written).code == 0
    plan = plan_of(clickgen)
    assert (plan["rate"], plan["planned"]) == (1000, 100)


def test_workers_alone_raise_the_lanes(clickgen: CommandLine) -> None:
    assert clickgen.run("send", "-q", "-r", "50", "-n", "10", "--workers", "3").code == 0
    plan = plan_of(clickgen)
    assert (plan["lanes"], plan["workers"]) == (4, 3)
    assert clickgen.run("generate", "-q", "-n", "50", "-d", "1m", "--workers", "2").code == 0
    plan = plan_of(clickgen)
    assert (plan["lanes"], plan["workers"]) == (2, 2)


def test_a_recording_that_one_worker_reads_says_so(clickgen: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "clicks.jsonl").write_text('{"page":"/"}\n')
    said = clickgen.run("replay", str(tmp_path / "clicks.jsonl"), "-r", "100", "--workers", "2", "-o", "-")
    assert said.code == 0
    assert "--workers 2: only 1 can read" in said.err


def test_the_next_command_names_a_home_that_the_command_line_named(clickgen: CommandLine, tmp_path: Path) -> None:
    home = str(tmp_path / "of its own")
    sent = clickgen.run("send", "-r", "max", "-n", "10", "--home", home)
    run = str(clickgen.run("runs", "show", "--json", "--home", home).json["run"])
    assert f"clickgen verify {run} --home '{home}'\n" in sent.out
    made = clickgen.run("generate", "-n", "10", "-d", "1m", "--home", home)
    assert f" --home '{home}'\n" in made.out
    assert "--home" not in clickgen.run("send", "-r", "max", "-n", "10").out


def test_a_second_run_says_which_one_holds_the_lake_and_what_to_do(clickgen: CommandLine) -> None:
    running = sending(clickgen, "send", "-r", "10")
    try:
        holder = next((clickgen.home / "runs").iterdir()).name
        said = clickgen.run("send", "-n", "5")
        assert said.code == 3
        assert f"run {holder} is sending into the lake of this home" in said.err
        assert f"--home {clickgen.home}-2" in said.err
        assert len(list((clickgen.home / "runs").iterdir())) == 1
        # a file needs no lake
        assert clickgen.run("send", "-n", "5", "-o", f"file:{clickgen.home}-2.jsonl").code == 0
    finally:
        running.terminate()
        running.communicate(timeout=60)


def test_only_the_largest_groups_are_shown_the_largest_first(clickgen: CommandLine) -> None:
    assert clickgen.run("generate", "-q", "-n", "2k", "-d", "1h").code == 0
    every = clickgen.run("expect", "--by", "page", "--json").json
    top = clickgen.run("expect", "--by", "page", "--top", "3", "--json").json
    by_hits = sorted(every["rows"], key=lambda row: -row["hits"])
    assert top["rows"] == by_hits[:3]
    assert top["left_out"] == len(by_hits) - 3
    assert every["left_out"] == 0
    shown = clickgen.run("expect", "--by", "page", "--top", "3").out
    assert f"and {len(by_hits) - 3} groups with fewer hits" in shown
    csv = clickgen.run("expect", "--by", "page", "--top", "2", "--csv").out.splitlines()
    assert [line.partition(",")[0] for line in csv[1:]] == [row["page"] for row in by_hits[:2]]


@pytest.mark.parametrize(("region", "rate"), [("us-east-1", 5 << 20), ("eu-central-1", 1 << 20)])
def test_the_highest_rate_that_is_priced_is_that_of_the_quota(
    clickgen: CommandLine, region: str, rate: int
) -> None:
    said = clickgen.run("cost", "-r", "max", "-n", "1M", "--event-bytes", "1KiB", "--region", region, "--json")
    assert said.json["events"] == 1_000_000
    assert said.json["rate"] == pytest.approx(rate / 1024)
    assert f"{rate / 1024:,.0f}/s" in said.err
