"""How long visits are that go back to what they saw: by letting some walk, since each has its own way back."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from clickgen.model.random_bits import WORDS, bits_at, key_of
from clickgen.profile.choices import Choices
from clickgen.profile.contexts import Context, Contexts
from clickgen.profile.depth_chances import by_page
from clickgen.profile.revisits import RevisitTables

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile

_WALKERS = 1 << 14  # whose shares are right to half a percent
_NEGLIGIBLE = 1e-6  # of the visits: how long the last of them are changes no figure
_LOW = np.uint64((1 << 32) - 1)


def walked_survival(profile: "Profile", contexts: Contexts, people: list[Context]) -> Iterable[float]:
    """The share of the visits of these contexts that are longer than 1, 2, … pages."""
    pages, longest = list(profile.pages.values()), profile.sessions.max_pages
    page = np.array([context.page for context in contexts.all])
    revisits = RevisitTables.draw(contexts, page, np.array([one.cart == "keep" for one in pages]))
    adds, orders = (np.array([one.cart == what for one in pages]) for what in ("add", "order"))
    steps = Choices.of_rows(contexts.rows())
    go_on = np.array([by_page(context.go_on, longest) for context in people])
    key, places = key_of("length of visits"), np.arange(_WALKERS) * (longest + 1) * WORDS
    trail = np.zeros((_WALKERS, revisits.depth), dtype=np.uint32)
    context, weight = np.full(_WALKERS, contexts.entry), np.full(_WALKERS, 1 / _WALKERS)
    cart = np.zeros(_WALKERS, dtype=np.bool_)
    for depth in range(longest - 1):
        last = page.take(context)
        now = steps.draw(context * 2 + cart, bits_at(key, places + depth * WORDS))
        back, there = revisits.chosen(context, last, trail, bits_at(key, places + depth * WORDS + 1) & _LOW)
        now[back] = there
        trail = revisits.noted(trail, np.where(last < len(pages), last, -1))
        context, reached = now, page.take(now)
        cart = (cart | adds.take(reached)) & ~orders.take(reached)
        weight *= go_on[context, depth]
        share = math.fsum(weight.tolist())
        yield share
        if share < _NEGLIGIBLE:
            return
