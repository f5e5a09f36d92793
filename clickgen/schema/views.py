"""A page with what it shows: its address, its title and the thing itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.facts import PageWords, ProductWords, Vocabulary

_IN_ADDRESSES = "/?#[]@!$&'()*+,;=:%~-._"  # what RFC 3986 allows as it is


@dataclass(frozen=True, slots=True)
class View:
    """A page and what it shows; "" or None for what it does not."""

    page: PageWords
    path: str  # with the query, percent-encoded
    url: str
    title: str
    category: str = ""  # what the page lists, or the product's
    term: str = ""  # what is searched for
    product: ProductWords | None = None

    @property
    def is_page_view(self) -> bool:
        """Whether the event only says that a page was seen: its type ends in `view`."""
        return self.page.event.lower().endswith("view")

    @property
    def about_cart(self) -> bool:
        """Whether the facts about the cart count here."""
        return is_about_cart(self.page)


def is_about_cart(page: PageWords) -> bool:
    """Whether the facts about the cart count on this page."""
    return page.cart != "keep"


def views_of(vocabulary: Vocabulary) -> list[View]:
    """Every page with everything it can show, page by page in the order of the items."""
    return [view for page in vocabulary.pages for view in _views(page, vocabulary)]


def first_views(vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Where the views of each page begin in `views_of`; an event's view is that plus its item."""
    shown = {
        "category": len(vocabulary.categories),
        "search": len(vocabulary.terms),
        "product": len(vocabulary.products),
    }
    return np.cumsum([0, *(shown.get(page.shows, 1) for page in vocabulary.pages)])[:-1]


def _views(page: PageWords, vocabulary: Vocabulary) -> Iterator[View]:
    site = f"https://{vocabulary.site}"
    if page.shows == "category":
        for name in vocabulary.categories:
            path = _path(page, category=name)
            yield View(page, path, site + path, page.title.format(category=name), category=name)
    elif page.shows == "search":
        for term in vocabulary.terms:
            path = _path(page, term=term)
            yield View(page, path, site + path, page.title.format(term=term), term=term)
    elif page.shows == "product":
        for product in vocabulary.products:
            path = _path(page, product=f"{product.name} {product.id}", category=product.category)
            title = page.title.format(product=product.name, category=product.category)
            yield View(page, path, site + path, title, category=product.category, product=product)
    else:
        path = _path(page)
        yield View(page, path, site + path, page.title.format())


def _path(page: PageWords, **shown: str) -> str:
    path = page.path.format(**{name: _slug(words) for name, words in shown.items()})
    return quote(path, safe=_IN_ADDRESSES)


@lru_cache(1 << 16)
def _slug(words: str) -> str:
    """Words as a part of a path: letters and digits in lower case, joined by hyphens."""
    kept = "".join(letter if letter.isalnum() else " " for letter in words.lower())
    return quote("-".join(kept.split()))
