"""Runs of known events for tests of what analytics should say: the plan, the claims, and the bytes themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from pyroaring import BitMap64

from clickgen.feed.due_times import schedule_of
from clickgen.feed.generated_lanes import Traffic
from clickgen.feed.lanes import lane_disorder
from clickgen.ledger.claims import Claims
from clickgen.model.block import LaneSource
from clickgen.model.destination import FirehoseDestination, OutputDestination
from clickgen.model.disorder import Disorder
from clickgen.model.event_id import parse_id
from clickgen.model.plan import Plan
from clickgen.schema.registry import layout_of
from clickgen.traffic.simulation import SimulatedLane, vocabulary_of
from tests.support.notation import claims_of, lane_claims
from tests.support.simulated import RUN, shop

LANES = 2
START_MS = 1_772_405_970_000  # 2026-03-01T22:59:30Z, half a minute before midnight in Berlin
OWN_FIELDS = {
    "id": "event_id",
    "when": {"ms": "epoch_ms"},
    "who": {"visitor": "visitor_uuid", "session": "session_uuid", "new": "is_new"},
    "page": "path",
    "kind": "event_type",
    "source": {"const": "web"},
    "sale": {"order": "order_id", "paid": {"fact": "cart_value", "type": "string"}},
}


def generated(schema: str | dict[str, Any], *, rate: float = 30, disorder: Disorder | None = None) -> Plan:
    """The plan of a minute of generated traffic."""
    return Plan(
        run=RUN,
        command="generate",
        created_ms=START_MS,
        start_ms=START_MS,
        lanes=LANES,
        rate=rate,
        duration_s=60,
        seed=7,
        event_schema=schema,
        disorder=disorder,
        destination=OutputDestination(),
    )


def sent(events: int, *, disorder: Disorder | None = None) -> Plan:
    """The plan of a run of so many flat events, sent at 100 a second."""
    return Plan(
        run=RUN,
        command="send",
        created_ms=START_MS,
        start_ms=START_MS,
        lanes=LANES,
        rate=100,
        planned=events,
        seed=7,
        disorder=disorder,
        destination=FirehoseDestination(stream="clicks"),
    )


@dataclass(frozen=True)
class Made:
    """What a run makes: its lines, lane by lane, and claims by which all of it was accepted."""

    lines: list[bytes]
    claims: Claims


def made(plan: Plan) -> Made:
    """What a run makes."""
    lines: list[bytes] = []
    ends: dict[int, Iterable[int]] = {}
    for lane in range(LANES):
        source, end = _open(plan, lane), 0
        while (block := source.next_block()) is not None:
            lines += bytes(block.data).splitlines()
            end = block.end
        ends[lane] = range(end)
    return Made(lines, claimed(ends))


def events_of(lines: Iterable[bytes]) -> dict[tuple[int, int], dict[str, Any]]:
    """Events of the schema flat by lane and number."""
    found = {}
    for line in lines:
        event = orjson.loads(line)
        place = parse_id(event["event_id"].encode())
        assert place is not None
        found[place.lane, place.number] = event
    return found


def claimed(numbers: dict[int, Iterable[int]], *, unknown: dict[int, Iterable[int]] | None = None) -> Claims:
    """Claims by which these events of each lane were accepted, and these are of unknown fate."""
    lanes = {}
    for lane in range(LANES):
        accepted, open_ = BitMap64(numbers.get(lane, ())), BitMap64((unknown or {}).get(lane, ()))
        planned = max([0, *(found.max() + 1 for found in (accepted, open_) if found)])
        lanes[lane] = lane_claims(planned, accepted=accepted, unknown=open_)
    return claims_of(lanes)


def _open(plan: Plan, lane: int) -> LaneSource:
    if plan.command == "generate":
        return Traffic.drawn_from(plan, shop()).open_lane(lane, 0)
    schedule = schedule_of(plan)
    assert schedule is not None
    assert plan.planned is not None
    assert plan.rate is not None
    count = plan.lane_planned(lane, plan.planned)
    return SimulatedLane(
        shop(),
        run=plan.run,
        lane=lane,
        lanes=LANES,
        seed=7,
        start_ms=plan.start_ms,
        due=lambda numbers: schedule.due(numbers * LANES + lane + 1),
        rate=plan.rate / LANES,
        count=count,
        layout=layout_of(plan.event_schema, vocabulary_of(shop())),
        disorder=lane_disorder(plan, 7, lane, count),
    )
