"""From samples of replays to figures: medians over the rounds, ratios within a round. Pure."""

from statistics import median
from typing import Any

from clickgen.bench.replay import ReplayMeasured
from clickgen.bench.speeds import middle, middle_ratio, speed, steady_speeds
from clickgen.bench.ways import LOOP, LOOP_WITH_IDS, REPLAY_WAYS


def replay_figures(measured: ReplayMeasured) -> dict[str, Any]:
    """The document of `bench replay --json`; a ratio to something that was not run is null.

    events_per_core_second: of the whole command, start-up included, over the CPU seconds of all its processes.
    steady: the same with the CPU time of a replay of a few events taken out, and those events; null if that is
    most of a run. ratio and ratio_with_ids: to the two loops in the same round, of the steady figure where there
    is one.
    """
    found: dict[str, Any] = {name: _way(name, measured) for name in measured.ways}
    rounds = max((len(samples) for samples in measured.ways.values()), default=0)
    about = {"events": measured.events, "event_bytes": round(measured.event_bytes, 1), "rounds": rounds}
    return {**found, **about}


def _way(name: str, measured: ReplayMeasured) -> dict[str, Any]:
    samples = measured.ways[name]
    speeds = [speed(sample) for sample in samples]
    entry: dict[str, Any] = {"events_per_core_second": middle(speeds), "events": samples[0].events}
    if REPLAY_WAYS[name].ordinary:
        return entry
    starts = measured.start[name]
    steady = steady_speeds(samples, starts)
    entry["steady_events_per_core_second"] = None if steady is None else middle(steady)
    entry["start_cpu_seconds"] = round(median(sample.cpu for sample in starts), 3)
    for key, loop in (("ratio", LOOP), ("ratio_with_ids", LOOP_WITH_IDS)):
        loops = measured.ways.get(loop)
        bases = None if loops is None else [speed(sample) for sample in loops]
        entry[key] = middle_ratio(speeds if steady is None else steady, bases)
    return entry
