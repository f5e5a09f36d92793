"""How fast events are made, against the loop that most scripts are: Faker for every field, then json.dumps.

Run it by hand: python -m tests.bench_generate. One Faker loop makes the same fields, one those of
the usual script. All run in one process, one after the other, several rounds; what counts is the ratio of the
medians of events a second of CPU time. Setting up (pools, tables, the steady state) is left out of both.
"""

import json
import random
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from faker import Faker

from tests.simulated import shop_lane

ROUNDS = 5
FAKER_EVENTS = 3000
CLICKGEN_EVENTS = 300_000
KINDS = {
    "page_view": 0.18,
    "category_view": 0.26,
    "search": 0.11,
    "product_view": 0.38,
    "add_to_cart": 0.03,
    "cart_view": 0.02,
    "checkout_start": 0.012,
    "purchase": 0.01,
}


def faker_event(fake: Faker) -> dict[str, Any]:
    """One event with the fields of the flat schema, each asked of Faker or the standard library."""
    kind = random.choices(list(KINDS), list(KINDS.values()))[0]
    event: dict[str, Any] = {
        "event_id": str(uuid.uuid4()),
        "event_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "visitor_id": fake.md5()[:16],
        "session_id": fake.md5()[:16],
        "event_type": kind,
        "page": f"/{fake.uri_path()}",
        "page_number": fake.random_int(1, 30),
        "returning": fake.boolean(),
        "device": fake.random_element(("mobile", "desktop", "tablet")),
        "os": fake.random_element(("Android", "iOS", "Windows", "macOS", "Linux")),
        "browser": fake.random_element(("Chrome", "Firefox", "Safari", "Edge")),
        "language": fake.locale(),
        "country": fake.country_code(),
        "city": fake.city(),
    }
    if event["page_number"] < 7:
        event["referrer"] = fake.url()
    if kind in {"product_view", "add_to_cart"}:
        event |= {
            "product_id": fake.numerify("#####"),
            "category": fake.word(),
            "price": round(random.uniform(5, 500), 2),
        }
    if kind in {"add_to_cart", "cart_view", "checkout_start", "purchase"}:
        event |= {
            "cart_items": fake.random_int(1, 9),
            "cart_value": round(random.uniform(5, 900), 2),
            "currency": "EUR",
        }
    return event


def usual_event(fake: Faker) -> dict[str, Any]:
    """The event that most scripts make: who, from where, with what, on which URL, each asked of Faker."""
    return {
        "event_id": fake.uuid4(),
        "timestamp": fake.iso8601(),
        "user_id": fake.uuid4(),
        "session_id": fake.uuid4(),
        "name": fake.name(),
        "ip": fake.ipv4(),
        "user_agent": fake.user_agent(),
        "url": fake.uri(),
        "referrer": fake.uri(),
        "country": fake.country_code(),
        "city": fake.city(),
        "event_type": fake.random_element(tuple(KINDS)),
    }


def faker_rate(event_of: Callable[[Faker], dict[str, Any]]) -> tuple[float, float]:
    """Events a second of CPU of a loop over one way to make an event, and bytes an event."""
    fake = Faker("de_DE")
    begin = time.process_time()
    size = sum(len(json.dumps(event_of(fake))) + 1 for _ in range(FAKER_EVENTS))
    return FAKER_EVENTS / (time.process_time() - begin), size / FAKER_EVENTS


def simulated_rate() -> tuple[float, float]:
    """The same of one lane of sixteen at 1,000 events a second: simulation, encoding, ids and checks."""
    source, events, size = shop_lane(16_000, lanes=16), 0, 0
    source.next_block()
    begin = time.process_time()
    while events < CLICKGEN_EVENTS:
        block = source.next_block()
        if block is not None:
            events, size = events + len(block), size + len(block.data)
    return events / (time.process_time() - begin), size / events


def facts_rate() -> tuple[float, float]:
    """The same of the simulation alone, without any bytes."""
    source = shop_lane(16_000, lanes=16)
    source.next_block()
    source.skip_to(CLICKGEN_EVENTS)
    begin = time.process_time()
    source.next_block()
    return CLICKGEN_EVENTS / (time.process_time() - begin), 0.0


def main() -> None:
    """Measure all ways in turn, and print the medians."""
    same, usual = "Faker, the same fields", "Faker, as scripts do"
    ways: dict[str, Callable[[], tuple[float, float]]] = {
        same: lambda: faker_rate(faker_event),
        usual: lambda: faker_rate(usual_event),
        "clickgen": simulated_rate,
        "clickgen, simulation alone": facts_rate,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    sizes: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, measure in ways.items():
            rate, sizes[name] = measure()
            rates[name].append(rate)
    medians = {name: statistics.median(measured) for name, measured in rates.items()}
    for name, rate in medians.items():
        sys.stdout.write(
            f"{name:28}{rate:12,.0f} events/s/core {sizes[name]:5.0f} B/event"
            f" {rate / medians[same]:7.1f} x {same} {rate / medians[usual]:7.1f} x {usual}\n"
        )


if __name__ == "__main__":
    main()
