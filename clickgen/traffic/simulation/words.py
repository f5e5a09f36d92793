"""The words behind a simulation's numbers, as a schema wants them."""

from clickgen.profile.site import CartModel, Shows
from clickgen.profile.tables import Tables
from clickgen.schema.facts import ChannelWords, DeviceWords, PageWords, PlaceWords, ProductWords, Vocabulary


def vocabulary_of(tables: Tables) -> Vocabulary:
    """The vocabulary of a profile's tables; its numbers are theirs."""
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
