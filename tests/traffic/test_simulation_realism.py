"""Whether the traffic looks like a site's: held to the profile's and to published figures, with a fixed seed."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from statistics import median, stdev

import numpy as np
import orjson
import pytest

from clickgen.profile.contexts import Contexts
from clickgen.profile.load import load_profile
from clickgen.profile.survival import survival_of_people
from tests.support.simulated import shop, shop_lane

RATE = 300


@dataclass
class Seen:
    """Counts over a stretch of a run."""

    pages: Counter[int] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    devices: Counter[str] = field(default_factory=Counter)
    products: Counter[str] = field(default_factory=Counter)
    returning: int = 0
    sizes: list[int] = field(default_factory=list)

    @property
    def events(self) -> int:
        return self.types.total()


@pytest.fixture(scope="module")
def minutes() -> dict[int, Seen]:
    """The first and the tenth two minutes of a run."""
    return {0: look(0), 10: look(10)}


def look(minute: int) -> Seen:
    source, seen = shop_lane(RATE, count=RATE * 60 * (minute + 2)), Seen()
    source.skip_to(RATE * 60 * minute)
    while (block := source.next_block()) is not None:
        seen.sizes += np.diff(block.offsets).tolist()
        for line in bytes(block.data).splitlines():
            event = orjson.loads(line)
            seen.pages[event["page_number"]] += 1
            seen.types[event["event_type"]] += 1
            if event["page_number"] == 1:
                seen.devices[event["device"]] += 1
                seen.returning += event["returning"]
            if event["event_type"] == "product_view":
                seen.products[event["product_id"]] += 1
    return seen


def test_events_are_300_to_500_bytes(minutes: dict[int, Seen]) -> None:
    sizes = np.array(minutes[0].sizes)
    assert np.mean((sizes >= 300) & (sizes <= 500)) >= 0.97
    assert 370 <= sizes.mean() <= 440


def test_the_mix_of_the_first_minutes_is_that_of_later_ones(minutes: dict[int, Seen]) -> None:
    first, later = minutes[0], minutes[10]
    for kind in later.types:
        assert first.types[kind] / first.events == pytest.approx(
            later.types[kind] / later.events, rel=0.08, abs=0.004
        )
    for depth in (1, 2, 3, 5, 8, 13):
        assert first.pages[depth] / first.events == pytest.approx(later.pages[depth] / later.events, rel=0.1)


def test_sessions_start_at_the_steady_rate_from_the_first_second(minutes: dict[int, Seen]) -> None:
    seen = minutes[0]
    assert seen.pages[1] / seen.events == pytest.approx(1e6 / shop().sessions.pages_e6, rel=0.05)


def test_visitors_return_and_use_what_the_profile_says(minutes: dict[int, Seen]) -> None:
    starts = sum(seen.pages[1] for seen in minutes.values())
    devices = minutes[0].devices + minutes[10].devices
    assert sum(seen.returning for seen in minutes.values()) / starts == pytest.approx(0.45, abs=0.02)
    for kind, share in {"mobile": 0.64, "desktop": 0.33, "tablet": 0.03}.items():
        assert devices[kind] / starts == pytest.approx(share, abs=0.02)


def test_views_of_products_fall_with_the_rank_by_the_profiles_exponent(minutes: dict[int, Seen]) -> None:
    catalogue = load_profile("shop").catalogue
    assert catalogue is not None
    products = minutes[0].products + minutes[10].products
    ids = shop().catalogue.product_ids
    tops = [sum(products[key] for key in ids[first : first * 2]) for first in (4, 32, 256)]
    wanted = [sum(n**-catalogue.popularity for n in range(first + 1, first * 2 + 1)) for first in (4, 32, 256)]
    assert [top / tops[0] for top in tops] == pytest.approx([want / wanted[0] for want in wanted], rel=0.12)


@pytest.fixture(scope="module")
def sessions() -> list[list[tuple[str, float]]]:
    """(event type, due) of all sessions that began in the first hour of a two-hour run."""
    source, found = shop_lane(25, count=25 * 7200), dict[str, list[tuple[str, float]]]()
    while (block := source.next_block()) is not None:
        for line, due in zip(bytes(block.data).splitlines(), block.due.tolist(), strict=True):
            event = orjson.loads(line)
            if event["page_number"] == 1 and due < 3600:
                found[event["session_id"]] = []
            if event["session_id"] in found:
                found[event["session_id"]].append((event["event_type"], due))
    return list(found.values())


def test_sessions_are_as_long_as_on_real_sites(sessions: list[list[tuple[str, float]]]) -> None:
    lengths = [len(session) for session in sessions]
    assert np.mean(lengths) == pytest.approx(shop().sessions.pages_e6 / 1e6, rel=0.05)
    assert np.mean([length == 1 for length in lengths]) == pytest.approx(0.35, abs=0.02)
    assert median(lengths) == 2
    assert 8 <= np.percentile(lengths, 90) <= 10
    assert 17 <= np.percentile(lengths, 99) <= 23


def test_the_chance_to_go_on_rises_with_the_page(sessions: list[list[tuple[str, float]]]) -> None:
    reached = [sum(len(session) >= depth for session in sessions) for depth in range(1, 10)]
    chances = [after / before for before, after in itertools.pairwise(reached)]
    profile = load_profile("shop")
    survival = [1.0, *survival_of_people(profile, Contexts(profile))]
    assert chances == pytest.approx([b / a for a, b in itertools.pairwise(survival[:9])], abs=0.03)
    assert chances[0] < chances[1] < chances[2] < max(chances[4:])


def test_gaps_are_lognormal_in_the_measured_range(sessions: list[list[tuple[str, float]]]) -> None:
    gaps = [b[1] - a[1] for session in sessions for a, b in itertools.pairwise(session)]
    assert 30 <= median(gaps) <= 50
    logs = np.log(gaps)
    assert 1.1 <= stdev(logs) <= 1.4
    skew = np.mean(((logs - logs.mean()) / logs.std()) ** 3)
    assert abs(skew) < 0.25  # an exponential's logarithm has a skew of -1.14


def test_the_funnel_is_near_published_figures(sessions: list[list[tuple[str, float]]]) -> None:
    kinds = [Counter(kind for kind, _ in session) for session in sessions]
    total = sum(kinds, Counter())
    carted = [kind for kind in kinds if kind["add_to_cart"]]
    assert total["add_to_cart"] / total["product_view"] == pytest.approx(0.07, abs=0.015)
    assert 0.08 <= len(carted) / len(kinds) <= 0.15
    assert np.mean([kind["purchase"] > 0 for kind in carted]) == pytest.approx(0.31, abs=0.05)
