"""A site whose steps have times of their own, and whose visits go back to pages, is found again in its traffic."""

import json
import tomllib
from typing import Any

import pytest

from tests.conftest import CommandLine
from tests.traffic.test_waits import site

pytestmark = pytest.mark.walks


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is learned from some days of the site, of times in whole seconds."""
    folder = tmp_path_factory.mktemp("steps")
    clickgen = CommandLine(folder / "home")
    text = site().text.replace("[sessions]\n", "[sessions]\nresolution_s = 1\n")
    (folder / "site.toml").write_text(text)
    span = ("--since", "2026-03-01", "--duration", "4d", "--events", "120000", "--seed", "5")
    made = clickgen.run("generate", "--profile", str(folder / "site.toml"), *span, "--to", str(folder / "clicks"))
    assert made.code == 0, made.err
    with (folder / "clicks").open() as source, (folder / "whole").open("w") as whole:
        for line in source:
            event = json.loads(line)
            event["event_time"] = event["event_time"][:19] + "Z"
            whole.write(json.dumps(event) + "\n")
    said = clickgen.run("learn", str(folder / "whole"), "-o", str(folder / "learned.toml"))
    assert said.code == 0, said.err
    checked = clickgen.run("profiles", "check", str(folder / "learned.toml"))
    assert checked.code == 0, checked.err
    return tomllib.loads((folder / "learned.toml").read_text())


def test_visits_go_back_as_often(profile: dict[str, Any]) -> None:
    assert profile["sessions"]["again"] == pytest.approx([0.2, 0.1], rel=0.06)
    assert profile["pages"]["list"]["next"]["item"] == pytest.approx(0.5, rel=0.03)
    assert "kinds" not in profile["sessions"]


def test_steps_have_their_times(profile: dict[str, Any]) -> None:
    pages = profile["pages"]
    to_list, to_item = (pages["list"]["to"].get(page, {"factor": 1.0}) for page in ("list", "item"))
    assert pages["list"]["think_s"] * to_list["factor"] == pytest.approx(10, rel=0.03)
    assert pages["list"]["think_s"] * to_item["factor"] == pytest.approx(40, rel=0.03)
    assert to_item["think_sigma"] == pytest.approx(0.2, rel=0.1)
    assert pages["item"]["think_s"] == pytest.approx(20, rel=0.03)
    assert profile["sessions"]["pace_sigma"] == pytest.approx(0.3, rel=0.03)


def test_what_follows_at_once_is_known(profile: dict[str, Any]) -> None:
    assert profile["sessions"]["resolution_s"] == 1.0
    assert profile["pages"]["start"]["at_once"] == 1.0
    assert profile["pages"]["list"]["to"]["end"]["at_once"] == pytest.approx(1.0)
    assert profile["pages"]["item"].get("at_once", 0.0) == 0.0


def test_long_pauses_are_known(profile: dict[str, Any]) -> None:
    assert profile["sessions"]["pause_s"] == pytest.approx(900, rel=0.03)
    assert profile["sessions"]["pause_sigma"] == pytest.approx(0.2, rel=0.1)
    own = profile["pages"]["list"] | profile["pages"]["list"]["to"].get("list", {})
    assert own["pause"] == pytest.approx(0.1, rel=0.06)
    assert profile["pages"]["item"]["pause"] < 0.003
