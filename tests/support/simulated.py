"""Simulated lanes for tests: the shipped shop, at any rate, read into bytes or into events."""

from functools import cache
from typing import Any

import orjson

from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.profile.load import load_profile
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Layout
from clickgen.schema.registry import layout_of
from clickgen.traffic.simulation import SimulatedLane, vocabulary_of

RUN = "0123456789ab"
START_MS = 1_795_255_200_123


@cache
def shop() -> Tables:
    """The tables of the shipped shop with seed 7."""
    return draw_tables(load_profile("shop"), 7)


@cache
def flat() -> Layout:
    """The schema flat over the shop's words."""
    return layout_of("flat", vocabulary_of(shop()))


def shop_lane(
    rate: float = 1000,
    *,
    count: int | None = None,
    lane: int = 0,
    lanes: int = 1,
    seed: int = 7,
    run: str = RUN,
    tables: Tables | None = None,
) -> SimulatedLane:
    """A lane of a run at `rate` events a second over all its lanes."""
    schedule = LaneSchedule(ConstantRate(rate), lane, lanes)
    return SimulatedLane(
        tables or shop(),
        run=run,
        lane=lane,
        lanes=lanes,
        seed=seed,
        start_ms=START_MS,
        due=schedule.due,
        rate=rate / lanes,
        count=count,
        layout=flat(),
    )


def read_bytes(source: SimulatedLane) -> bytes:
    """All bytes of a lane that ends."""
    joined = bytearray()
    while (block := source.next_block()) is not None:
        joined += block.data
    return bytes(joined)


def read_events(source: SimulatedLane) -> list[dict[str, Any]]:
    """All events of a lane that ends, parsed."""
    return [orjson.loads(line) for line in read_bytes(source).splitlines()]
