"""The tables of the page graph: what each page is, and which pages follow it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices
from clickgen.profile.model import Page, Profile


class Shows(IntEnum):
    """What a page is about; an event of the page carries an item of this kind."""

    NOTHING = 0
    CATEGORY = 1
    SEARCH = 2
    PRODUCT = 3


class Cart(IntEnum):
    """What a page does with the visitor's cart."""

    KEEP = 0
    ADD = 1
    NEEDS = 2
    ORDER = 3


@dataclass(frozen=True, slots=True, eq=False)
class SiteTables:
    """The pages, by number in the order of the file, and the steps from page to page.

    steps has a row for each page and state of the cart, page × 2 + (1 if something is in it), and at last
    the row `entry_row`, from which sessions begin.
    """

    names: tuple[str, ...]
    events: tuple[str, ...]
    paths: tuple[str, ...]
    shows: NDArray[np.int8]
    cart: NDArray[np.int8]
    steps: Choices

    @classmethod
    def draw(cls, profile: Profile) -> Self:
        """The tables of a profile's pages; nothing in them is random."""
        numbers = {name: number for number, name in enumerate(profile.pages)}
        pages = list(profile.pages.values())
        rows = [_row(page.next, numbers, pages, filled) for page in pages for filled in (False, True)]
        rows.append(_row(profile.sessions.entry, numbers, pages, filled=False))
        return cls(
            names=tuple(numbers),
            events=tuple(page.event for page in pages),
            paths=tuple(page.path for page in pages),
            shows=np.array([Shows[page.shows.upper()] for page in pages], dtype=np.int8),
            cart=np.array([Cart[page.cart.upper()] for page in pages], dtype=np.int8),
            steps=Choices.of_rows(rows),
        )

    @property
    def entry_row(self) -> int:
        """The row of `steps` that sessions begin from."""
        return 2 * len(self.names)


def _row(
    following: dict[str, float], numbers: dict[str, int], pages: Sequence[Page], filled: bool
) -> tuple[list[int], list[float]]:
    """The pages that may follow: with an empty cart those that need a filled one are left out.

    Where nothing is left, no visitor has an empty cart on that page (the graph was checked), and the row
    only keeps the numbering.
    """
    targets = [numbers[name] for name in following]
    shares = list(following.values())
    if filled:
        return targets, shares
    open_shares = [
        0.0 if pages[target].cart in {"needs", "order"} else share
        for target, share in zip(targets, shares, strict=True)
    ]
    return targets, open_shares if any(open_shares) else shares
