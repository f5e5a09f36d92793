"""The odds that a visit ends depend on its page number as the profile says, and as a recording shows."""

import numpy as np
import pytest

from clickgen.learn.lengths import ending_odds
from clickgen.profile.load import load_profile, load_profile_text
from clickgen.profile.model import Profile
from clickgen.traffic.portrait import Sample


def site(odds: str) -> Profile:
    """A site of one page, on which a visit ends with a chance of one half, but for these factors."""
    audience = load_profile("minimal").text
    audience = audience[audience.index("[[devices]]") :].partition("[catalogue]")[0]
    text = f"""
description = "One page"
[sessions]
entry = {{ home = 1.0 }}
go_on = [0.5]
think_sigma = 1.0
{odds}
[pages.home]
event = "view"
path = "/"
think_s = 5
next = {{ home = 1.0 }}
leave = 0.5
[visitors]
returning = 0.0
"""
    return load_profile_text(text + audience, "site.toml")


def lengths(profile: Profile) -> "np.typing.NDArray[np.int64]":
    """The lengths of many visits."""
    sample = Sample.draw(profile, sessions=8000, seed=3)
    return np.diff(np.append(sample.first, len(sample.facts)))


def test_odds_have_the_factor_of_their_page_number() -> None:
    found = lengths(site("ending_odds = [0.25, 4.0, 1.0]"))
    assert np.mean(found == 1) == pytest.approx(0.2, abs=0.015)
    assert np.mean(found[found > 1] == 2) == pytest.approx(0.8, abs=0.015)
    assert np.mean(found[found > 2] == 3) == pytest.approx(0.5, abs=0.04)


def test_they_are_found_in_the_lengths_of_visits() -> None:
    found = ending_odds(lengths(site("ending_odds = [0.25, 4.0, 1.0]")), site("").text)
    assert found[:2] == pytest.approx([0.25, 4.0], rel=0.12)
    assert found[2] == pytest.approx(1.0, rel=0.25)


def test_few_visits_say_nothing() -> None:
    assert ending_odds(np.array([1, 2, 3]), site("").text) == []
