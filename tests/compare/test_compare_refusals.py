"""What cannot be compared: the exit code, what is wrong, and a hint."""

import shlex
from pathlib import Path

import pytest

from clickgen.ledger.folder import Home
from tests.conftest import CommandLine
from tests.support.made_visits import recording, visits
from tests.support.planted import RUN, Planted, events, lines

USAGE, ENVIRONMENT = 2, 3
TABLE: list[tuple[str, int, str, str]] = [
    ("compare", USAGE, "Missing argument 'A'", ""),
    ("compare clicks", USAGE, "Missing argument 'B'", ""),
    ("compare clicks shpo", USAGE, "'shpo' is neither a file, a profile nor a run", "did you mean shop?"),
    ("compare clicks clikcs", USAGE, "'clikcs' is neither a file", "did you mean clicks?"),
    ("compare clicks staging", USAGE, "it is a profile of the AWS configuration", "--from-profile staging"),
    ("compare clicks ./absent.toml", USAGE, "absent.toml: the profile cannot be read", "shop"),
    ("compare clicks ./bad.toml", USAGE, "bad.toml:1: not a TOML file", "Write it as TOML"),
    ("compare clicks ./absent.jsonl", USAGE, "no such file: ./absent.jsonl", "check the path"),
    ("compare clicks none/*", USAGE, "none/*: there are no files", "check the path"),
    ("compare clicks clicks", USAGE, "A and B are both clicks", "halves"),
    ("compare clicks copy", USAGE, "clicks and copy hold the same events", "halves"),
    ("compare clicks few", USAGE, "few has 12 visitors", "--visitor-field"),
    ("compare few shop", USAGE, "few has 12 visitors", "--visitor-field"),
    ("compare clicks robot", USAGE, "beside 1 visitor with most of the events", "--visitor-field"),
    ("compare clicks untimed", USAGE, "untimed: no field with times was found", "--time-field"),
    ("compare clicks empty", USAGE, "no events in empty", "check that these are the right files"),
    ("compare clicks -", USAGE, "standard input can be read only once", "write it to a file"),
    ("compare clicks shop --zone Mars/Base", USAGE, "'Mars/Base' is not a time zone", ""),
    ("compare clicks shop --threshold auk<.6", USAGE, "has no figure 'auk'", "did you mean auc?"),
    ("compare clicks shop --threshold latency_p99<2x", USAGE, "has no figure 'latency_p99'", "session_length"),
    ("compare clicks shop --threshold auc<low", USAGE, "'low' is not a number", "0.65"),
    ("compare clicks shop --threshold auc", USAGE, "--threshold 'auc' cannot be read", "auc<.65"),
    (f"compare {RUN} last", USAGE, f"both are run {RUN}", "clickgen runs list"),
    (f"compare {RUN} {RUN[:4]}", USAGE, f"both are run {RUN}", "clickgen runs list"),
    ("compare previous last", USAGE, "there is only one run in", "clickgen runs list"),
    (f"compare {RUN} ffff", USAGE, "no run is called 'ffff'", "clickgen runs list"),
    (f"compare {RUN} shop", USAGE, f"{RUN} is a run, and shop is a profile", "a run is compared with a run"),
    (f"compare clicks {RUN}", USAGE, f"{RUN} is a run, and clicks is a recording", "a run is compared"),
    (f"compare {RUN} other/runs/5f0000aa0b0c", ENVIRONMENT, "other", "clickgen trust"),
    (f"compare {RUN} last --zone UTC", USAGE, "--zone with two runs: no recording is read", "leave it out"),
    (f"compare {RUN} last --limit 5", USAGE, "--limit with two runs", "leave it out"),
    (f"compare {RUN} last --threshold p99<2x", USAGE, "a run has no figure 'p99'", "or latency_p99"),
    (f"compare {RUN} last --threshold rate<95%", USAGE, "rate is not a share", "1.1x"),
    (f"compare {RUN} last --threshold latency_p99<fast", USAGE, "'fast' is not a duration", "2x"),
    (f"compare {RUN} last --threshold missing<-1", USAGE, "'-1' is not a number", "0.65"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, with recordings, and with files that nothing can be made of."""
    path = tmp_path_factory.mktemp("compare")
    run = Planted(path)
    run.claim(0, 10)
    run.put("first", lines(events(0, 10)))
    recording(path / "clicks", visits(100))
    recording(path / "copy", visits(100))
    recording(path / "few", visits(12, seed=3))
    robot = ({"ts": 1_700_000_000 + n, "user_id": "robot", "page": "/"} for n in range(5000))
    recording(path / "robot", [*robot, *visits(12, seed=4)])
    recording(path / "untimed", ({"user_id": event["user_id"], "page": "/"} for event in visits(50)))
    (path / "empty").write_text("")
    (path / "bad.toml").write_text("not toml")
    (path / "aws").write_text("[profile staging]\nregion = eu-west-1\n")
    other = path / "other" / "runs" / "5f0000aa0b0c"
    other.mkdir(parents=True)
    (other / "plan.json").write_text("{}")
    return path


@pytest.mark.parametrize(("words", "code", "message", "hint"), TABLE, ids=[entry[0] for entry in TABLE])
def test_it_is_refused_with_a_hint(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: int, message: str, hint: str
) -> None:
    monkeypatch.chdir(folder)
    said = CommandLine(folder / "home").run(*shlex.split(words), env={"AWS_CONFIG_FILE": str(folder / "aws")})
    assert said.code == code, said.err
    assert message in said.err
    assert not said.out
    assert hint in said.err.partition("hint:")[2]


def test_a_file_called_like_a_profile_is_named_with_its_folder(folder: Path) -> None:
    recording(folder / "news", visits(60, seed=9))
    said = CommandLine(folder / "home").run("compare", str(folder / "clicks"), str(folder / "news"), "--json")
    assert said.code == 0, said.err
    assert said.json["b"]["generated"] is False


def test_every_command_knows_the_latest_runs(folder: Path) -> None:
    assert Home(folder / "home").find_run("last").run == RUN
    assert CommandLine(folder / "home").run("runs", "show", "last", "--json").json["run"] == RUN
