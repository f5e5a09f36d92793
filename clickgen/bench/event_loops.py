"""The loops that most scripts make their events with: every field asked of a library, then json.dumps.

The event has the fields that one of the schema flat has on a landing page which shows a product, each from the
library where it has such a thing, in the locale that it has by itself. Nothing in the event follows from another
of its fields, or from another event, so it is the easier thing to make.
"""

import json
import time
from collections.abc import Callable
from typing import Any

_KINDS = ("page_view", "category_view", "search", "product_view", "add_to_cart", "purchase")
_DEVICES = ("mobile", "desktop", "tablet")
_SYSTEMS = ("Windows", "macOS", "Linux", "Android", "iOS")
_BROWSERS = ("Chrome", "Safari", "Firefox", "Edge")

EventOf = Callable[[], dict[str, Any]]


def faker_events() -> EventOf:
    """Makes events with Faker."""
    from faker import Faker  # noqa: PLC0415  # slow to import

    fake = Faker()

    def event() -> dict[str, Any]:
        return {
            "event_id": fake.uuid4(),
            "event_time": fake.iso8601(),
            "visitor_id": fake.uuid4(),
            "session_id": fake.uuid4(),
            "page_number": fake.random_int(1, 20),
            "returning": fake.boolean(),
            "signed_in": fake.boolean(),
            "referrer": fake.uri(),
            "event_type": fake.random_element(_KINDS),
            "page": fake.uri_path(),
            "product_id": fake.ean8(),
            "price": fake.random_int(100, 100_000) / 100,
            "category": fake.word(),
            "device": fake.random_element(_DEVICES),
            "os": fake.random_element(_SYSTEMS),
            "browser": fake.random_element(_BROWSERS),
            "language": fake.locale(),
            "country": fake.country_code(),
            "city": fake.city(),
        }

    return event


def mimesis_events() -> EventOf | None:
    """The same with mimesis; None where it is not installed."""
    try:
        from mimesis import Generic  # noqa: PLC0415  # an extra
    except ImportError:
        return None
    made = Generic()

    def event() -> dict[str, Any]:
        return {
            "event_id": made.cryptographic.uuid(),
            "event_time": made.datetime.formatted_datetime(),
            "visitor_id": made.cryptographic.uuid(),
            "session_id": made.cryptographic.uuid(),
            "page_number": made.numeric.integer_number(1, 20),
            "returning": made.development.boolean(),
            "signed_in": made.development.boolean(),
            "referrer": made.internet.uri(),
            "event_type": made.choice(_KINDS),
            "page": made.internet.path(),
            "product_id": made.code.ean(),
            "price": made.finance.price(1, 1000),
            "category": made.text.word(),
            "device": made.choice(_DEVICES),
            "os": made.choice(_SYSTEMS),
            "browser": made.choice(_BROWSERS),
            "language": made.code.locale_code(),
            "country": made.address.country_code(),
            "city": made.address.city(),
        }

    return event


def events_a_second(event_of: EventOf, events: int) -> float:
    """Events a second of CPU time, each written as JSON."""
    begin = time.process_time()
    for _ in range(events):
        json.dumps(event_of())
    return events / (time.process_time() - begin)
