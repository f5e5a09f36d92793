"""What a replay is told about the times of its recording before the first event leaves."""

from collections.abc import Iterator

from clickgen.model.amounts import count, duration, latency
from clickgen.traffic.recorded_times import TimesSeen

_FEW = 0.01  # a collector writes a few events late; more than that is no order
_JITTER_S = 60.0


def time_warnings(seen: TimesSeen, field: str | None) -> Iterator[str]:
    """A warning for each thing that will not go as recorded, with what to do about it."""
    looked = "all" if seen.whole else "the first"
    looked = f"{looked} {count(seen.events)} events"
    if seen.days_only:
        days = f"{count(seen.days)} of them" if seen.days > 1 else "one of them"
        yield (
            f"{field} holds days only ({days} in {looked}), so the events of a day are due at once, and those of "
            "the next a day later; name a finer field with --time-field, or pace them with --rate"
        )
    if seen.out_of_order:
        behind = duration(seen.latest_s) if seen.latest_s >= 1 else latency(seen.latest_s)
        words = (
            f"not in the order of time: of {looked}, {count(seen.out_of_order)} stand after a later one, "
            f"up to {behind} behind it, and leave together with it"
        )
        if seen.out_of_order > _FEW * seen.events or seen.latest_s > _JITTER_S:
            words += f"; sort the files by {field} first, or pace them with --rate"
        yield words
