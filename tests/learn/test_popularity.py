"""Whatever was seen how often, the popularity that is learned is one that a profile can have."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clickgen.learn.popularity import MOST_ITEMS, Popularity, fit_popularity, joined, stepped
from tests.conftest import CommandLine

BEGIN = 1_700_000_000


@settings(max_examples=60, deadline=None)
@example([400] + [7] * 12 + [1] * 3)  # two steps far apart
@example([1] * 300)  # more items than a catalogue holds
@given(st.lists(st.one_of(st.integers(1, 5), st.integers(1, 2000)), min_size=1, max_size=80))
def test_steps_are_whole_items_with_shares_that_add_up(counts: list[int]) -> None:
    law = fit_popularity(np.array(counts))
    for steps in (law.steps, stepped(joined([law, law]))):
        assert all(items >= 1 and share > 0 for items, share in steps)
        if steps:
            assert sum(share for _, share in steps) == pytest.approx(1)
            assert sum(items for items, _ in steps) <= MOST_ITEMS
    assert law.products == len(law.shares)
    assert law.shares.sum() == pytest.approx(1)


def test_catalogues_that_are_too_large_share_the_room() -> None:
    found = joined([Popularity(40_000, 0.5), Popularity(10, 0.0), Popularity(30_000, 0.5)])
    assert [one.products for one in found] == [24_995, 10, 24_995]


def test_items_that_never_begin_a_visit_are_learned(clickgen: CommandLine, tmp_path: Path) -> None:
    """Visits all begin with an article of one kind, and go on to pictures, often to those beside the last."""
    dice, clicks = Random(2), []
    for visit in range(6000):
        article, at = dice.randint(1, 40), BEGIN + 20 * visit
        for page in (f"/article/{1000 + article}", f"/picture/{2000 + article * 3 + dice.randint(0, 2)}"):
            clicks.append({"ts": at, "user_id": f"u{visit}", "page": page})
            at += dice.randint(3, 60)
    (tmp_path / "clicks.jsonl").write_text("".join(json.dumps(click) + "\n" for click in clicks))
    said = clickgen.run("learn", str(tmp_path / "clicks.jsonl"), "-o", str(tmp_path / "mine.toml"))
    assert said.code == 0, said.err
    assert clickgen.run("profiles", "check", str(tmp_path / "mine.toml")).code == 0
