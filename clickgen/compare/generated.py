"""The traffic of a profile as the columns that a recording of it would have."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from clickgen.compare.events import Events
from clickgen.learn.fields import Fields
from clickgen.learn.gather import NO_ITEM, Columns, host_of
from clickgen.learn.names import page_of
from clickgen.profile.model import Profile
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.schema.sources import first_views, views_of
from clickgen.traffic.simulation.event_facts import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane

_SEED = 7
_RUN = "000000000000"
_DRAWS = 4  # until there are enough visitors: how many a rate brings is only known afterwards
_MORE = 1.1  # how many are aimed at for each that is wanted


def generated(name: str, profile: Profile, *, visitors: int, since_ms: int, until_ms: int) -> Events:
    """So many visitors of a profile, in a window of time: sessions are cut by its ends as a recording's are.

    Their times follow the profile's rhythm; campaigns, which have dates of their own, are left out. The same
    profile, number and window give the same events.
    """
    tables = draw_tables(profile.model_copy(update={"campaigns": []}), _SEED)
    words = vocabulary_of(tables)
    sessions = _MORE * visitors + 20
    for _ in range(_DRAWS):
        facts = _facts(tables, sessions, since_ms, until_ms)
        people = np.unique(facts.visitor)
        if len(people) >= visitors:
            break
        sessions *= 1.2 * visitors / max(1, len(people), visitors / _DRAWS)
    chosen = people[np.random.default_rng(_SEED).permutation(len(people))[:visitors]]
    facts = facts.part(np.isin(facts.visitor, chosen))
    columns, keys = _columns(facts, words)
    return Events(name, columns, _fields(words), has_visitor=True, keys=keys)


def _facts(tables: Tables, sessions: float, since_ms: int, until_ms: int) -> Facts:
    seconds = (until_ms - since_ms) / 1000
    lane = NaturalLane(
        tables,
        run=_RUN,
        lane=0,
        lanes=1,
        seed=_SEED,
        since_ms=since_ms,
        until_ms=until_ms,
        rate=sessions / seconds * tables.sessions.pages_e6 / 1e6,
        layout=Layout(()),
    )
    stretches = []
    while (facts := lane.next_facts()) is not None:
        stretches.append(facts)
    return Facts.joined(stretches) if stretches else _facts(tables, 2 * sessions, since_ms, until_ms)


def _columns(facts: Facts, words: Vocabulary) -> tuple[Columns, tuple[str, ...]]:
    """The columns, as they are read of these events once they are written, and the profile's key of each page."""
    names = [(view.page.event, page_of(view.path)) for view in views_of(words)]
    keys = dict(zip(names, _keys(words), strict=True))
    pages = list(dict.fromkeys(names))
    numbers = {name: number for number, name in enumerate(pages)}
    of_view = np.array([numbers[name] for name in names], dtype=np.int32)
    shows = np.array([page.shows == "product" for page in words.pages])
    countries = list(dict.fromkeys(place.country for place in words.places))
    referrers = list(dict.fromkeys(host_of(channel.referrer) for channel in words.channels))
    country = np.array([countries.index(place.country) for place in words.places], dtype=np.int32)
    referrer = np.array([referrers.index(host_of(one.referrer)) for one in words.channels], dtype=np.int32)
    columns = Columns(
        time=facts.time_ms / 1000,
        visitor=facts.visitor | np.uint64(1),
        session=facts.session,
        page=of_view[first_views(words)[facts.page] + facts.item],
        item=np.where(shows[facts.page], facts.item + 1, NO_ITEM).astype(np.uint64),
        device=facts.device.astype(np.int32),
        country=country[facts.place],
        referrer=referrer[facts.channel],
        pages=pages,
        # not by the user agent, of which a profile has only the usual ones
        devices=[("", one.type, one.os, one.browser) for one in words.devices],
        countries=countries,
        referrers=referrers,
        read=len(facts),
    )
    return columns, tuple(keys[name] for name in pages)


def _keys(words: Vocabulary) -> Iterator[str]:
    """The key of the page of each view. Pages that differ only in which product they show are one to readers."""
    alike = Counter((page.event, page.path) for page in words.pages)
    for view in views_of(words):
        page = view.page
        several = alike[page.event, page.path] > 1
        yield page.path.strip("/").removesuffix("/{product}") if several else page.name


def _fields(words: Vocabulary) -> Fields:
    shown = any(page.shows == "product" for page in words.pages)
    return Fields(
        event="event_type",
        page="page",
        item="product_id" if shown else None,
        device="device",
        system="os",
        browser="browser",
        country="country",
        city="city",
        referrer="referrer",
    )
