"""Sites whose visits look at items in their own ways are learned so that their traffic is alike again."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import CommandLine

BEGIN = 1_700_000_000
SITE = Path(__file__).parents[1] / "traffic" / "item_pages.toml"


def compared(clickgen: CommandLine, recording: Path) -> tuple[dict[str, Any], str]:
    """The distances between traffic that is learned and recorded, and the profile that is learned of all."""
    profile = recording.with_suffix(".toml")
    said = clickgen.run("learn", str(recording), "--compare", "-o", str(profile), "--json")
    assert said.code == 0, said.err
    checked = clickgen.run("profiles", "check", str(profile))
    assert checked.code == 0, checked.err
    return {one["name"]: one for one in said.json["compared"]["aspects"]}, profile.read_text()


def test_items_that_are_new_the_same_or_seen_are_told_apart(clickgen: CommandLine, tmp_path: Path) -> None:
    recording = tmp_path / "clicks.jsonl"
    made = clickgen.run(
        *("generate", "--profile", str(SITE), "--events", "60000", "--since", "2026-03-01", "--duration", "1d"),
        *("--seed", "2", "--to", str(recording)),
    )
    assert made.code == 0, made.err
    aspects, text = compared(clickgen, recording)
    assert 'product = "same"' in text
    assert 'product = "seen"' in text
    assert "popularity_steps" in text
    assert aspects["item popularity"]["learned"] < 0.1
    assert aspects["items seen again"]["learned"] < 0.02
    assert aspects["sessions told apart"]["learned"] < 0.56


def pages_with_items_of_their_own(sessions: int) -> Iterator[dict[str, object]]:
    """Visits to an encyclopedia with many articles, and to a gallery with three pictures."""
    dice = Random(4)
    for session in range(sessions):
        at = BEGIN + 50 * session
        for _ in range(dice.randint(2, 7)):
            at += dice.randint(5, 90)
            picture = dice.random() < 0.4
            name = f"/gallery/{1000 + dice.randint(1, 3)}" if picture else f"/article/{dice.randint(1000, 1400)}"
            yield {"ts": at, "user_id": f"u{session}", "page": name}


def test_pages_without_a_common_item_have_catalogues_of_their_own(clickgen: CommandLine, tmp_path: Path) -> None:
    recording = tmp_path / "clicks.jsonl"
    recording.write_text("".join(json.dumps(click) + "\n" for click in pages_with_items_of_their_own(2000)))
    aspects, _ = compared(clickgen, recording)
    assert aspects["item popularity"]["learned"] < 0.05
    shown = clickgen.run(
        "generate", "--profile", str(recording.with_suffix(".toml")), "--events", "3000", "--to", "-"
    )
    pictures = {json.loads(line)["page"] for line in shown.out.splitlines() if "/gallery/" in line}
    assert len(pictures) == 3


@pytest.mark.parametrize("spike", [10, 30])
def test_a_time_that_is_no_lognormal_keeps_its_shape(clickgen: CommandLine, tmp_path: Path, spike: int) -> None:
    """Slides that turn by themselves after so many seconds, while people read for any time."""
    dice = Random(8)

    def clicks() -> Iterator[dict[str, object]]:
        for session in range(1500):
            at = BEGIN + 40.0 * session
            for place in range(dice.randint(3, 9)):
                page = "/slide" if place % 3 else "/text"
                yield {"ts": round(at, 3), "user_id": f"u{session}", "page": page}
                itself = page == "/slide" and dice.random() < 0.7
                at += spike + dice.random() / 10 if itself else dice.lognormvariate(3.5, 1.0)

    recording = tmp_path / "clicks.jsonl"
    recording.write_text("".join(json.dumps(click) + "\n" for click in clicks()))
    aspects, text = compared(clickgen, recording)
    assert "think_shape" in text
    assert aspects["gaps"]["learned"] < 0.1
