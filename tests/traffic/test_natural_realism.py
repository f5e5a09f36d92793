"""Traffic at its natural rate, against the figures that were measured and published of real sites."""

import math
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from clickgen.profile.load import load_profile
from clickgen.profile.model import Profile
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Facts
from clickgen.schema.registry import layout_of
from clickgen.traffic.simulation import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane
from tests.support.simulated import RUN

MONDAY_MS = 1_795_996_800_000  # 2026-11-30T00:00Z
HOUR_S = 3600


@cache
def tables_of(name: str) -> Tables:
    return draw_tables(load_profile(name), 11)


def natural(tables: Tables, rate: float, seconds: float, seed: int = 5) -> Iterator[Facts]:
    """Stretches of one lane's traffic."""
    lane = NaturalLane(
        tables,
        run=RUN,
        lane=0,
        lanes=1,
        seed=seed,
        since_ms=MONDAY_MS,
        until_ms=MONDAY_MS + round(seconds * 1000),
        rate=rate,
        layout=layout_of("page-view", vocabulary_of(tables)),
    )
    while (facts := lane.next_facts()) is not None:
        yield facts


def columns(tables: Tables, rate: float, seconds: float, *names: str) -> list[NDArray[np.int64]]:
    """Some facts of all events."""
    stretches = [[getattr(facts, name) for name in names] for facts in natural(tables, rate, seconds)]
    return [np.concatenate(parts) for parts in zip(*stretches, strict=True)]


@pytest.fixture(scope="module")
def news_pages() -> NDArray[np.int64]:
    """How many events had which page number, from about a million sessions of the news portal.

    In a steady state as many sessions reach their k-th page as were that long.
    """
    return sum(
        (np.bincount(facts.page_number, minlength=201) for facts in natural(tables_of("news"), 4000, 1200)),
        start=np.zeros(201, dtype=np.int64),
    )


def test_the_chance_to_go_on_rises_with_the_page_as_on_a_news_portal(news_pages: NDArray[np.int64]) -> None:
    assert news_pages[1] > 900_000
    measured = {1: 0.63, 2: 0.75, 3: 0.79, 4: 0.81, 10: 0.85}
    for page, chance in measured.items():
        assert news_pages[page + 1] / news_pages[page] == pytest.approx(chance, abs=0.02)


def test_session_lengths_are_no_geometric_law(news_pages: NDArray[np.int64]) -> None:
    """A shifted negative binomial explains a thousand sessions better by at least 50 in log-likelihood."""
    survival = news_pages[1:] / news_pages[1]
    shares = np.maximum(0, survival - np.append(survival[1:], 0.0))
    more = np.arange(len(shares))  # pages after the first
    mean = float(shares @ more / shares.sum())

    def likelihood(r: float) -> float:
        p = r / (r + mean)
        logs = [math.lgamma(k + r) - math.lgamma(k + 1) - math.lgamma(r) for k in more.tolist()]
        return float(shares @ (np.array(logs) + r * math.log(p) + more * math.log1p(-p)))

    best = max(likelihood(r) for r in np.linspace(0.2, 2, 37).tolist())
    assert 1000 * (best - likelihood(1.0)) > 50  # r = 1 is the geometric law


def test_the_second_page_before_says_something_of_the_next_one() -> None:
    """Held-out bits a step: knowing two pages saves at least 0.1 where the profile has such a memory."""
    session, page, number = columns(tables_of("news"), 1000, 900, "session", "page", "page_number")
    order = np.lexsort((number, session))
    session, page, number = session[order], page[order], number[order]
    third = np.flatnonzero((session[2:] == session[:-2]) & (number[2:] == number[:-2] + 2))
    before, last, following = page[third], page[third + 1], page[third + 2]
    count, train = int(page.max()) + 1, session[third] % 2 == 0

    def held_out_bits(known: NDArray[np.int64], contexts: int) -> float:
        seen = np.full((contexts, count), 0.5)
        np.add.at(seen, (known[train], following[train]), 1)
        chances = seen / seen.sum(axis=1, keepdims=True)
        return float(-np.log2(chances[known[~train], following[~train]]).mean())

    first, second = held_out_bits(last, count), held_out_bits(before * count + last, count * count)
    assert first - second > 0.1


def test_gaps_are_lognormal_with_the_pages_median_and_sigma() -> None:
    tables, profile = tables_of("shop"), load_profile("shop")
    session, page, number, time_ms, device = columns(
        tables, 150, 2 * HOUR_S, "session", "page", "page_number", "time_ms", "device"
    )
    order = np.lexsort((number, session))
    session, page, number, time_ms, device = (column[order] for column in (session, page, number, time_ms, device))
    follows = (session[1:] == session[:-1]) & (number[1:] == number[:-1] + 1)
    # long gaps reach beyond the hour that is looked at, so only those of early pages count
    follows &= time_ms[:-1] < MONDAY_MS + HOUR_S * 1000
    follows &= np.array(tables.audience.device_types)[device[:-1]] != "bot"
    gaps = np.log((time_ms[1:] - time_ms[:-1])[follows] / 1000)
    for place, described in enumerate(profile.pages.values()):
        found = gaps[page[:-1][follows] == place]
        if len(found) < 15_000:
            continue
        # the pace of a session is lognormal as well
        sigma = math.hypot(described.think_sigma or profile.sessions.think_sigma, profile.sessions.pace_sigma)
        low, median, high = np.quantile(found, [0.16, 0.5, 0.84])
        assert math.exp(median) == pytest.approx(described.think_s, rel=0.03)
        assert (high - low) / 2 == pytest.approx(sigma * 0.99446, rel=0.03)  # 16 % and 84 % of a normal law


def test_popularity_falls_as_the_profile_says() -> None:
    page, item = columns(tables_of("shop"), 2000, 900, "page", "item")
    profile = load_profile("shop")
    assert profile.catalogue is not None
    products = page == list(profile.pages).index("product")
    counts = np.sort(np.bincount(item[products]))[::-1][:300]
    slope = np.polyfit(np.log(np.arange(1, 301)), np.log(counts), 1)[0]
    assert slope == pytest.approx(-profile.catalogue.popularity, abs=0.05)


@pytest.mark.parametrize("offset_ms", [0, 45_121])
def test_the_mean_rate_is_kept_from_the_first_second_wherever_the_span_begins(offset_ms: int) -> None:
    tables = draw_tables(load_profile("shop").model_copy(update={"rhythm": None, "burstiness": 0.0}), 11)
    since_ms = MONDAY_MS + offset_ms
    lane = NaturalLane(
        tables,
        run=RUN,
        lane=0,
        lanes=1,
        seed=5,
        since_ms=since_ms,
        until_ms=since_ms + 60_000,
        rate=2000,
        layout=Layout(()),
    )
    times = []
    while (facts := lane.next_facts()) is not None:
        times.append(facts.time_ms - since_ms)
    counts = np.bincount(np.concatenate(times) // 1000, minlength=60)
    assert len(counts) == 60
    assert counts.sum() == pytest.approx(120_000, rel=0.03)
    assert counts.min() > 1700
    assert counts.max() < 2300


def dispersion(times_s: NDArray[np.float64], width: float, seconds: float) -> float:
    """Variance over mean of the counts in windows of this width."""
    counts = np.bincount((times_s // width).astype(np.int64), minlength=int(seconds // width))
    return float(counts.var() / counts.mean())


def test_sessions_start_by_chance_within_minutes_while_events_burst() -> None:
    profile = load_profile("shop")
    # a day curve is a trend of its own, which says nothing of bursts
    tables = draw_tables(profile.model_copy(update={"rhythm": None}), 11)
    seconds = 8 * HOUR_S
    time_ms, number = columns(tables, 5, seconds, "time_ms", "page_number")
    times = (time_ms - MONDAY_MS) / 1000
    assert 0.95 <= dispersion(times[number == 1], 1, seconds) <= 1.1
    assert dispersion(times, 60, seconds) > 2
    assert 0.6 <= hurst(times, seconds) <= 0.8


def hurst(times_s: NDArray[np.float64], seconds: float) -> float:
    """By the variances of means over growing windows, which fall with their width w as w^(2H-2)."""
    widths = 4 * 2 ** np.arange(8)
    variances = [
        np.bincount((times_s // w).astype(np.int64), minlength=int(seconds // w))[: int(seconds // w)].var() / w**2
        for w in widths.tolist()
    ]
    return float(1 + np.polyfit(np.log(widths), np.log(variances), 1)[0] / 2)


@pytest.mark.parametrize("name", ["shop", "news", "saas", "prime-day", "minimal"])
def test_who_comes_how_and_with_what_is_as_the_profile_says(name: str) -> None:
    tables, profile = tables_of(name), load_profile(name)
    number, returning, signed_in, device, channel = columns(
        tables, 500, 1000, "page_number", "returning", "signed_in", "device", "channel"
    )
    people = np.array(tables.audience.device_types)[device] != "bot"
    starts = number == 1
    bots = profile.bots.share if profile.bots else 0.0
    assert (~people[starts]).mean() == pytest.approx(bots, abs=0.01)
    starts &= people
    assert returning[starts].mean() == pytest.approx(profile.visitors.returning, abs=0.01)
    assert signed_in[starts].mean() == pytest.approx(profile.visitors.signed_in, abs=0.015)
    kinds = np.array(tables.audience.device_types)[device[starts]]
    for kind in profile.devices:
        assert (kinds == kind.type).mean() == pytest.approx(kind.share, abs=0.015)
    if not profile.campaigns:
        for place, each in enumerate(profile.channels):
            assert (channel[starts] == place).mean() == pytest.approx(each.share, abs=0.01)


def test_everybody_comes_at_the_busy_hour_of_the_own_day() -> None:
    tables, profile = tables_of("shop"), load_profile("shop")
    zones = ("America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo")
    spread = [country.model_copy(update={"zone": zones[n % 3]}) for n, country in enumerate(profile.countries)]
    assert profile.rhythm is not None
    everywhere: Profile = profile.model_copy(
        update={"countries": spread, "rhythm": profile.rhythm.model_copy(update={"zone": None})}
    )
    tables = draw_tables(everywhere, 11)
    number, place, time_ms = columns(tables, 3, 4 * 24 * HOUR_S, "page_number", "place", "time_ms")
    busiest = int(np.argmax(profile.rhythm.hours))
    for zone in zones:
        chosen = (number == 1) & (np.array(tables.audience.zones)[place] == zone)
        shift = datetime.fromtimestamp(MONDAY_MS / 1000, ZoneInfo(zone)).utcoffset()
        assert shift is not None
        hours = (time_ms[chosen] // 1000 + shift.total_seconds()) % (24 * HOUR_S) // HOUR_S
        counts = np.bincount(hours.astype(np.int64), minlength=24)
        assert abs(int(np.argmax(counts)) - busiest) <= 1
        assert counts.max() / counts.min() > 2
