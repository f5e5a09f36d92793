"""A site whose parameters are known is found again in its own traffic, within 3 %."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine

PROFILE = Path(__file__).with_name("two_kinds.toml")
_NEAR = 0.03


def learned(clickgen: CommandLine, folder: Path) -> dict[str, Any]:
    """What is learned from some days of the site."""
    made = clickgen.run(
        *(
            "generate",
            "--profile",
            str(PROFILE),
            "--events",
            "250000",
            "--since",
            "2026-03-01",
            "--duration",
            "4d",
        ),
        *("--seed", "5", "--to", str(folder / "clicks.jsonl")),
    )
    assert made.code == 0, made.err
    said = clickgen.run("learn", str(folder / "clicks.jsonl"), "-o", str(folder / "learned.toml"))
    assert said.code == 0, said.err
    checked = clickgen.run("profiles", "check", str(folder / "learned.toml"))
    assert checked.code == 0, checked.err
    return tomllib.loads((folder / "learned.toml").read_text())


def kinds(profile: dict[str, Any]) -> list[dict[str, Any]]:
    """The kinds of visits, largest first."""
    return sorted(profile["sessions"]["kinds"], key=lambda kind: -kind["share"])


def check_kinds(learned: dict[str, Any]) -> None:
    """Kinds have their shares and their ways."""
    lookers, collectors = kinds(learned)
    assert lookers["share"] == pytest.approx(0.7, rel=_NEAR)
    assert collectors["share"] == pytest.approx(0.3, rel=_NEAR)
    assert lookers["entry"]["home"] == pytest.approx(0.9, rel=_NEAR)
    assert collectors["entry"]["item"] == pytest.approx(1.0, rel=_NEAR)
    assert lookers["pages"]["list"]["next"]["home"] == pytest.approx(0.6, rel=_NEAR)
    assert lookers["pages"]["home"]["leave"] == pytest.approx(0.3, rel=_NEAR)
    assert lookers["pages"]["list"]["leave"] == pytest.approx(0.4, rel=_NEAR)
    assert collectors["pages"]["item"]["next"]["item"] == pytest.approx(0.8, rel=_NEAR)
    assert collectors["pages"]["item"]["leave"] == pytest.approx(0.1, rel=_NEAR)


def check_gaps(learned: dict[str, Any]) -> None:
    """Gaps have their medians and sigmas."""
    lookers, collectors = kinds(learned)
    assert lookers["pages"]["home"]["think_s"] == pytest.approx(12, rel=_NEAR)
    assert lookers["pages"]["list"]["think_s"] == pytest.approx(20, rel=_NEAR)
    assert lookers["pages"]["list"]["think_sigma"] == pytest.approx(0.7, rel=_NEAR)
    assert lookers["pages"]["home"]["think_sigma"] == pytest.approx(0.9, rel=_NEAR)
    assert collectors["pages"]["item"]["think_s"] == pytest.approx(50, rel=_NEAR)
    assert learned["sessions"]["pace_sigma"] == pytest.approx(0.5, rel=_NEAR)


def check_items(learned: dict[str, Any]) -> None:
    """Items have their number, popularity and memory."""
    catalogue = learned["catalogue"]
    assert catalogue["products"] == pytest.approx(3000, rel=_NEAR)
    assert catalogue["popularity"] == pytest.approx(0.8, rel=_NEAR)
    assert catalogue["seen_again"] == pytest.approx([0.15, 0.05], rel=_NEAR)
    assert catalogue["related"] == pytest.approx(0.2, rel=_NEAR)


def check_visitors(learned: dict[str, Any]) -> None:
    """Visitors use what they use, and come back."""
    shares = {device["type"]: device["share"] for device in learned["devices"]}
    assert shares == pytest.approx({"mobile": 0.6, "desktop": 0.4}, rel=_NEAR)
    assert [country["code"] for country in learned["countries"]] == ["GB"]
    assert learned["visitors"]["returning"] == pytest.approx(0.4, rel=_NEAR)
    assert learned["visitors"]["returns_within_h"] == pytest.approx(24, rel=0.1)


@pytest.mark.walks
def test_a_known_site_is_found_again(clickgen: CommandLine, tmp_path: Path) -> None:
    profile = learned(clickgen, tmp_path)
    check_kinds(profile)
    check_gaps(profile)
    check_items(profile)
    check_visitors(profile)
