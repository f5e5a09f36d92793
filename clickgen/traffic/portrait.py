"""What sessions of a profile look like: a sample of them, and its figures."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.model import Profile
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.traffic.simulation.event_facts import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane

_START_MS = 1_782_993_600_000  # noon UTC on a Thursday, when the visitors of most profiles are awake
_STARTS_S = 1800.0
_LONGEST_S = 3 * _STARTS_S  # all but one session in many thousands end before
_FALL_SESSIONS = (
    3000  # as many as were recorded: more sessions see more of the rare products, and views fall faster
)
_RUN = "000000000000"


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Events of whole sessions, session by session, in order."""

    vocabulary: Vocabulary
    facts: Facts
    first: NDArray[np.int64]  # where each session begins

    @classmethod
    def draw(cls, profile: Profile, *, sessions: int, seed: int, longest_s: float = _LONGEST_S) -> Self:
        """About this many sessions that begin in half an hour without a campaign; the same for the same seed.

        longest_s: how long sessions may take; what a longer one does later is left out.
        """
        usual = profile.model_copy(update={"campaigns": []})
        tables = draw_tables(usual, seed)
        facts = _read(tables, sessions, seed, _STARTS_S + max(longest_s, _LONGEST_S))
        starts = facts.session[(facts.page_number == 1) & (facts.time_ms < _START_MS + _STARTS_S * 1000)]
        rows = np.flatnonzero(np.isin(facts.session, starts))
        rows = rows[np.lexsort((facts.page_number[rows], facts.session[rows]))]
        chosen = facts.part(rows)
        return cls(vocabulary_of(tables), chosen, np.flatnonzero(chosen.page_number == 1))


def _read(tables: Tables, sessions: int, seed: int, span_s: float) -> Facts:
    """The facts of a lane in which this many sessions start in half an hour, until so many seconds have passed."""
    lane = NaturalLane(
        tables,
        run=_RUN,
        lane=0,
        lanes=1,
        seed=seed,
        since_ms=_START_MS,
        until_ms=_START_MS + round(span_s * 1000),
        rate=sessions / _STARTS_S * tables.sessions.pages_e6 / 1e6,
        layout=Layout(()),
    )
    stretches = []
    while (facts := lane.next_facts()) is not None:
        stretches.append(facts)
    return Facts.joined(stretches)


@dataclass(frozen=True, slots=True)
class Flow:
    """A page, and what follows it."""

    page: str
    event: str
    views: float  # its share of the page views
    leaves: float  # the share of those that end a session
    following: tuple[tuple[str, float], ...]  # (name, share of the views), most frequent first


@dataclass(frozen=True, slots=True)
class Funnel:
    """What people buy."""

    viewed: float  # the share of sessions that saw a product
    added: float  # that put one into the cart
    bought: float  # and that ordered
    carted: float  # additions to the cart for each view of a product
    ordered: float  # sessions with an order, of those with a cart


@dataclass(frozen=True, slots=True)
class ProductViews:
    """Which products people look at."""

    seen_before: float  # the share of views of a product that the session has viewed before
    fall: float  # the power of the rank with which views fall, over the products seen in _FALL_SESSIONS sessions


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """Figures of a sample of sessions; those of people, unless a name says otherwise."""

    sessions: int
    events: int
    bot_sessions: float  # the share of them
    bot_requests: float
    lengths: NDArray[np.int64]  # pages of each session
    gaps_s: NDArray[np.float64]  # seconds between two clicks of a session
    flows: tuple[Flow, ...]  # most viewed first
    surprise: tuple[float, float, float]
    """Bits of the next page to somebody who knows none, one, two before it; beginning and end are not steps."""
    landing: float  # the share of sessions that begin on the page that most begin on
    one_page_again: float  # of the sessions of three and more events, the share that is all on one page; or NaN
    returning: float
    signed_in: float
    devices: dict[str, float]  # shares of the sessions by the type of the device
    funnel: Funnel | None  # None if nothing is sold
    products: ProductViews | None  # None if nothing is sold

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """The figures of a sample in which not all are bots."""
        words, every = sample.vocabulary, sample.facts
        is_bot = np.array([device.type == "bot" for device in words.devices])[every.device]
        facts = every.part(~is_bot)
        first = facts.page_number == 1
        starts = facts.part(first)
        same = ~first[1:]
        kinds = np.array([device.type for device in words.devices])[starts.device]
        types, counts = np.unique(kinds, return_counts=True)
        return cls(
            sessions=len(sample.first),
            events=len(every),
            bot_sessions=1 - len(starts) / len(sample.first),
            bot_requests=float(is_bot.mean()),
            lengths=np.diff(np.append(np.flatnonzero(first), len(facts))),
            gaps_s=np.diff(facts.time_ms)[same] / 1000,
            flows=_flows(facts, words),
            surprise=_surprise(facts),
            landing=float(np.bincount(starts.page).max() / len(starts)),
            one_page_again=_one_page_again(facts),
            returning=float(starts.returning.mean()),
            signed_in=float(starts.signed_in.mean()),
            devices=dict(zip(types.tolist(), (counts / len(starts)).tolist(), strict=True)),
            funnel=_funnel(facts, words),
            products=_product_views(facts, words),
        )

    def go_on(self, page: int) -> float:
        """The chance of another click after this page of a session; NaN if no session came this far."""
        reached = np.count_nonzero(self.lengths >= page)
        return np.count_nonzero(self.lengths > page) / reached if reached else float("nan")


def _flows(facts: Facts, words: Vocabulary) -> tuple[Flow, ...]:
    pages = len(words.pages)
    views = np.bincount(facts.page, minlength=pages)
    same = facts.page_number[1:] > 1
    steps, counts = np.unique(facts.page[:-1][same] * pages + facts.page[1:][same], return_counts=True)
    following: dict[int, list[tuple[str, float]]] = {}
    for at in np.argsort(-counts, kind="stable").tolist():
        source, target = divmod(int(steps[at]), pages)
        following.setdefault(source, []).append((words.pages[target].name, float(counts[at] / views[source])))
    return tuple(
        Flow(
            page=words.pages[number].name,
            event=words.pages[number].event,
            views=float(views[number] / len(facts)),
            leaves=max(0.0, 1 - sum(share for _, share in following.get(number, ()))),
            following=tuple(following.get(number, ())),
        )
        for number in np.argsort(-views, kind="stable").tolist()
        if views[number]
    )


def _surprise(facts: Facts) -> tuple[float, float, float]:
    """Conditional entropies, in bits, of all pages but the landing pages; before those there is nothing."""
    later, span = np.flatnonzero(facts.page_number > 1), int(facts.page.max()) + 2
    last, before = facts.page[later], facts.page[later - 1]
    first = np.where(facts.page_number[later] > 2, facts.page[later - 2], span - 1)
    _, pair = np.unique(first * span + before, return_inverse=True)  # a number for each pair of pages
    none = _entropy(last)
    one = _entropy(before * span + last) - _entropy(before)
    two = _entropy(pair * span + last) - _entropy(pair)
    return none, one, two


def _entropy(values: NDArray[np.int64]) -> float:
    """Bits of entropy, with the correction for small samples by Miller and Madow (1955)."""
    if not len(values):
        return 0.0
    _, counts = np.unique(values, return_counts=True)
    shares = counts / len(values)
    return float(-(shares * np.log2(shares)).sum() + (len(counts) - 1) / (2 * len(values) * np.log(2)))


def _one_page_again(facts: Facts) -> float:
    begins = np.flatnonzero(facts.page_number == 1)
    alike = np.minimum.reduceat(facts.page, begins) == np.maximum.reduceat(facts.page, begins)
    long = np.diff(np.append(begins, len(facts))) >= 3
    return float(alike[long].mean()) if long.any() else float("nan")


def _product_views(facts: Facts, words: Vocabulary) -> ProductViews | None:
    if not any(page.cart == "add" for page in words.pages):
        return None
    shows = np.array([page.cart == "keep" and page.shows == "product" for page in words.pages])[facts.page]
    session, item = (np.cumsum(facts.page_number == 1) - 1)[shows], facts.item[shows]
    if not len(item):
        return None
    span = int(item.max()) + 1
    counts = np.sort(np.bincount(item[session < _FALL_SESSIONS]))[::-1]
    counts = counts[counts > 0]
    ranks = np.log(np.arange(1, len(counts) + 1))
    return ProductViews(
        seen_before=1 - len(np.unique(session * span + item)) / len(item),
        fall=float(-np.polyfit(ranks, np.log(counts), 1)[0]) if len(counts) > 1 else 0.0,
    )


def _funnel(facts: Facts, words: Vocabulary) -> Funnel | None:
    adds = np.array([page.cart == "add" for page in words.pages])[facts.page]
    orders = np.array([page.cart == "order" for page in words.pages])[facts.page]
    views = np.array([page.cart == "keep" and page.shows == "product" for page in words.pages])[facts.page]
    if not adds.any():
        return None
    number = np.cumsum(facts.page_number == 1) - 1
    viewed, added, bought = (len(np.unique(number[chosen])) for chosen in (views, adds, orders))
    sessions = int(number[-1]) + 1
    return Funnel(
        viewed=viewed / sessions,
        added=added / sessions,
        bought=bought / sessions,
        carted=float(adds.sum() / max(1, views.sum())),
        ordered=bought / added,
    )
