"""`clickgen learn --compare` holds what is learned against another recording, or against the half left out."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.learn.test_learn_command import clicks, written


def test_it_takes_another_recording(clickgen: CommandLine, tmp_path: Path) -> None:
    mine = written(tmp_path / "mine.jsonl", clicks(300))
    its = written(tmp_path / "its.jsonl", clicks(500))
    said = clickgen.run("learn", mine, "--compare", its, "--json")
    assert said.code == 0, said.err
    compared = said.json["compared"]
    assert compared["other"] == its
    assert said.json["visitors"] == 300
    assert compared["second"]["sessions"] > compared["first"]["sessions"]
    aspects = {aspect["name"]: aspect for aspect in compared["aspects"]}
    assert aspects["page popularity"]["learned"] < 0.06
    assert aspects["sessions told apart"]["learned"] < 0.7
    shown = clickgen.run("learn", mine, "--compare", its)
    assert "A is what was learned from, B is" in shown.out
    assert "distance to B" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80


def test_a_recording_that_only_the_option_names_is_halved(clickgen: CommandLine, tmp_path: Path) -> None:
    said = clickgen.run("learn", "--compare", written(tmp_path / "clicks", clicks(200)), "--json")
    assert said.code == 0, said.err
    assert said.json["compared"]["other"] is None
    assert said.json["visitors"] == 200


def test_learned_sessions_are_no_nearer_than_held_out_ones(clickgen: CommandLine, tmp_path: Path) -> None:
    said = clickgen.run("learn", written(tmp_path / "clicks", clicks(600)), "--compare", "--json")
    assert said.code == 0, said.err
    assert said.json["compared"]["closest"]["nearer"] == pytest.approx(0.5, abs=0.1)


def test_too_few_visitors_for_halves_are_still_learned_from(clickgen: CommandLine, tmp_path: Path) -> None:
    few = written(tmp_path / "few", clicks(25))
    said = clickgen.run("learn", few, "--compare")
    assert said.code == 2
    assert "25 visitors, which is too few to compare" in said.err
    assert "learn without --compare" in said.err
    assert clickgen.run("learn", few, "-o", str(tmp_path / "few.toml")).code == 0


def test_without_a_recording_it_says_so(clickgen: CommandLine) -> None:
    said = clickgen.run("learn", "--compare")
    assert said.code == 2
    assert "no recording is named" in said.err
