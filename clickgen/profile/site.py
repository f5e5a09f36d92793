"""The tables of the page graph: what each page is, and which pages follow it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices
from clickgen.profile.model import Profile
from clickgen.profile.pages import Page

Row = tuple[list[int], list[float]]


class Shows(IntEnum):
    """What a page is about; an event of the page carries an item of this kind."""

    NOTHING = 0
    CATEGORY = 1
    SEARCH = 2
    PRODUCT = 3


class CartModel(IntEnum):
    """What a page does with the visitor's cart."""

    KEEP = 0
    ADD = 1
    NEEDS = 2
    ORDER = 3


@dataclass(frozen=True, slots=True, eq=False)
class SiteTables:
    """The pages, by number in the order of the file, and the steps from page to page.

    The position of a visitor is a context: a page; or a page together with the one before, if the profile says
    this matters for what follows; or a page that a bot is on; or one of the two that sessions begin from.
    """

    host: str
    names: tuple[str, ...]  # of each page, as are the next six
    events: tuple[str, ...]
    paths: tuple[str, ...]
    titles: tuple[str, ...]
    shows: NDArray[np.int8]
    cart: NDArray[np.int8]
    category: NDArray[np.int64]  # the only one whose products it shows, or -1
    page: NDArray[np.int64]  # of each context; the number of pages if none was seen yet
    steps: Choices  # the contexts that follow; row context × 2 + (1 if something is in the cart)
    entry: int  # the context that people's sessions begin from
    bot_entry: int

    @classmethod
    def draw(cls, profile: Profile) -> Self:
        """The tables of a profile's pages; nothing in them is random."""
        contexts = _Contexts(profile)
        pages = list(profile.pages.values())
        categories = list(profile.catalogue.categories) if profile.catalogue else []
        return cls(
            host=profile.site,
            names=tuple(profile.pages),
            events=tuple(page.event for page in pages),
            paths=tuple(page.path for page in pages),
            titles=tuple(page.title or _title(name) for name, page in profile.pages.items()),
            shows=np.array([Shows[page.shows.upper()] for page in pages], dtype=np.int8),
            cart=np.array([CartModel[page.cart.upper()] for page in pages], dtype=np.int8),
            category=np.array([categories.index(p.category) if p.category else -1 for p in pages], dtype=np.int64),
            page=np.array(contexts.pages, dtype=np.int64),
            steps=Choices.of_rows(contexts.rows()),
            entry=contexts.entry,
            bot_entry=contexts.bot_entry,
        )

    @property
    def is_bot(self) -> NDArray[np.bool_]:
        contexts = np.arange(len(self.page))
        found: NDArray[np.bool_] = (contexts >= self._first_bot) & (contexts != self.entry)
        return found

    @property
    def _first_bot(self) -> int:
        return self.entry - len(self.names)


class _Contexts:
    """The contexts of a profile: its pages, the pairs of pages that matter, the pages for bots, the entries."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._numbers = {name: number for number, name in enumerate(profile.pages)}
        count = len(self._numbers)
        pairs = [(before, name) for name, page in profile.pages.items() for before in page.after]
        self._pairs = {pair: count + number for number, pair in enumerate(pairs)}
        self._first_bot = count + len(pairs)
        self.entry, self.bot_entry = self._first_bot + count, self._first_bot + count + 1
        plain = list(range(count))
        self.pages = [*plain, *(self._numbers[name] for _, name in pairs), *plain, count, count]

    def rows(self) -> Iterator[Row]:
        """The steps from each context, with an empty and with a filled cart."""
        pages = self._profile.pages
        for name, page in pages.items():
            yield from self._steps(name, page.next)
        for before, name in self._pairs:
            yield from self._steps(name, pages[name].after[before].next)
        entry = self._profile.sessions.entry
        bots = self._profile.bots
        # no session can begin on a page about a cart (the graph was checked)
        bot_entry = (bots and bots.entry and self._for_bots(bots.entry)) or self._for_bots(entry) or ([0], [1.0])
        for page in pages.values():
            row = self._for_bots(page.next) or bot_entry
            yield from (row, row)
        yield from self._steps(None, entry)
        yield from (bot_entry, bot_entry)

    def _steps(self, source: str | None, following: Mapping[str, float]) -> Iterator[Row]:
        targets = [
            self._numbers[name] if source is None else self._pairs.get((source, name), self._numbers[name])
            for name in following
        ]
        shares = list(following.values())
        yield targets, _open_shares([self._profile.pages[name] for name in following], shares)
        yield targets, shares

    def _for_bots(self, following: Mapping[str, float]) -> Row | None:
        """Every page that is linked, as likely as any other, but nothing that is about a cart."""
        pages = self._profile.pages
        linked = [name for name, share in following.items() if share > 0 and pages[name].cart == "keep"]
        targets = [self._first_bot + self._numbers[name] for name in linked]
        return (targets, [1.0] * len(targets)) if targets else None


def _open_shares(pages: Sequence[Page], shares: list[float]) -> list[float]:
    """The shares with an empty cart: the pages that need a filled one are left out.

    If nothing is left, no visitor has an empty cart there (the graph was checked), and the row only keeps the
    numbering.
    """
    left = [0.0 if page.cart in {"needs", "order"} else share for page, share in zip(pages, shares, strict=True)]
    return left if any(left) else shares


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()
