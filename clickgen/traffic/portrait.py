"""What sessions look like in figures: how long, how fast, from which page to which, who, and what they buy."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.facts import Facts, Vocabulary
from clickgen.traffic.sample import Sample


@dataclass(frozen=True, slots=True)
class Flow:
    """A page: its share of the page views, the share of them that end a session, and what follows the rest.

    following: (name, share of the views), most frequent first.
    """

    page: str
    event: str
    views: float
    leaves: float
    following: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """Shares of people's sessions that saw a product, put one into the cart, and ordered.

    carted: puts into the cart for each view of a product. ordered: sessions with an order, of those with a cart.
    """

    viewed: float
    added: float
    bought: float
    carted: float
    ordered: float


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """Figures of a sample of sessions; those of people, unless a name says otherwise.

    lengths: pages of each session. gaps_s: seconds between two clicks of a session. flows: most viewed first.
    surprise: bits of the next page for who knows none, one, two of the pages before. devices: shares of the
    sessions by the type of the device. funnel: None where nothing is sold.
    """

    sessions: int
    events: int
    bot_sessions: float
    bot_requests: float
    lengths: NDArray[np.int64]
    gaps_s: NDArray[np.float64]
    flows: tuple[Flow, ...]
    surprise: tuple[float, float, float]
    returning: float
    signed_in: float
    devices: dict[str, float]
    funnel: Funnel | None

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
            returning=float(starts.returning.mean()),
            signed_in=float(starts.signed_in.mean()),
            devices=dict(zip(types.tolist(), (counts / len(starts)).tolist(), strict=True)),
            funnel=_funnel(facts, words),
        )

    def go_on(self, page: int) -> float:
        """The chance of another click after this page of a session; NaN where none came so far."""
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
