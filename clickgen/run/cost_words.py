"""What a run will cost, in words, before anything leaves; and what may be wrong with its rate."""

from dataclasses import dataclass

from clickgen.cost.bill import packed_estimate
from clickgen.cost.volume import TYPICAL_EVENT_BYTES
from clickgen.model.amounts import usd
from clickgen.model.plan import Plan
from clickgen.run.linger import PackedLanes
from clickgen.run.targets.target import Target
from clickgen.run.targets.tariff import Tariff
from clickgen.sink.firehose import quota_of
from clickgen.sink.registry import kind_of, limits_of


@dataclass(frozen=True, slots=True)
class AdvanceNotice:
    """What there is to say of a run before anything leaves."""

    line: str  # where it goes and what it will cost
    warnings: tuple[str, ...]
    sends_to: str | None  # who may charge or mind; None if nobody does
    endless: bool


def advance_notice(target: Target, tariff: Tariff, plan: Plan, *, bounded_in_usd: bool) -> AdvanceNotice:
    """What there is to say of the run of a plan. bounded_in_usd: whether --max-usd was given."""
    price = price_warning(target, tariff) if bounded_in_usd else None
    warnings = (*target.warnings, quota_warning(target, plan.rate), price)
    line = f"{target.line}; {cost_line(target, tariff, plan)}"
    sends_to = "AWS itself" if target.on_aws else target.elsewhere
    return AdvanceNotice(line, tuple(filter(None, warnings)), sends_to, plan.endless)


def cost_line(target: Target, tariff: Tariff, plan: Plan) -> str:
    """What a run will cost, or would cost on AWS; priced with a typical event before the real ones are known."""
    if not kind_of(target.destination).charges_known:
        return "nothing is known of what it charges"
    if not tariff.usd_per_byte:
        return "free"
    events, rate = plan.planned, plan.rate
    count, what = events or 0, "1 event" if events == 1 else f"{events or 0:,} events"
    if events is None and rate is not None:
        count, what = round(rate * 3600), "an hour of it" if plan.timetable is None else "an hour at its peak"
    elif events is None:
        count, what = 1_000_000, "a million events"
    lead = "costs" if target.on_aws else "free; on AWS it would cost"
    price = usd(tariff.usd(billed_estimate(target, plan, count)))
    about = "" if price.startswith("under") else "about "
    return f"{lead} {about}{price} for {what} ({tariff.words}, {tariff.region}, {tariff.date})"


def billed_estimate(target: Target, plan: Plan, events: int) -> int:
    """Billed bytes of that many typical events. An object is closed when it is full, or has lingered."""
    limits = limits_of(target.destination)
    if limits.packs:
        by_size = -(-events // min(limits.pack_events, limits.pack_bytes // TYPICAL_EVENT_BYTES))
        together = _together(plan, events)
        by_time = 0 if together is None else -(-events // together)
        return max(by_size, by_time) * limits.bill_unit
    if plan.pack:
        largest = max(limits.bill_unit, limits.pack_bytes)
        return packed_estimate(events, events * TYPICAL_EVENT_BYTES, largest, _together(plan, events))
    return events * limits.billed(TYPICAL_EVENT_BYTES)


def _together(plan: Plan, events: int) -> int | None:
    """How many events would share records; None if only full calls leave."""
    if plan.rate is None:
        return None
    return PackedLanes(plan.lanes, plan.linger_s).together(events, events / plan.rate)


def price_warning(target: Target, tariff: Tariff) -> str | None:
    """A warning if a bound in dollars is counted with another region's prices."""
    if not target.on_aws or target.destination.region == tariff.region:
        return None
    return f"--max-usd is counted at the prices of {tariff.region}; {target.destination.region} may be dearer"


def default_quota(target: Target) -> int | None:
    """Bytes a second that a new Firehose stream of that region takes; None for anything else."""
    if not target.on_aws or target.destination.kind != "firehose":
        return None
    return quota_of(target.destination.region).bytes


def quota_warning(target: Target, rate: float | None) -> str | None:
    """A warning if the rate is above a new Firehose stream's default quota."""
    quota = default_quota(target)
    if quota is None or rate is None:
        return None
    if rate * TYPICAL_EVENT_BYTES <= quota:
        return None
    return (
        f"{rate:,.0f} events/s are more than a stream's default quota of {quota >> 20} MiB/s takes "
        f"(about {quota // TYPICAL_EVENT_BYTES:,} events/s): expect throttling until Firehose scales it up"
    )
