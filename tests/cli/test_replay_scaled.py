"""`clickgen replay --multiply`, `--drop` and `--pseudonymise` as users run them."""

import json
import signal
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine
from tests.support.collector import collector
from tests.support.under_way import until_accepted

BEGIN = 1_700_000_000
SECRET = "0123456789abcdef-and-more"


def clicks(path: Path, events: int = 60) -> str:
    """A recording of ten visitors; its path."""
    lines = (
        {
            "t": BEGIN + n,
            "visitor_id": f"v{n % 10}",
            "user": {"email": f"v{n % 10}@example.com", "age": 20 + n % 10},
            "n": n,
        }
        for n in range(events)
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def sent(clickgen: CommandLine, out: Path, *words: str, **env: str) -> list[dict[str, Any]]:
    """The events that a replay to a file sent, in their order."""
    said = clickgen.run("replay", *words, "--to", f"file:{out}", "--json", env=env)
    assert said.code == 0, said.err
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert said.json["planned"] == said.json["accepted"] == len(found)
    return sorted(found, key=lambda event: str(event["clickgen_id"]))


@pytest.mark.parametrize(
    "pace", [("--speed", "1e5"), ("--rate", "50000"), ("--rate", "max"), ("--speed", "1e5", "--sort")]
)
def test_copies_are_of_other_visitors_and_as_many_as_planned(
    clickgen: CommandLine, tmp_path: Path, pace: tuple[str, ...]
) -> None:
    file = clicks(tmp_path / "f")
    found = sent(clickgen, tmp_path / "out", file, *pace, "--loop", "2", "--multiply", "3", "--jitter", "10s")
    assert Counter(event["n"] for event in found) == dict.fromkeys(range(60), 6)
    assert len({event["visitor_id"] for event in found}) == 60
    assert len({event["clickgen_id"] for event in found}) == 360
    times = [event["t"] for event in found]
    assert times == sorted(times)


def test_a_real_recording_is_repeated_and_multiplied_and_verified(
    clickgen: CommandLine, shared_data: Path
) -> None:
    file = shared_data / "bitly_usagov" / "example.jsonl"
    if not file.exists():
        pytest.skip(f"no {file}")
    words = ("--loop", "3", "--multiply", "4", "--retime", "now", "--limit", "9000", "--rate", "max")
    said = clickgen.run("replay", str(file), *words, "--json")
    assert (said.code, said.json["planned"], said.json["accepted"]) == (0, 9000, 9000), said.err
    proof = clickgen.run("verify", "s3", "delivery", "--content", "fields", "--json")
    assert (proof.code, proof.json["verdict"], proof.json["delivered"]) == (0, "verified", 9000), proof.err


def test_a_run_that_is_taken_up_again_has_the_same_pseudonyms(clickgen: CommandLine, tmp_path: Path) -> None:
    file = clicks(tmp_path / "f", 600)
    hidden = ("--pseudonymise", "user.email", "--pseudonymise", "user.age", "--drop", "visitor_id")
    running = clickgen.start("replay", file, "--rate", "300", "--multiply", "2", *hidden)
    until_accepted(clickgen, 200, running)
    running.send_signal(signal.SIGINT)
    summary, _ = running.communicate()
    assert running.returncode in (4, 130)
    assert b"next     clickgen runs resume " in summary
    assert clickgen.run("runs", "resume", "--unknown").code == 0
    proof = clickgen.run("verify", "s3", "delivery", "--content", "fields", "--json")
    assert (proof.code, proof.json["verdict"], proof.json["delivered"]) == (0, "verified", 1200), proof.err
    objects = [path.read_bytes() for path in (clickgen.home / "lake").rglob("*") if path.is_file()]
    landed = [line for data in objects for line in data.split(b"\n") if line.startswith(b'{"clickgen_id')]
    found = [json.loads(line) for line in landed]
    assert len(found) >= 1200
    assert len({event["user"]["email"] for event in found}) == 10
    assert len({event["user"]["age"] for event in found}) == 10
    assert all(10 <= event["user"]["age"] <= 99 for event in found)
    (key,) = clickgen.home.rglob("pseudonym.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    said = clickgen.run("verify", "s3", "delivery", "--content", "fields")
    assert (said.code, "pseudonym.key is missing or damaged" in said.err) == (3, True)


def test_pseudonyms_are_the_same_in_another_run_only_with_a_key(clickgen: CommandLine, tmp_path: Path) -> None:
    words = (clicks(tmp_path / "f"), "--rate", "max", "--pseudonymise", "user.email")

    def emails(name: str, **env: str) -> set[str]:
        return {event["user"]["email"] for event in sent(clickgen, tmp_path / name, *words, **env)}

    assert emails("a").isdisjoint(emails("b"))
    given = {"CLICKGEN_PSEUDONYM_KEY": SECRET}
    assert emails("c", **given) == emails("d", **given)
    assert emails("e", CLICKGEN_PSEUDONYM_KEY=SECRET + "x").isdisjoint(emails("g", **given))
    kept = b"".join(path.read_bytes() for path in clickgen.home.rglob("*") if path.is_file())
    assert SECRET.encode() not in kept


def test_personal_values_that_leave_this_machine_are_named(clickgen: CommandLine, tmp_path: Path) -> None:
    words = ("replay", clicks(tmp_path / "f"), "--rate", "max", "--to", "http://collector.example/in")
    with collector() as proxy:
        there = {"http_proxy": proxy.url, "no_proxy": "", "NO_PROXY": ""}
        said = clickgen.run(*words, env=there)
        hidden = clickgen.run(*words, "--drop", "user", env=there)
    assert said.code == 2  # there is no terminal to ask at
    assert said.err.count("values look personal in user.email (an e-mail address);") == 1
    assert "--drop FIELD" in said.err
    assert "--pseudonymise FIELD" in said.err
    assert "sending to collector.example without a terminal" in hidden.err
    assert "look personal" not in hidden.err
    assert not proxy.arrived
    here = clickgen.run("replay", clicks(tmp_path / "f"), "--rate", "max", "--to", f"file:{tmp_path / 'out'}")
    assert (here.code, "look personal" in here.err) == (0, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--drop", "a..b"), "--drop 'a..b' is not the path of a field"),
        (("--drop", "n", "--pseudonymise", "n"), "--drop and --pseudonymise both name n"),
        (("--multiply", "2", "--jitter", "2h"), "is longer than an hour"),
        (("--jitter", "2s"), "--jitter without --multiply"),
    ],
)
def test_what_cannot_be_scaled_or_hidden_is_refused(
    clickgen: CommandLine, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    said = clickgen.run("replay", clicks(tmp_path / "f"), *words)
    assert (said.code, message in said.err) == (2, True), said.err


def test_a_short_key_a_pipe_and_a_field_that_is_not_there_are_said(clickgen: CommandLine, tmp_path: Path) -> None:
    file = clicks(tmp_path / "f")
    said = clickgen.run("replay", file, "--pseudonymise", "n", env={"CLICKGEN_PSEUDONYM_KEY": "short"})
    assert (said.code, "has 5 characters" in said.err) == (2, True)
    said = clickgen.run("replay", "-", "--multiply", "2", stdin=b'{"n":1}\n')
    assert (said.code, "read only once" in said.err) == (2, True)
    said = clickgen.run("replay", file, "--drop", "emial", "--rate", "max")
    assert (said.code, "--drop emial: none of the first 60 events has such a field" in said.err) == (0, True)
