"""A planted run whose events went into the stand-in of a DynamoDB table: its items, and the verdict."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from boto3.dynamodb.types import TypeSerializer

from clickgen.model.block import Block, LaneSource
from clickgen.model.destination import Destination, DynamoDbDestination
from clickgen.sink.aws import Access
from clickgen.verify.landings.dynamodb.table_landing import DynamoDbLanding, find_table
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.content.expectations import Expectations
from clickgen.verify.proof.content.rules import Rules
from clickgen.verify.proof.delivery import Request, Verification
from tests.support.dynamodb_stand_in import StandIn, serving
from tests.support.planted import AFTER_DEADLINE_MS, HeldClock, Planted

_CLICKS = DynamoDbDestination(stream="clicks")
_LONG_AFTER_MS = AFTER_DEADLINE_MS + 600_000  # whatever may stand before the table


@dataclass
class OneLane:
    """The events of lane 0 as they were sent."""

    sent: Sequence[bytes]

    def open_lane(self, lane: int, first: int = 0) -> LaneSource:
        return _InBlocks(self.sent, first)


@dataclass
class _InBlocks:
    sent: Sequence[bytes]
    at: int

    def next_block(self) -> Block | None:
        part = self.sent[self.at : self.at + 7]
        if not part:
            return None
        offsets = np.cumsum([0, *(len(event) + 1 for event in part)])
        data = b"".join(event + b"\n" for event in part)
        block = Block(0, self.at, data, offsets, np.zeros(len(part)))
        self.at += len(part)
        return block


def item(event: bytes) -> dict[str, Any]:
    """The event as an item, its attributes in another order."""
    fields = json.loads(event, parse_float=Decimal)
    return {name: TypeSerializer().serialize(fields[name]) for name in sorted(fields, reverse=True)}


def verified(
    run: Planted,
    stand_in: StandIn,
    *,
    sent: Sequence[bytes] | None = None,
    fields: bool = False,
    id_path: Sequence[str] = ("event_id",),
    went_to: Destination = _CLICKS,
) -> DeliveryReport:
    """The verdict on a run by the stand-in's table. sent: what can be made again of the run's events."""
    lanes = None if sent is None else OneLane(sent)
    plan = run.plan.model_copy(update={"destination": went_to})
    with serving(stand_in) as url:
        source = find_table(plan, "clicks", Access(region="us-east-1", endpoint_url=url))
        content = Expectations(lanes, Rules()) if fields and lanes is not None else None
        table = DynamoDbLanding(run.run, plan, source, id_path, lambda _: None, content=content, sent=lanes)
        return Verification(run.run, plan, table, Request(), HeldClock(_LONG_AFTER_MS), lambda _: None).report()
