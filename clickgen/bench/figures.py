"""From samples to figures: medians over the rounds, ratios within a round. Pure."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import linear_regression, median
from typing import Any

from clickgen.bench.against_stub import SendSample
from clickgen.bench.send import HELD_EVENTS_A_SECOND, Measured
from clickgen.bench.speeds import middle, middle_ratio, ratio, speed, steady_speeds
from clickgen.bench.ways import WAYS

Figures = dict[str, Any]


def figures(measured: Measured) -> Figures:
    """The document of `bench send --json`; a ratio to something that was not run is null.

    events_per_core_second is of the whole command, start-up included, over the CPU seconds of all its
    processes; `ratio` is to the baseline without TLS of the same round. `steady` is the same with the CPU time
    of a run of a few events taken out, and those events.
    """
    ways = measured.ways
    found: Figures = {name: _way(name, measured) for name in ways if name != "two_workers"}
    if "two_workers" in ways:
        found["two_workers"] = _two_workers(measured)
    if measured.held is not None:
        found["held_rate"] = _held(measured.held, measured.start[1])
    if measured.stages is not None:
        found["stages"] = _stages(measured.stages, ways["packed"], measured.start[1])
    sizes = {name: round(median(s.event_bytes for s in samples), 1) for name, samples in ways.items()}
    rounds = max(len(samples) for samples in (*ways.values(), *measured.start.values(), ()))
    return {**found, "event_bytes": sizes, "rounds": rounds}


def _way(name: str, measured: Measured) -> Figures:
    samples = measured.ways[name]
    entry: Figures = {"events_per_core_second": middle([speed(s) for s in samples])}
    if name != "baseline":
        entry["ratio"] = ratio(samples, measured.ways.get("baseline"))
    if WAYS[name].tls and not WAYS[name].ordinary:
        entry["ratio_to_baseline_tls"] = ratio(samples, measured.ways.get("baseline_tls"))
    if WAYS[name].http:
        entry["ratio_to_packed"] = ratio(samples, measured.ways.get("packed"))
    entry |= {"events": samples[0].events, "cpu_seconds": _seconds([s.cpu for s in samples])}
    if WAYS[name].ordinary:
        return entry
    return entry | _without_start(name, measured, "baseline")


def _two_workers(measured: Measured) -> Figures:
    """Events per CPU second of two workers over those of one, packed, as many events a worker."""
    samples = measured.ways["two_workers"]
    return {
        "ratio": ratio(samples, measured.ways["packed"]),
        "events_per_core_second": middle([speed(s) for s in samples]),
        "events": samples[0].events,
        "cpu_seconds": _seconds([s.cpu for s in samples]),
        **_without_start("two_workers", measured, "packed"),
    }


def _without_start(name: str, measured: Measured, base: str) -> Figures:
    """Start-up, and the figures without it; steady is null if start-up is most of a run."""
    samples, starts = measured.ways[name], measured.start[WAYS[name].workers]
    speeds = steady_speeds(samples, starts)
    compared = measured.ways.get(base)
    steady: Figures | None = None
    if speeds is not None:
        bases = None
        if compared is not None:
            ordinary = WAYS[base].ordinary
            bases = [speed(s) for s in compared] if ordinary else steady_speeds(compared, measured.start[1])
        steady = {"events_per_core_second": middle(speeds), "ratio": middle_ratio(speeds, bases)}
    start = median(s.cpu for s in starts)
    share = start / median(s.cpu for s in samples)
    return {"start_cpu_seconds": round(start, 3), "start_share": round(share, 3), "steady": steady}


def _held(sample: SendSample, starts: Sequence[SendSample]) -> Figures:
    """How well a rate was held. lag: from due to on the wire; core_share: CPU seconds a second of schedule.

    rate is the run's own figure, up to the last answer; arrived_rate is what the stub saw.
    """
    span = sample.events / HELD_EVENTS_A_SECOND
    rate = float(str(sample.said["rate"]))
    arrived = arrived_rate(sample.arrivals)
    return {
        "wanted": HELD_EVENTS_A_SECOND,
        "seconds": span,
        "rate": rate,
        "rate_error": round(abs(rate / HELD_EVENTS_A_SECOND - 1), 6),
        "arrived_rate": None if arrived is None else round(arrived, 1),
        "lag_ms": sample.said["lag_ms"],
        "core_share": round(sample.cpu / span, 3),
        "core_share_steady": round((sample.cpu - median(s.cpu for s in starts)) / span, 3),
    }


def arrived_rate(arrivals: Sequence[tuple[float, int]]) -> float | None:
    """Events a second as they arrived: the slope of the least-squares line through their number over time.

    Lanes hand off in waves, so the time from the first call to the last says little; with a few waves this is
    accurate to about one percent. Each call counts by its middle. None if all arrived at once.
    """
    ends = accumulate(events for _, events in arrivals)
    middles = [end - events / 2 for end, (_, events) in zip(ends, arrivals, strict=True)]
    times = [at for at, _ in arrivals]
    return linear_regression(times, middles).slope if len(set(times)) > 1 else None


def _stages(
    per_event: Mapping[str, float], packed: Sequence[SendSample], starts: Sequence[SendSample]
) -> Figures | None:
    """Shares of the CPU time of a whole packed run; None if there is no /proc to tell its processes apart.

    The parent's is measured in the run itself and includes the ledger. `rest` is what the run took beyond the
    stations' own time; it is negative if they cost more one by one than together.
    """
    parents = [s.parent_cpu for s in packed if s.parent_cpu is not None]
    starting = [s.parent_cpu for s in starts if s.parent_cpu is not None]
    if not parents or not starting:
        return None
    whole, start = median(s.cpu for s in packed), median(s.cpu for s in starts)
    events = packed[0].events
    seconds = {name: each * events for name, each in per_event.items()}
    ledger = seconds.pop("ledger")
    seconds |= {"parent": max(0.0, median(parents) - median(starting)), "start": start}
    seconds["rest"] = whole - sum(seconds.values())
    return {
        "shares": {name: round(spent / whole, 4) for name, spent in seconds.items()},
        "ledger": round(ledger / whole, 4),
        "microseconds_per_event": {name: round(each * 1e6, 4) for name, each in per_event.items()},
    }


def _seconds(times: Sequence[float]) -> float:
    return round(median(times), 3)
