"""How long visits are: the chance that one goes on beyond each page, whatever decides about it."""

import math
from collections.abc import Iterable
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.contexts import Context, Contexts
from clickgen.profile.depth_chances import by_page
from clickgen.profile.walkers import walked_survival

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile

_NEGLIGIBLE = 1e-9  # of the visits: how long the last of them are changes no figure


def mean_pages(profile: "Profile") -> float:
    """Mean pages of a visit that is not a bot's."""
    return 1 + math.fsum(survival_of_people(profile, Contexts(profile)))


def survival_of_people(profile: "Profile", contexts: Contexts) -> list[float]:
    """The share of the visits, without bots, that are longer than 1, 2, … pages."""
    longest = profile.sessions.max_pages
    people = [context for context in contexts.all[: contexts.entry] if not context.is_bot]
    if any(any(again) for again in contexts.again) and len({context.go_on for context in people}) > 1:
        return list(walked_survival(profile, contexts, people))
    if len({context.go_on for context in people}) == 1:  # the page number decides, whatever the pages are
        return list(accumulate(by_page(people[0].go_on, longest), mul))
    return list(_walked(profile, contexts, people, longest))


def _walked(profile: "Profile", contexts: Contexts, people: list[Context], longest: int) -> Iterable[float]:
    """The same by following all visits at once: which share is in each context, with an empty or a filled cart."""
    steps = _Steps(profile, contexts)
    go_on = np.array([by_page(context.go_on, longest) for context in people]).repeat(2, axis=0)
    present = steps.entered(contexts.entry)
    for chances in go_on.T:
        present[: len(go_on)] *= chances
        share = math.fsum(present.tolist())
        yield share
        if share < _NEGLIGIBLE:
            return
        present = steps.after(present)


class _Steps:
    """The steps between contexts, each with an empty and with a filled cart, as columns."""

    def __init__(self, profile: "Profile", contexts: Contexts) -> None:
        carts = [page.cart for page in profile.pages.values()]
        source: list[int] = []
        target: list[int] = []
        weight: list[float] = []
        for row, (followers, shares) in enumerate(contexts.rows()):
            total = math.fsum(shares)
            for context, share in zip(followers, shares, strict=True):
                cart = carts[contexts.all[context].page]
                filled = {"add": 1, "order": 0}.get(cart, row % 2)
                source.append(row)
                target.append(context * 2 + filled)
                weight.append(share / total)
        self._source, self._target = np.array(source), np.array(target)
        self._weight, self._count = np.array(weight), 2 * len(contexts.all)

    def entered(self, entry: int) -> NDArray[np.float64]:
        """Where visits are on their first page."""
        begun = np.zeros(self._count)
        begun[entry * 2] = 1.0
        return self.after(begun)

    def after(self, present: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the visits that are in these states are a page later."""
        moved = present.take(self._source) * self._weight
        there: NDArray[np.float64] = np.bincount(self._target, moved, self._count).astype(np.float64)
        return there
