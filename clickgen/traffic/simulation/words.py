"""The words behind a simulation's numbers, as a schema wants them."""

from clickgen.profile.site import Cart, Shows
from clickgen.profile.tables import Tables
from clickgen.schema.facts import ChannelWords, PageWords, ProductWords, Vocabulary


def vocabulary_of(tables: Tables) -> Vocabulary:
    """The vocabulary of a profile's tables; its numbers are theirs."""
    site, catalogue, audience = tables.site, tables.catalogue, tables.audience
    pages = zip(site.events, site.paths, site.shows.tolist(), site.cart.tolist(), strict=True)
    products = zip(
        catalogue.product_ids,
        catalogue.product_names,
        catalogue.product_category.tolist(),
        catalogue.price_cents.tolist(),
        strict=True,
    )
    channels = zip(
        audience.referrers, audience.utm_sources, audience.utm_mediums, audience.utm_campaigns, strict=True
    )
    return Vocabulary(
        pages=tuple(
            PageWords(event, path, Shows(shows).name.lower(), Cart(cart).name.lower())
            for event, path, shows, cart in pages
        ),
        categories=catalogue.categories,
        terms=catalogue.terms,
        products=tuple(
            ProductWords(id_, name, catalogue.categories[category], cents)
            for id_, name, category, cents in products
        ),
        currency=catalogue.currency,
        devices=tuple(zip(audience.device_types, audience.systems, audience.browsers, strict=True)),
        places=tuple(zip(audience.languages, audience.countries, audience.cities, strict=True)),
        channels=tuple(ChannelWords(*words) for words in channels),
        longest_session=len(tables.sessions.go_on),
    )
