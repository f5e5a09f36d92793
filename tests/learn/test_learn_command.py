"""`clickgen learn` says what it found and could not find, keeps no rare name, and refuses what tells nothing."""

import json
import random
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine

BEGIN = 1_700_000_000


def written(path: Path, events: Iterable[dict[str, Any]]) -> str:
    """A file with these events."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(path)


def clicks(visitors: int, *, private: bool = False) -> Iterable[dict[str, Any]]:
    """Visitors who go from the front page to articles and back; if private, each begins on a page of their own."""
    dice = random.Random(1)
    for visitor in range(visitors):
        time, page = BEGIN + dice.random() * 40_000, f"/private/of-x{visitor}" if private else "/"
        while True:
            yield {"ts": time, "user_id": f"v{visitor}", "page": page}
            if dice.random() < 0.3:
                break
            time += dice.lognormvariate(3, 1)
            page = dice.choice(["/", f"/news/{dice.randrange(1000, 1300)}"])


def test_it_writes_a_profile_and_says_what_the_recording_did_not_tell(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    mine = str(tmp_path / "mine.toml")
    said = clickgen.run("learn", written(tmp_path / "clicks", clicks(400)), "-o", mine)
    assert said.code == 0, said.err
    assert max(map(len, said.out.splitlines())) <= 80
    for words in ("400 visitors", "page: page", "hours of the day", "devices: no field"):
        assert words in said.out
    assert clickgen.run("profiles", "check", mine).code == 0
    made = clickgen.run("generate", "--profile", mine, "--events", "200", "--to", str(tmp_path / "made.jsonl"))
    assert made.code == 0, made.err


def test_names_that_few_visitors_saw_are_not_kept(clickgen: CommandLine, tmp_path: Path) -> None:
    source = written(tmp_path / "clicks", clicks(40, private=True))
    said = clickgen.run("learn", source, "-o", str(tmp_path / "mine.toml"), "--json")
    assert said.code == 0, said.err
    assert "private" not in (tmp_path / "mine.toml").read_text()
    assert "other" in {page["key"] for page in said.json["pages"]}


def test_ids_in_paths_become_items_of_one_page(clickgen: CommandLine, tmp_path: Path) -> None:
    source = written(tmp_path / "clicks", clicks(400))
    said = clickgen.run("learn", source, "-o", str(tmp_path / "mine.toml"), "--json")
    shown = {page["path"]: page["shows_item"] for page in said.json["pages"]}
    assert shown["/news/*"] is True
    assert shown["/"] is False
    assert 200 <= said.json["learned"]["items"]["products"] <= 1000


def test_a_page_that_hardly_anybody_saw_can_be_reached(clickgen: CommandLine, tmp_path: Path) -> None:
    seen = [{"ts": BEGIN + n, "user_id": f"v{n % 97}", "page": f"/p/{n % 11}"} for n in range(100)]
    nowhere = {"ts": BEGIN + 3, "user_id": "v3"}
    said = clickgen.run("learn", written(tmp_path / "clicks", [*seen, nowhere]), "-o", str(tmp_path / "mine.toml"))
    assert said.code == 0, said.err
    assert clickgen.run("profiles", "check", str(tmp_path / "mine.toml")).code == 0


def test_a_rare_system_does_not_hide_the_type_of_the_device(clickgen: CommandLine, tmp_path: Path) -> None:
    seen = (
        {
            "ts": BEGIN + n,
            "user_id": f"v{n}",
            "page": "/",
            "device": "mobile" if n % 3 else "desktop",
            "os": f"os{n}",
        }
        for n in range(300)
    )
    said = clickgen.run("learn", written(tmp_path / "clicks", seen), "-o", str(tmp_path / "mine.toml"))
    assert said.code == 0, said.err
    devices = tomllib.loads((tmp_path / "mine.toml").read_text())["devices"]
    assert {one["type"]: round(one["share"], 2) for one in devices} == {"mobile": 0.67, "desktop": 0.33}
    assert [system["os"] for one in devices for system in one["systems"]] == ["other", "other"]


def test_a_comparison_has_a_control(clickgen: CommandLine, tmp_path: Path) -> None:
    source = written(tmp_path / "clicks", clicks(600))
    said = clickgen.run("learn", source, "--compare", "--json")
    assert said.code == 0, said.err
    compared = said.json["compared"]
    aspects = {aspect["name"]: aspect for aspect in compared["aspects"]}
    assert aspects["session length"]["learned"] < 0.12  # 300 sessions against 300: 95 % of chance is below 0.11
    assert aspects["page popularity"]["learned"] < 0.05
    assert aspects["sessions told apart"]["control"] == pytest.approx(0.5, abs=0.1)
    assert aspects["sessions told apart"]["learned"] < 0.7
    assert compared["closest"]["learned"][1] >= 0
    shown = clickgen.run("learn", source, "--compare")
    assert "half A" in shown.out
    assert "learned of A" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80


def test_events_in_lists_belong_to_the_object_around_them(clickgen: CommandLine, tmp_path: Path) -> None:
    sessions = (
        {
            "session": number,
            "events": [{"aid": n % 7, "ts": (BEGIN + 60 * n) * 1000, "type": "clicks"} for n in range(5)],
        }
        for number in range(30)
    )
    said = clickgen.run("learn", written(tmp_path / "lists", sessions), "-o", str(tmp_path / "m.toml"), "--json")
    assert said.code == 0, said.err
    assert (said.json["events"], said.json["sessions"], said.json["visitors"]) == (150, 30, 30)
    assert said.json["fields"] == {"event": "type", "item": "aid"}


def test_a_visitor_with_most_of_the_events_is_left_out(clickgen: CommandLine, tmp_path: Path) -> None:
    robot = ({"ts": BEGIN + n, "user_id": "robot", "page": "/"} for n in range(12_000))
    source = written(tmp_path / "clicks", [*robot, *clicks(100)])
    said = clickgen.run("learn", source, "-o", str(tmp_path / "mine.toml"), "--json")
    assert said.code == 0, said.err
    assert (said.json["busy_visitors"], said.json["visitors"]) == (1, 100)


def test_events_at_one_instant_leave_times_at_defaults(clickgen: CommandLine, tmp_path: Path) -> None:
    events = [event | {"ts": BEGIN} for event in clicks(100)]
    said = clickgen.run("learn", written(tmp_path / "clicks", events), "-o", str(tmp_path / "m.toml"), "--json")
    assert said.code == 0, said.err
    assert any("all events are at one time" in line for line in said.json["learned"]["defaults"])
    assert clickgen.run("learn", str(tmp_path / "clicks"), "--compare").code == 0


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([{"user_id": str(n), "page": "/"} for n in range(50)], "no field with times was found"),
        (list(clicks(12)), "12 visitors"),
        ([{"ts": BEGIN + n, "user_id": "robot", "page": "/"} for n in range(3000)], "with most of the events"),
        ([], "no events"),
    ],
    ids=["no time", "few visitors", "one visitor", "empty"],
)
def test_what_tells_nothing_is_refused(
    clickgen: CommandLine, tmp_path: Path, events: list[dict[str, Any]], words: str
) -> None:
    said = clickgen.run("learn", written(tmp_path / "clicks", events), "-o", str(tmp_path / "m.toml"))
    assert said.code == 2, said.err
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_real_shop_is_learned(clickgen: CommandLine, shared_data: Path) -> None:
    said = clickgen.run("learn", str(shared_data / "shop1999_giudici" / "clickstream.csv"), "--compare", "--json")
    assert said.code == 0, said.err
    aspects = {aspect["name"]: aspect for aspect in said.json["compared"]["aspects"]}
    assert aspects["page popularity"]["learned"] < 0.06
    assert aspects["session length"]["learned"] < 0.08


def test_the_short_names_of_snowplow_are_known(clickgen: CommandLine, tmp_path: Path) -> None:
    source, span = str(tmp_path / "snowplow"), ("--since", "2026-03-01", "--duration", "3h", "--seed", "3")
    made = clickgen.run(
        *("generate", "--profile", "shop", "--schema", "snowplow", "--events", "6000", *span, "--to", source)
    )
    assert made.code == 0, made.err
    said = clickgen.run("learn", source, "-o", str(tmp_path / "m.toml"), "--json")
    assert said.code == 0, said.err
    assert said.json["fields"]["event"] == "e"
    assert "item" not in said.json["fields"]  # the one value of aid is the application's
    assert said.json["sessions"] >= said.json["visitors"] > 500
