"""The steps of a funnel: which pages each of them is."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clickgen.expect.question import Question
from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import did_you_mean
from clickgen.schema.facts import PageWords, Vocabulary

Steps = dict[str, NDArray[np.bool_]]  # for each step, by the numbers of the pages, whether the page is of it

_VIEW, _CART, _CHECKOUT, _PURCHASE = "view", "cart", "checkout", "purchase"


def steps_of(question: Question, vocabulary: Vocabulary) -> Steps:
    """The steps that the question asks for, if any.

    For a shop: view, a page that shows a product; cart, one that puts something in; checkout, one that needs a
    filled cart and has checkout in its name or its event type; purchase, an order. Raises UsageProblem if no page
    is one of them, or if there is no such event type.
    """
    if question.steps:
        of_pages = np.array([page.event for page in vocabulary.pages])
        return {event: np.equal(of_pages, event) for event in _known(question, vocabulary)}
    if not question.funnel:
        return {}
    found = {name: np.array([of(page) for page in vocabulary.pages]) for name, of in _OF_A_SHOP.items()}
    steps = {name: pages for name, pages in found.items() if pages.any()}
    if not steps:
        raise UsageProblem(
            "this profile has no pages that make a shop's funnel",
            f"name its steps: --step EVENT_TYPE, of {', '.join(_events(vocabulary))}",
        )
    return steps


def _known(question: Question, vocabulary: Vocabulary) -> tuple[str, ...]:
    events = _events(vocabulary)
    for event in question.steps:
        if event not in events:
            raise UsageProblem(
                f"no page has the event type {event!r}{did_you_mean(event, events)}",
                f"there are: {', '.join(events)}",
            )
    return tuple(dict.fromkeys(question.steps))


def _events(vocabulary: Vocabulary) -> list[str]:
    return list(dict.fromkeys(page.event for page in vocabulary.pages))


def _is_checkout(page: PageWords) -> bool:
    return page.cart == "needs" and _CHECKOUT in f"{page.name} {page.event}".lower()


_OF_A_SHOP: dict[str, Callable[[PageWords], bool]] = {
    _VIEW: lambda page: page.shows == "product" and page.cart == "keep",
    _CART: lambda page: page.cart == "add",
    _CHECKOUT: _is_checkout,
    _PURCHASE: lambda page: page.cart == "order",
}
