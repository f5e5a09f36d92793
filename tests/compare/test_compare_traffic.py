"""`clickgen compare` of traffic: what is alike is not told apart, what differs is, and by what is said."""

from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest

from clickgen.compare.threshold import FIGURES_OF_TRAFFIC
from tests.conftest import CommandLine
from tests.support.made_visits import recording, visits


def compared(clickgen: CommandLine, a: str, b: str, *more: str) -> Any:
    said = clickgen.run("compare", a, b, "--json", *more)
    assert said.code == 0, said.err
    return said.json


def test_the_same_laws_are_not_told_apart(clickgen: CommandLine, tmp_path: Path) -> None:
    a = recording(tmp_path / "a", visits(600))
    b = recording(tmp_path / "b", visits(500, seed=2))
    found = compared(clickgen, a, b, "--threshold", "auc<.62", "--threshold", "session_length<.15")
    assert found["pages"] == {"matched_by": "name", "in_common": 1.0}
    assert found["visitors_compared"] == 300
    assert found["auc"]["auc"] == pytest.approx(0.5, abs=4 * found["auc"]["standard_error"])
    for aspect in ("session_length", "gaps", "page_popularity", "transitions"):
        distance = found["distances"][aspect]
        assert distance["distance"] < 2 * distance["control"]
    assert [one["passed"] for one in found["thresholds"]] == [True, True]


def test_what_differs_is_told_apart_and_named(clickgen: CommandLine, tmp_path: Path) -> None:
    a = recording(tmp_path / "a", visits(500))
    b = recording(tmp_path / "b", visits(500, seed=2, gap_s=80.0))
    found = compared(clickgen, a, b)
    distances = found["distances"]
    assert distances["gaps"]["distance"] > 10 * distances["gaps"]["control"]
    assert distances["session_length"]["distance"] < 0.15
    assert found["auc_behaviour"]["auc"] > 0.65
    assert found["auc_behaviour"]["control"] < 0.6
    by = found["auc_behaviour"]["by"]
    assert by[0]["name"] in ("mean gap", "longest gap", "shortest gap", "seconds in all")
    assert by[0]["first"] < by[0]["second"]


def test_context_is_apart_from_behaviour(clickgen: CommandLine, tmp_path: Path) -> None:
    a = recording(tmp_path / "a", visits(400, country="FR"))
    b = recording(tmp_path / "b", visits(400, seed=2, country="ES"))
    found = compared(clickgen, a, b)
    assert found["auc_behaviour"]["auc"] < 0.62
    assert found["auc"]["auc"] > 0.7
    assert found["auc"]["by"][0]["name"] in ("country FR", "country ES")


def test_a_breach_exits_1_and_says_which(clickgen: CommandLine, tmp_path: Path) -> None:
    a = recording(tmp_path / "a", visits(200))
    b = recording(tmp_path / "b", visits(200, seed=2, go_on=0.9))
    limits = ("session_length<.1", "session_length<1.25x", "gaps<.5", "item_popularity<1")
    said = clickgen.run("compare", a, b, *chain.from_iterable(("--threshold", one) for one in limits))
    assert said.code == 1
    lines = [line for line in said.out.splitlines() if "threshold" in line]
    assert [line.split()[0] for line in lines] == ["failed", "failed", "passed", "failed"]
    assert "nothing was measured" in lines[3]
    assert "the control" in lines[1]


def test_a_profile_is_like_its_own_traffic_and_unlike_another(clickgen: CommandLine, tmp_path: Path) -> None:
    made = str(tmp_path / "made.jsonl")
    said = clickgen.run("generate", "--profile", "shop", "--events", "4000", "--seed", "3", "--to", made)
    assert said.code == 0, said.err
    alike = compared(clickgen, made, "shop")
    assert alike["pages"]["matched_by"] == "name"
    assert alike["b"]["generated"] is True
    assert alike["b"]["visitors"] == pytest.approx(alike["a"]["visitors"], rel=0.02)
    assert alike["auc"]["auc"] < 0.6
    assert set(alike["distances"]) >= {"item_popularity", "items_seen_again"}
    other = compared(clickgen, made, "news")
    assert other["pages"]["matched_by"] == "rank"
    assert other["auc_behaviour"]["auc"] > 0.75
    assert set(other["distances"]) <= set(FIGURES_OF_TRAFFIC)


def test_a_learned_profile_has_the_names_of_its_recording(clickgen: CommandLine, tmp_path: Path) -> None:
    pages = ("Start page", "/news/2024/a", "/help/17", "done")
    source = recording(tmp_path / "clicks", visits(600, pages=pages))
    mine = str(tmp_path / "mine.toml")
    assert clickgen.run("learn", source, "-o", mine).code == 0
    found = compared(clickgen, source, mine)
    assert found["pages"] == {"matched_by": "name", "in_common": 1.0}
    assert found["distances"]["page_popularity"]["distance"] < 0.1
    turned = compared(clickgen, mine, source)
    assert turned["pages"] == {"matched_by": "name", "in_common": 1.0}


def test_a_page_that_a_learned_profile_has_several_times_is_one(clickgen: CommandLine, tmp_path: Path) -> None:
    dice, shown = Random(3), 1
    events = []
    for visit in range(900):
        for click in range(dice.randint(2, 8)):
            shown = shown if click and dice.random() < (0.9 if visit % 2 else 0.1) else dice.randint(1, 60)
            when = 1_700_000_000 + 40 * visit + 9 * click
            events.append({"ts": when, "user_id": f"u{visit}", "page": "item view", "item": f"i{shown}"})
    source, mine = recording(tmp_path / "clicks", events), tmp_path / "mine.toml"
    assert clickgen.run("learn", source, "-o", str(mine)).code == 0
    assert mine.read_text().count("product = ") > 1
    found = compared(clickgen, source, str(mine))
    assert found["pages"] == {"matched_by": "name", "in_common": 1.0}
    assert found["distances"]["transitions"]["distance"] < 0.1


def test_days_have_an_hour_curve(clickgen: CommandLine, tmp_path: Path) -> None:
    week = 7 * 86_400.0
    a = recording(tmp_path / "a", visits(600, over_s=week))
    found = compared(clickgen, a, "minimal")
    assert found["distances"]["hour_curve"]["distance"] > 0
    assert not [words for words in found["not_compared"] if words.startswith("hour")]


def test_wrong_dates_do_not_stretch_the_time_of_a_profiles_traffic(clickgen: CommandLine, tmp_path: Path) -> None:
    odd = [{"ts": when, "user_id": f"u{when}", "page": "/"} for when in (700_000_000, 4_000_000_000)]
    found = compared(clickgen, recording(tmp_path / "a", [*odd, *visits(150)]), "minimal")
    assert found["a"]["last"].startswith("2096")
    assert found["b"]["first"][:10] >= "2023-11-14"
    assert found["b"]["last"][:10] <= "2023-11-15"


@pytest.mark.walks
def test_two_profiles(clickgen: CommandLine) -> None:
    found = compared(clickgen, "minimal", "saas")
    assert found["a"]["visitors"] == pytest.approx(5000, rel=0.1)  # without those at the ends of the day
    assert found["b"]["visitors"] == pytest.approx(5000, rel=0.1)
    assert found["auc"]["auc"] > 0.8


def test_text_fits_into_80_columns_without_colours_where_there_is_no_terminal(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    a = recording(tmp_path / "a", visits(150))
    recording(tmp_path / "b", visits(150, seed=2, go_on=0.9, pages=("/", "/a" * 60, "/b")))
    said = clickgen.run("compare", a, str(tmp_path / "b"), "--threshold", "gaps<1.25x")
    lines = said.out.splitlines()
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 80
    assert "\x1b" not in said.out
    for words in ("told apart by behaviour", "session length", "its other half", "verdict"):
        assert words in said.out


def test_some_of_a_recording_that_cannot_be_read_exits_1(clickgen: CommandLine, tmp_path: Path) -> None:
    a = recording(tmp_path / "a", visits(150))
    recording(tmp_path / "b", visits(150, seed=2))
    with (tmp_path / "b").open("a") as file:
        file.write("not json\n")
    said = clickgen.run("compare", a, str(tmp_path / "b"))
    assert said.code == 1
    assert "1 event left out" in said.out


def test_real_shops_halves_are_alike(clickgen: CommandLine, shared_data: Path) -> None:
    source = str(shared_data / "shop1999_giudici" / "clickstream.csv")
    found = compared(clickgen, source, "shop")
    assert found["auc"]["control"] < 0.56
    assert found["pages"]["matched_by"] == "rank"
