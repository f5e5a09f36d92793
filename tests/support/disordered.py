"""Simulated lanes with planted disorder, for tests."""

from clickgen.model.block import Block
from clickgen.model.disorder import Disorder
from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.traffic.disorder.plant import LaneDisorder
from clickgen.traffic.simulation import SimulatedLane
from tests.support.simulated import RUN, START_MS, flat, shop

SEED = 7
RATE = 500.0


def disordered_lane(
    disorder: Disorder | None, count: int, *, lane: int = 0, lanes: int = 1, rate: float = RATE
) -> SimulatedLane:
    """A lane of the shop at `rate` events a second over all lanes, with `count` events of its own."""
    planted = None
    if disorder is not None:
        planted = LaneDisorder(disorder, run=RUN, seed=SEED, lane=lane, count=count)
    return SimulatedLane(
        shop(),
        run=RUN,
        lane=lane,
        lanes=lanes,
        seed=SEED,
        start_ms=START_MS,
        due=LaneSchedule(ConstantRate(rate), lane, lanes).due,
        rate=rate / lanes,
        count=count,
        disorder=planted,
        layout=flat(),
    )


def blocks_of(source: SimulatedLane) -> list[Block]:
    """All blocks of a lane that ends."""
    blocks = []
    while (block := source.next_block()) is not None:
        blocks.append(block)
    return blocks


def lines_of(blocks: list[Block]) -> list[bytes]:
    """The events and the copies behind them, as lines without their ends, in the order in which they are sent."""
    return b"".join(bytes(block.data) for block in blocks).split(b"\n")[:-1]


def events_of(blocks: list[Block]) -> list[bytes]:
    """The events without copies."""
    return [block.event(position) for block in blocks for position in range(len(block))]
