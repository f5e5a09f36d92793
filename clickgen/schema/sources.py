"""The small vocabularies behind an event: what one number of its facts means."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.digits import scrambled
from clickgen.schema.facts import ChannelWords, DeviceWords, Facts, PageWords, PlaceWords, ProductWords, Vocabulary

T = TypeVar("T")
Numbers = Callable[[Facts], NDArray[np.int64]]

_ORDER_NUMBERS = 10_000
_NETWORKS = 1 << 14  # of 256 addresses each in 100.64.0.0/10
_IN_ADDRESSES = "/?#[]@!$&'()*+,;=:%~-._"  # what RFC 3986 allows as it is


@dataclass(frozen=True, slots=True, eq=False)
class FieldSource(Generic[T]):
    """Something that events have in common: all its words, and how to find an event's number among them."""

    words: Callable[[Vocabulary], Sequence[T]]
    numbers: Callable[[Vocabulary], Numbers]


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


class Arrival(NamedTuple):
    """What brought the session, and whether the event is its first, the landing."""

    channel: ChannelWords
    landing: bool
    site: str

    @property
    def referrer(self) -> str:
        """What the browser says it comes from: the channel's referrer, later the site itself; or "".

        The site as a whole, without the path, as under the policy `Referrer-Policy: origin`.
        """
        return self.channel.referrer if self.landing else f"https://{self.site}/"


class Visit(NamedTuple):
    """Where in a visit the event is, and whose visit it is; on the landing page what brought it."""

    page_number: int
    returning: bool
    signed_in: bool
    channel: ChannelWords | None


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


def _view_numbers(vocabulary: Vocabulary) -> Numbers:
    first = first_views(vocabulary)
    return lambda facts: first.take(facts.page) + facts.item


def _arrivals(vocabulary: Vocabulary) -> list[Arrival]:
    return [
        Arrival(channel, landing, vocabulary.site) for channel in vocabulary.channels for landing in (False, True)
    ]


def _visits(vocabulary: Vocabulary) -> list[Visit]:
    """The later pages by their number, then the landing page by the channel."""
    visitors = [(returning, signed_in) for returning in (False, True) for signed_in in (False, True)]
    later = range(vocabulary.longest_session + 1)
    return [Visit(number, *visitor, None) for number in later for visitor in visitors] + [
        Visit(1, *visitor, channel) for channel in vocabulary.channels for visitor in visitors
    ]


def _visit_numbers(vocabulary: Vocabulary) -> Numbers:
    landings = vocabulary.longest_session  # and one more where the page number, 1, is added

    def numbers(facts: Facts) -> NDArray[np.int64]:
        pages = facts.page_number + np.where(facts.page_number == 1, landings + facts.channel, 0)
        return pages * 4 + facts.returning * 2 + facts.signed_in

    return numbers


def _product_numbers(vocabulary: Vocabulary) -> Numbers:
    count = len(vocabulary.products)
    shows = np.array([page.shows == "product" for page in vocabulary.pages])

    def numbers(facts: Facts) -> NDArray[np.int64]:
        other = (facts.session % np.uint64(count)).astype(np.int64) + facts.item
        return np.where(shows.take(facts.page), facts.item, other % count)

    return numbers


def _of_visitor(shift: int, count: int) -> Callable[[Vocabulary], Numbers]:
    bits, most = np.uint64(shift), np.uint64(count - 1)
    return lambda _: lambda facts: (facts.visitor >> bits & most).astype(np.int64)


def _order_number(facts: Facts) -> NDArray[np.int64]:
    mixed = scrambled(facts.session + facts.page_number.astype(np.uint64)) >> np.uint64(32)
    return (mixed % np.uint64(_ORDER_NUMBERS)).astype(np.int64)


# What is the same for all events.
SITE: FieldSource[Vocabulary] = FieldSource(
    lambda vocabulary: (vocabulary,), lambda _: lambda facts: np.zeros(len(facts), dtype=np.int64)
)
VIEW: FieldSource[View] = FieldSource(views_of, _view_numbers)
ARRIVAL: FieldSource[Arrival] = FieldSource(
    _arrivals, lambda _: lambda facts: facts.channel * 2 + (facts.page_number == 1)
)
VISIT: FieldSource[Visit] = FieldSource(_visits, _visit_numbers)
DEVICE: FieldSource[DeviceWords] = FieldSource(
    lambda vocabulary: vocabulary.devices, lambda _: lambda facts: facts.device
)
PLACE: FieldSource[PlaceWords] = FieldSource(
    lambda vocabulary: vocabulary.places, lambda _: lambda facts: facts.place
)

# The visitor's address in 100.64.0.0/10 (RFC 6598, addresses that belong to nobody) in two steps.
NETWORK: FieldSource[str] = FieldSource(
    lambda _: [f"100.{64 + number // 256}.{number % 256}." for number in range(_NETWORKS)],
    _of_visitor(8, _NETWORKS),
)
HOST: FieldSource[str] = FieldSource(lambda _: [str(number) for number in range(256)], _of_visitor(0, 256))

# A product for every event: the one that is shown, else another one for each session.
ANY_PRODUCT: FieldSource[ProductWords] = FieldSource(lambda vocabulary: vocabulary.products, _product_numbers)
# A small number for every event, which recurs sooner or later.
ORDER_NUMBER: FieldSource[str] = FieldSource(
    lambda _: [str(number + 1) for number in range(_ORDER_NUMBERS)], lambda _: _order_number
)
