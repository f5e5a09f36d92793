"""The figures of a benchmark for people: a small table, at most 80 columns wide, as lines."""

from collections.abc import Mapping
from typing import Any

from clickgen.bench.ways import (
    AGAIN,
    GZIP_CONTENT,
    GZIP_IDS,
    HELD_RATE,
    LEARN_WAYS,
    PARQUET,
    REPLAY_WAYS,
    STAGES,
    UNION,
    WAYS,
)
from clickgen.model.amounts import count, latency, measured, percent

_STATIONS = {
    "start": "start-up: imports, tables, processes",
    "simulate_encode": "simulate visitors, encode events",
    "cut": "cut into records",
    "body_sign": "base64, body, hash, sign",
    "network": "write the call, read the answer",
    "answer": "understand the answer",
    "parent": "the run's parent process, with the ledger",
    "rest": "threads, leases, and the error of all these",
}
_NOTHING = "-"
_LOOKS = {GZIP_IDS: "gzip, ids", GZIP_CONTENT: "gzip, content", PARQUET: "Parquet"}
_RIVALS = {"duckdb": "DuckDB", "json_loop": "json loop"}


def bench_lines(figures: Mapping[str, Any]) -> list[str]:
    """The document of `bench send --json` as lines."""
    lines = _table(figures)
    if "two_workers" in figures:
        lines.append(_two_workers(figures["two_workers"]))
    if HELD_RATE in figures:
        lines += ["", *_held(figures[HELD_RATE])]
    if STAGES in figures:
        lines += ["", *_stages(figures[STAGES])]
    return lines


def _table(figures: Mapping[str, Any]) -> list[str]:
    ways = [name for name in WAYS if name in figures and name != "two_workers"]
    if not ways:
        return []
    sizes = [figures["event_bytes"][name] for name in ways]
    rounds = figures["rounds"]
    head = "events per second of CPU time, user + system, of all processes of the client"
    about = f"events of {min(sizes):.0f} to {max(sizes):.0f} bytes, medians of {rounds} round{'s'[: rounds != 1]}"
    columns = f"{'':14}{'whole command':>13}{'ratio':>8}{'start-up':>11}{'without it':>13}{'ratio':>8}"
    return [head, about, "", columns, *(_row(name, figures[name]) for name in ways)]


def _row(name: str, entry: Mapping[str, Any]) -> str:
    line = f"{name:14}{count(entry['events_per_core_second']):>13}"
    line += f"{_times(entry.get('ratio')) if name != 'baseline' else '1.00':>8}"
    if "start_share" not in entry:
        return line
    line += f"{percent(entry['start_share']):>11}"
    steady = entry["steady"]
    if steady is None:
        return f"{line}{_NOTHING:>13}{_NOTHING:>8}"
    return f"{line}{count(steady['events_per_core_second']):>13}{_times(steady['ratio']):>8}"


def _two_workers(entry: Mapping[str, Any]) -> str:
    steady = entry["steady"]
    without = f" (without start-up {_times(steady['ratio'])})" if steady else ""
    return f"two workers: {_times(entry['ratio'])}{without} of one's events per CPU second, packed"


def _held(entry: Mapping[str, Any]) -> list[str]:
    arrived = f", {measured(entry['arrived_rate'])}/s as they arrived" if entry["arrived_rate"] else ""
    lag = ", ".join(f"{name} {latency(value / 1000)}" for name, value in entry["lag_ms"].items())
    return [
        f"held rate: wanted {count(entry['wanted'])}/s, packed, for {entry['seconds']:g} s",
        f"  accepted at {measured(entry['rate'])}/s (error {entry['rate_error']:.3%}){arrived}",
        f"  lag {lag}",
        f"  {percent(entry['core_share_steady'])} of one core; with start-up {percent(entry['core_share'])}",
    ]


def _stages(entry: Mapping[str, Any] | None) -> list[str]:
    if entry is None:
        return ["CPU time by stage: not known, this system has no /proc"]
    lines = ["CPU time of the whole packed run by stage"]
    lines += [f"{percent(entry['shares'][name]):>8}  {words}" for name, words in _STATIONS.items()]
    return [*lines, f"  the ledger alone takes {percent(entry['ledger'])}"]


def _times(ratio: float | None) -> str:
    return _NOTHING if ratio is None else f"{ratio:.2f}"


def replay_lines(figures: Mapping[str, Any]) -> list[str]:
    """The document of `bench replay --json` as lines."""
    rounds = figures["rounds"]
    head = "events per second of CPU time, user + system, of all processes of the client"
    about = f"{count(figures['events'])} events of {figures['event_bytes']:.0f} bytes"
    about += f", medians of {rounds} round{'s'[: rounds != 1]}; ratios are to the two loops"
    columns = f"{'':14}{'whole command':>13}{'start-up':>11}{'without it':>13}{'loop':>8}{'with ids':>10}"
    return [head, about, "", columns, *(_replayed(name, figures[name]) for name in REPLAY_WAYS if name in figures)]


def _replayed(name: str, entry: Mapping[str, Any]) -> str:
    line = f"{name:14}{count(entry['events_per_core_second']):>13}"
    if "ratio" not in entry:
        return line
    steady = entry["steady_events_per_core_second"]
    line += f"{entry['start_cpu_seconds']:>9.2f} s{_NOTHING if steady is None else count(steady):>13}"
    return f"{line}{_times(entry['ratio']):>8}{_times(entry['ratio_with_ids']):>10}"


def generate_lines(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The document of `bench generate --json` as lines."""
    head = "events per second of CPU time of one process, and how often the loops of scripts fit into that"
    columns = f"{'':26}{'events/s':>12}{'bytes':>8}{'Faker':>9}{'mimesis':>9}{'ready in':>12}"
    return [head, "", columns, *(_made(name, entry) for name, entry in figures.items())]


def _made(name: str, entry: Mapping[str, Any]) -> str:
    ratios = [
        _NOTHING if entry[key] is None else f"{entry[key]:,.0f} x" for key in ("ratio_faker", "ratio_mimesis")
    ]
    line = f"{name:26}{count(entry['events_per_core_second']):>12}{entry['bytes_per_event']:>8.0f}"
    return line + f"{ratios[0]:>9}{ratios[1]:>9}{entry['ready_cpu_seconds']:>10.2f} s"


def verify_lines(figures: Mapping[str, Any]) -> list[str]:
    """The document of `bench verify --json` as lines."""
    lines = []
    if "events" in figures:
        about = f"{count(figures['events'])} events in {count(figures['objects'])} gzip objects"
        lines.append(
            f"{about}, {figures['bytes'] / 1e6:,.0f} MB; start-up, {figures['start_seconds']:.2f} s, left out"
        )
        columns = f"{'':14}{'events/s':>12}{'CPU':>12}{'memory':>10}{'DuckDB':>10}{'json loop':>11}"
        lines += ["", columns, *(_looked(name, figures[name]) for name in _LOOKS if name in figures)]
        for name, words in _RIVALS.items():
            if f"{name}_events_per_second" in figures:
                lines.append(f"{words:14}{count(figures[f'{name}_events_per_second']):>12}")
    if AGAIN in figures:
        again = figures[AGAIN]
        lines += ["", f"a second look takes {again['seconds']:.2f} s, {again['ratio']:,.0f} x less CPU time"]
    if UNION in figures:
        union = figures[UNION]
        made = f"{count(union['objects'])} objects with {count(union['ids'])} events"
        lines.append(f"the sets of {made} are united in {union['seconds']:.2f} s")
    return lines


def _looked(name: str, entry: Mapping[str, Any]) -> str:
    if entry["events_per_second"] is None:
        return f"{_LOOKS[name]:14}{_NOTHING:>12}{_NOTHING:>12}{entry['peak_mb']:>7.0f} MB"
    ratios = [_NOTHING if entry[key] is None else f"{entry[key]:,.1f} x" for key in ("ratio_duckdb", "ratio_json")]
    line = f"{_LOOKS[name]:14}{count(entry['events_per_second']):>12}{entry['cpu_microseconds']:>9.2f} µs"
    return line + f"{entry['peak_mb']:>7.0f} MB{ratios[0]:>10}{ratios[1]:>11}"


def learn_lines(figures: Mapping[str, Any]) -> list[str]:
    """The document of `bench learn --json` as lines."""
    rounds = figures["rounds"]
    head = "events per second of CPU time; all but the last without start-up"
    about = f"medians of {rounds} round{'s'[: rounds != 1]}; ratios are to the loop over json.loads"
    columns = f"{'':16}{'events/s':>12}{'ratio':>8}{'bytes':>8}{'memory':>11}"
    return [head, about, "", columns, *(_read(name, figures[name]) for name in LEARN_WAYS if name in figures)]


def _read(name: str, entry: Mapping[str, Any]) -> str:
    line = f"{LEARN_WAYS[name].words:16}{count(entry['events_per_core_second']):>12}{_times(entry['ratio']):>8}"
    return f"{line}{entry['event_bytes']:>8.0f}{entry['peak_mb']:>8.0f} MB"
