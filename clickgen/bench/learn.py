"""How fast `clickgen learn` reads recordings of several forms, in turn with a loop over json.loads."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from clickgen.bench.client import Spent, run_client
from clickgen.bench.speeds import middle, middle_ratio
from clickgen.bench.ways import JSON_LOOP, LEARN_WAYS, LEARN_WHOLE
from clickgen.ledger.folder import Home, explained

_DAY = "2026-01-01"  # always the same, so that all forms hold the same events


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a recording."""

    events: int
    cpu: float  # seconds
    file_bytes: int
    peak_bytes: int  # the most memory that the process had


def measure(
    names: Sequence[str], events: int, rounds: int, home: Home, say: Callable[[str], None]
) -> dict[str, list[Reading]]:
    """Read each recording once a round, one after another. names: of LEARN_WAYS. say: called with what runs now.

    Raises EnvironmentProblem if a reader fails.
    """
    home.prepare()
    with explained(home.path):
        kept = tempfile.TemporaryDirectory(prefix="bench-", dir=home.path)
    readings: dict[str, list[Reading]] = {name: [] for name in names}
    with kept as folder:
        for name in names:
            _make_recording(name, events, Path(folder), say)
        for number in range(1, rounds + 1):
            for name in names:
                say(f"round {number} of {rounds}: {name}")
                readings[name].append(_read(name, Path(folder)))
    return readings


def _make_recording(name: str, events: int, folder: Path, say: Callable[[str], None]) -> None:
    way = LEARN_WAYS[name]
    file = folder / way.file
    if file.exists():
        return
    say(f"making {file.name} with {events:,} events")
    words = ["generate", "--events", str(events), "--since", _DAY, "--duration", "1d", "--seed", "1"]
    words += ["--schema", way.schema]
    _run("clickgen", *words, "--to", str(file), "--home", str(folder / f"generated-{name}"))


def _read(name: str, folder: Path) -> Reading:
    file = folder / LEARN_WAYS[name].file
    if name == LEARN_WHOLE:
        spent = _run("clickgen", "learn", str(file), "-o", str(folder / "learned.toml"), "--json")
        events, cpu = int(json.loads(spent.out)["events"]), spent.cpu
    else:
        spent = _run("clickgen.bench.learn_readers", name, str(file))
        found = json.loads(spent.out)
        events, cpu = int(found["events"]), float(found["cpu_seconds"])
    return Reading(events, cpu, file.stat().st_size, spent.peak_bytes)


def _run(*words: str) -> Spent:
    return run_client([sys.executable, "-m", *words], dict(os.environ))


def learn_figures(readings: Mapping[str, Sequence[Reading]]) -> dict[str, Any]:
    """The document of `bench learn --json`: medians; a ratio to a loop that was not run is null."""
    loop = readings.get(JSON_LOOP)
    bases = None if loop is None else [_speed(one) for one in loop]
    found: dict[str, Any] = {}
    for name, ones in readings.items():
        speeds = [_speed(one) for one in ones]
        found[name] = {
            "events_per_core_second": middle(speeds),
            "events": ones[0].events,
            "event_bytes": round(ones[0].file_bytes / ones[0].events, 1),
            "peak_mb": round(median(one.peak_bytes for one in ones) / 1e6, 1),
            "ratio": middle_ratio(speeds, bases),
        }
    return {**found, "rounds": max(map(len, readings.values()), default=0)}


def _speed(reading: Reading) -> float:
    return reading.events / reading.cpu
