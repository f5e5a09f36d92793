"""How fast events are made, for each profile and schema, against the loops of scripts.

Each is measured in one process made as a run makes its workers, by its CPU clock, round by round. What is timed
is all that `clickgen generate` does for an event but writing the file: simulation, encoding, unique ids, checks.

The loops are how most scripts make events: every field comes from a library, then json.dumps. The event has the
fields that one of the schema flat has on a landing page which shows a product. Nothing in it follows from another
field or another event, so it is easier to make.
"""

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from faker import Faker

from clickgen.model.installation import missing
from clickgen.profile.load import load_profile, profile_names
from clickgen.profile.tables import draw_tables
from clickgen.run.fleet import start_process
from clickgen.schema.registry import SCHEMAS, layout_of
from clickgen.traffic.simulation import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane

_LOOP_EVENTS = 3000
_RATE = 4096.0  # events a second of a lane; about a quarter of a million sessions are under way
_SEED = 1
_SINCE_MS = 1_783_000_000_000
_SPAN_MS = 24 * 3_600_000
_WARM_UP = 50_000
_KINDS = ("page_view", "category_view", "search", "product_view", "add_to_cart", "purchase")
_DEVICES = ("mobile", "desktop", "tablet")
_SYSTEMS = ("Windows", "macOS", "Linux", "Android", "iOS")
_BROWSERS = ("Chrome", "Safari", "Firefox", "Edge")

EventOf = Callable[[], dict[str, Any]]


class MadeFigures(NamedTuple):
    """What one turn made: events, their bytes, CPU seconds, and CPU seconds until the lane was ready."""

    events: int
    bytes: int
    seconds: float
    ready_seconds: float


def pairs(profiles: Sequence[str] | None = None, schemas: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """(profile, schema) for all that will be measured; a profile that sells nothing has no orders."""
    return [
        (profile, schema)
        for profile in profiles or profile_names()
        for schema in schemas or SCHEMAS
        if schema != "order" or load_profile(profile).catalogue is not None
    ]


def measure(
    chosen: Sequence[tuple[str, str]], events: int, rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """The figures of each "profile/schema", as `bench generate --json` gives them.

    Medians of the rounds. ratio_mimesis is None if mimesis is not installed.
    """
    made: dict[tuple[str, str], list[MadeFigures]] = {pair: [] for pair in chosen}
    loops: dict[str, list[float]] = {"faker": [], "mimesis": []}
    for turn in range(rounds):
        with start_process() as worker:
            for name in loops:
                say(f"round {turn + 1} of {rounds}: {name}")
                rate = worker.submit(loop_rate, name, _LOOP_EVENTS).result()
                loops[name] += [] if rate is None else [rate]
            for pair in chosen:
                say(f"round {turn + 1} of {rounds}: {'/'.join(pair)}")
                made[pair].append(worker.submit(make, *pair, events).result())
    return {"/".join(pair): _figures(turns, loops) for pair, turns in made.items()}


def _figures(turns: Sequence[MadeFigures], loops: dict[str, list[float]]) -> dict[str, Any]:
    rate = statistics.median(turn.events / turn.seconds for turn in turns)
    ratios = {
        f"ratio_{name}": round(rate / statistics.median(rates), 1) if rates else None
        for name, rates in loops.items()
    }
    return {
        "events_per_core_second": round(rate),
        "bytes_per_event": round(turns[0].bytes / turns[0].events, 1),
        "ready_cpu_seconds": round(statistics.median(turn.ready_seconds for turn in turns), 3),
        **ratios,
    }


def make(profile: str, schema: str, events: int) -> MadeFigures:
    """Make about so many events of a lane, in a worker's process."""
    begin = time.process_time()
    tables = draw_tables(load_profile(profile), _SEED)
    lane = NaturalLane(
        tables,
        run="0" * 12,
        lane=0,
        lanes=1,
        seed=_SEED,
        since_ms=_SINCE_MS,
        until_ms=_SINCE_MS + _SPAN_MS,
        rate=_RATE,
        layout=layout_of(schema, vocabulary_of(tables)),
    )
    gc.freeze()  # as a run's worker does
    ready = time.process_time() - begin
    _take(lane, _WARM_UP)
    begin = time.process_time()
    count, size = _take(lane, events)
    return MadeFigures(count, size, time.process_time() - begin, ready)


def _take(lane: NaturalLane, events: int) -> tuple[int, int]:
    count = size = 0
    while count < events and (block := lane.next_block()) is not None:
        count, size = count + len(block), size + len(block.data)
    return count, size


def loop_rate(name: str, events: int) -> float | None:
    """Events a second of CPU time of a script's loop, or None if its library is not installed."""
    event_of = {"faker": faker_events, "mimesis": mimesis_events}[name]()
    if event_of is None:
        return None
    begin = time.process_time()
    for _ in range(events):
        json.dumps(event_of())
    return events / (time.process_time() - begin)


def faker_events() -> EventOf:
    """Makes events with Faker, in the locale that it has by default."""
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
    """The same with mimesis, or None if that is not installed."""
    if missing("mimesis") is not None:
        return None
    made = import_module("mimesis").Generic()

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
