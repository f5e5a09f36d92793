"""A planted run whose events went into the stand-in of a Kinesis stream: somewhere to look, and the verdict."""

from collections.abc import Iterator
from contextlib import contextmanager

from clickgen.sink.aws import Access
from clickgen.verify.landings.kinesis.stream_landing import KinesisLanding, find_stream
from clickgen.verify.landings.objects.object_landing import Reader
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.delivery import Request, Verification
from tests.support.kinesis_stand_in import StandIn, serving
from tests.support.planted import AFTER_DEADLINE_MS, HeldClock, Planted


@contextmanager
def opened(run: Planted, stand_in: StandIn, *, ids_only: bool = False) -> Iterator[KinesisLanding]:
    """The stand-in's stream as somewhere to look for a run."""
    with serving(stand_in) as url:
        source = find_stream(run.plan, "clicks", Access(endpoint_url=url))
        clock = HeldClock(AFTER_DEADLINE_MS)
        yield KinesisLanding(run.run, run.plan, source, Reader(ids_only=ids_only), clock, lambda _: None)


def verified(
    run: Planted, stand_in: StandIn, *, now_ms: int = AFTER_DEADLINE_MS, ids_only: bool = False
) -> DeliveryReport:
    """The verdict on a run whose events went into the stand-in's stream."""
    with opened(run, stand_in, ids_only=ids_only) as landing:
        clock = HeldClock(now_ms)
        return Verification(run.run, run.plan, landing, Request(), clock, lambda _: None).report()
