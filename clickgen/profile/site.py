"""The tables of the page graph: what each page is, and which pages follow it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices
from clickgen.profile.contexts import Contexts
from clickgen.profile.revisits import RevisitTables

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile


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
    Each kind of session has contexts of its own for its pages.
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
    revisits: RevisitTables
    entry: int  # the context that people's sessions begin from
    bot_entry: int

    @classmethod
    def draw(cls, profile: "Profile") -> Self:
        """The tables of a profile's pages; nothing in them is random."""
        contexts = Contexts(profile)
        pages = list(profile.pages.values())
        categories = list(profile.catalogue.categories) if profile.catalogue else []
        page = np.array([context.page for context in contexts.all], dtype=np.int64)
        cart = np.array([CartModel[page.cart.upper()] for page in pages], dtype=np.int8)
        return cls(
            host=profile.site,
            names=tuple(profile.pages),
            events=tuple(page.event for page in pages),
            paths=tuple(page.path for page in pages),
            titles=tuple(page.title or _title(name) for name, page in profile.pages.items()),
            shows=np.array([Shows[page.shows.upper()] for page in pages], dtype=np.int8),
            cart=cart,
            category=np.array([categories.index(p.category) if p.category else -1 for p in pages], dtype=np.int64),
            page=page,
            steps=Choices.of_rows(contexts.rows()),
            revisits=RevisitTables.draw(contexts, page, cart == CartModel.KEEP),
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


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()
