"""The loops that most scripts make their events with: every field asked of a library, then json.dumps.

The event is the usual one, about as large as those of the schema flat: ids, time, who with what from where, which
page from which, and what for. Nothing in it is said by another of its fields, so it is the easier thing to make.
"""

import json
import random
import time
from collections.abc import Callable
from typing import Any

_KINDS = ("page_view", "category_view", "search", "product_view", "add_to_cart", "purchase")

EventOf = Callable[[], dict[str, Any]]


def faker_events() -> EventOf:
    """Makes events with Faker."""
    from faker import Faker  # noqa: PLC0415  # slow to import

    fake = Faker("de_DE")

    def event() -> dict[str, Any]:
        return {
            "event_id": fake.uuid4(),
            "event_time": fake.iso8601(),
            "user_id": fake.uuid4(),
            "session_id": fake.uuid4(),
            "name": fake.name(),
            "ip": fake.ipv4(),
            "user_agent": fake.user_agent(),
            "url": fake.uri(),
            "referrer": fake.uri(),
            "country": fake.country_code(),
            "city": fake.city(),
            "event_type": fake.random_element(_KINDS),
        }

    return event


def mimesis_events() -> EventOf | None:
    """The same with mimesis; None where it is not installed."""
    try:
        from mimesis import Generic, Locale  # noqa: PLC0415  # an extra
    except ImportError:
        return None
    made = Generic(Locale.DE)

    def event() -> dict[str, Any]:
        return {
            "event_id": made.cryptographic.uuid(),
            "event_time": made.datetime.formatted_datetime(),
            "user_id": made.cryptographic.uuid(),
            "session_id": made.cryptographic.uuid(),
            "name": made.person.full_name(),
            "ip": made.internet.ip_v4(),
            "user_agent": made.internet.user_agent(),
            "url": made.internet.uri(),
            "referrer": made.internet.uri(),
            "country": made.address.country_code(),
            "city": made.address.city(),
            "event_type": random.choice(_KINDS),
        }

    return event


def events_a_second(event_of: EventOf, events: int) -> float:
    """Events a second of CPU time, each written as JSON."""
    begin = time.process_time()
    for _ in range(events):
        json.dumps(event_of())
    return events / (time.process_time() - begin)
