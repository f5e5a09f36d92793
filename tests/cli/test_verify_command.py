"""`clickgen verify s3 delivery` as users run it: verdicts as exit codes, one JSON object, clear errors."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.planted import RUN, Planted, events, lines

DOCUMENT = [
    "run", "verdict", "accepted", "delivered", "missing", "pending", "recovered", "duplicates", "conflicting",
    "corrupt", "truncated", "other_runs", "foreign", "failed", "dropped", "objects", "bytes", "latency_s",
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def test_verified_is_exit_0_and_says_what_it_reads(run: Planted, clickgen: CommandLine) -> None:
    run.put("1", lines(events(0, 100)))
    said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake))
    assert said.code == 0
    assert said.out.startswith(f"run {RUN} verified: all 100 accepted events arrived, whole\n")
    assert "reading 1 object, " in said.err
    assert max(map(len, said.out.splitlines())) <= 80


def test_json_is_one_object_with_the_words_of_the_design(run: Planted, clickgen: CommandLine) -> None:
    size = run.put("1", lines(events(0, 90))).stat().st_size
    said = clickgen.run("verify", "s3", "delivery", RUN[:6], "--at", str(run.lake), "--json")
    assert said.code == 1
    assert set(DOCUMENT) <= set(said.json)
    assert said.json["run"] == RUN
    assert said.json["verdict"] == "anomalous"
    assert (said.json["delivered"], said.json["missing"]) == (90, 10)
    assert said.json["duplicates"] == {"explained": 0, "unexplained": 0}
    assert said.json["latency_s"]["sent"]["max"] == 60.0
    assert said.json["bytes"] == size
    assert len(said.json["witnesses"]["missing"]) == 10
    assert "anomalous: 10 missing" in said.err


def test_a_verdict_says_where_the_damage_is(run: Planted, clickgen: CommandLine) -> None:
    run.put("deep/object", lines(events(0, 99)) + b"\xff" * 20 + b"\n")
    said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake))
    assert said.code == 1
    assert "1 missing, 1 corrupt" in said.out.splitlines()[0]
    assert f"deep/object at {len(lines(events(0, 99))):,}" in said.out
    assert "lane 0: 99" in said.out
    assert "\x1b" not in said.out


def test_a_live_run_is_exit_4(run: Planted, clickgen: CommandLine) -> None:
    run.put("1", lines(events(0, 100)))
    with run.run.held():
        said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake))
    assert said.code == 4
    assert "incomplete" in said.out
    assert f"clickgen verify s3 delivery {RUN} --wait 10m" in said.out


def test_exclusive_and_ids_from_the_environment(run: Planted, clickgen: CommandLine) -> None:
    run.put("1", lines([*(part[:-1] + b',"x":1}' for part in events(0, 100)), b'{"foreign":1}']))
    arguments = ("verify", "s3", "delivery", "--at", str(run.lake))
    assert "--content ids" in clickgen.run(*arguments).out
    assert clickgen.run(*arguments, env={"CLICKGEN_VERIFY_S3_DELIVERY_CONTENT": "ids"}).code == 0
    assert clickgen.run(*arguments, "--content", "ids", "--exclusive").code == 1


def test_an_embedded_run_is_verified_and_its_damage_found(clickgen: CommandLine) -> None:
    assert clickgen.run("send", "--events", "300", "--rate", "max", "--json").code == 0
    said = clickgen.run("verify", "s3", "delivery", "--json")
    assert (said.code, said.json["delivered"], said.json["duplicates"]["unexplained"]) == (0, 300, 0)
    [landed] = [path for path in (clickgen.home / "lake" / "clickgen-lake").rglob("*") if path.is_file()]
    whole = landed.read_bytes().splitlines(keepends=True)
    landed.write_bytes(b"".join([*whole[:200], whole[0], whole[201].replace(b":", b";", 1), whole[202][:50]]))
    said = clickgen.run("verify", "s3", "delivery", "--json")
    assert said.code == 1
    found = {name: said.json[name] for name in ("delivered", "missing", "corrupt", "truncated", "duplicates")}
    assert found == {
        "delivered": 200,
        "missing": 100,
        "corrupt": 1,
        "truncated": 1,
        "duplicates": {"explained": 0, "unexplained": 1},
    }


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ffff"], 2, "no run is called 'ffff'"),
        (["--at", "/nowhere/at/all"], 2, "there is no folder"),
        (["--at", "s3:///x"], 2, "names no bucket"),
        (["--at", "s3://bucket", "--endpoint-url", "http://127.0.0.1:9"], 3, "hint:"),
        (["--at", "s3://bucket", "--endpoint-url", "nonsense"], 2, "endpoint"),
        (["--at", "s3://bucket", "--aws-profile", "nobody"], 2, "'nobody'"),
        (["--wait", "soon"], 2, "not a duration"),
        (["--content", "half"], 2, "--content"),
    ],
)
def test_what_cannot_be_used_is_said_with_a_hint(
    run: Planted, clickgen: CommandLine, arguments: list[str], code: int, words: str
) -> None:
    said = clickgen.run("verify", "s3", "delivery", *arguments)
    assert said.code == code
    assert words in said.err
    assert said.out == ""


def test_without_runs_it_says_how_to_start_one(clickgen: CommandLine) -> None:
    said = clickgen.run("verify", "s3", "delivery")
    assert said.code == 2
    assert "there are no runs" in said.err


@pytest.mark.parametrize("command", [["verify"], ["verify", "s3"], ["verify", "s3", "delivery"]])
def test_help_has_examples(clickgen: CommandLine, command: list[str]) -> None:
    said = clickgen.run(*command, "--help")
    assert said.code == 0
    assert "Examples:" in said.out
