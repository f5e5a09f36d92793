"""From what happened in a window to the facts that a schema reports, and from its numbers to words."""

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import bits_at, key_of
from clickgen.profile.site import CartModel, Shows
from clickgen.profile.tables import Tables
from clickgen.schema.facts import ChannelWords, DeviceWords, Facts, PageWords, PlaceWords, ProductWords, Vocabulary
from clickgen.traffic.simulation.clicks import Lines, place_of
from clickgen.traffic.simulation.time_window import TimeWindow
from clickgen.traffic.simulation.visits import RETURNING, SIGNED_IN, Arrivals


class Teller:
    """Makes the facts of one lane's events."""

    def __init__(self, arrivals: Arrivals, *, run: str, seed: int, lane: int) -> None:
        self._arrivals = arrivals
        self._order_ids = key_of("order id", run, seed, lane)

    def facts(self, window: TimeWindow, times_ms: NDArray[np.int64]) -> Facts:
        """The facts of a window whose clicks happened at these Unix times in ms."""
        clicks, visit, chosen = window.clicks, window.visit, window.with_cart
        count = len(times_ms)
        cart_items, cart_cents = np.zeros((2, count), dtype=np.int64)
        lines = np.empty(count, dtype=object)
        order = np.zeros(count, dtype=np.uint64)
        cart_items[chosen], cart_cents[chosen] = window.cart_items, window.cart_cents
        lines[chosen] = _objects(window.lines) if window.lines else None
        order[chosen] = bits_at(
            self._order_ids, place_of(visit["number"][chosen], window.page_number.take(chosen))
        )
        flags = visit["flags"]
        return Facts(
            time_ms=times_ms,
            visitor=visit["visitor"],
            session=self._arrivals.session_ids(visit["number"]),
            returning=(flags & RETURNING).astype(np.bool_),
            signed_in=(flags & SIGNED_IN).astype(np.bool_),
            page_number=window.page_number,
            page=clicks.page,
            item=clicks.item,
            channel=visit["channel"].astype(np.int64),
            device=visit["device"].astype(np.int64),
            place=visit["place"].astype(np.int64),
            quantity=clicks.quantity,
            cart_items=cart_items,
            cart_cents=cart_cents,
            lines=lines,
            order=order,
        )


def _objects(values: list[Lines]) -> NDArray[np.object_]:
    """An array of these objects, which numpy would take for nested arrays."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def vocabulary_of(tables: Tables) -> Vocabulary:
    """The vocabulary of a profile's tables, with the same numbers."""
    site, catalogue, audience = tables.site, tables.catalogue, tables.audience
    pages = zip(
        site.names, site.events, site.paths, site.titles, site.shows.tolist(), site.cart.tolist(), strict=True
    )
    products = zip(
        catalogue.product_ids,
        catalogue.product_names,
        catalogue.product_category.tolist(),
        catalogue.price_cents.tolist(),
        strict=True,
    )
    devices = zip(
        audience.device_types,
        audience.systems,
        audience.system_versions,
        audience.browsers,
        audience.browser_versions,
        audience.user_agents,
        ((width, height) for width, height in audience.screens.tolist()),
        strict=True,
    )
    channels = zip(
        audience.channel_names,
        audience.referrers,
        audience.utm_sources,
        audience.utm_mediums,
        audience.utm_campaigns,
        strict=True,
    )
    places = zip(audience.languages, audience.countries, audience.cities, audience.zones, strict=True)
    return Vocabulary(
        site=site.host,
        pages=tuple(
            PageWords(name, event, path, title, Shows(shows).name.lower(), CartModel(cart).name.lower())
            for name, event, path, title, shows, cart in pages
        ),
        categories=catalogue.categories,
        terms=catalogue.terms,
        products=tuple(
            ProductWords(id_, name, catalogue.categories[category], cents)
            for id_, name, category, cents in products
        ),
        currency=catalogue.currency,
        devices=tuple(DeviceWords(*words) for words in devices),
        places=tuple(PlaceWords(*words) for words in places),
        channels=tuple(ChannelWords(*words) for words in channels),
        longest_session=tables.sessions.max_pages,
    )
