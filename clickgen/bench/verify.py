"""How fast a delivery is verified: the real command over objects as Firehose makes them, in turn with others.

The objects are made once, by `clickgen generate`. Each look at them has a home of its own, so that none benefits
from what another one kept.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pyroaring import BitMap64

from clickgen.bench.client import Spent, run_client
from clickgen.bench.ways import AGAIN, COMPARED_TO, GZIP_CONTENT, GZIP_IDS, PARQUET, UNION, VERIFY_NAMES
from clickgen.ledger.folder import Home, explained
from clickgen.ledger.trust import home_keep
from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.proof.found.findings import Copies, number_set

FEW_EVENTS = 500  # a verification of so few is start-up alone
LOOP_EVENTS = 200_000  # of the loop over json.loads, which would take a minute for all
_SINCE, _DURATION = "2026-01-01", "1h"  # an hour, so that objects are as large as Firehose makes them
_SCHEMA = "flat"
_CONTENT = {GZIP_IDS: "ids", GZIP_CONTENT: "check", AGAIN: "check"}
NUMBERS = 1_000_000_000
_LANES, _OBJECTS = 16, 1000
_STRAYED = 0.03  # of the events of an object, those that land in the next one
_SEED = 1


@dataclass(frozen=True, slots=True)
class Look:
    """One verification of so many events, as a whole command."""

    events: int
    cpu: float
    wall: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Union:
    """The union of the sets of many objects, lane by lane, as a verification makes it."""

    numbers: int  # in all sets
    objects: int
    lanes: int
    seconds: float  # of CPU time


@dataclass(slots=True)
class Looks:
    """All that was measured."""

    events: int = 0
    bytes: int = 0
    objects: int = 0
    looks: dict[str, list[Look]] = field(default_factory=dict)
    start: list[Look] = field(default_factory=list)  # looks at a few events
    rivals: dict[str, list[float]] = field(default_factory=dict)  # events a second of wall time, by name
    union: Union | None = None


def measure(names: Collection[str], events: int, rounds: int, home: Home, say: Callable[[str], None]) -> Looks:
    """Make about so many events, and verify them by each way once a round.

    names: of VERIFY_NAMES; what one is compared to is measured too. home: keeps the objects while they are
    measured. say: is told what runs now. Raises EnvironmentProblem if a command fails, or if a verification does
    not find all events.
    """
    names = {*names, *(COMPARED_TO[name] for name in names if name in COMPARED_TO)}
    measured = Looks()
    if UNION in names:
        say("the union of a billion numbers")
        measured.union = measure_union()
    if names == {UNION}:
        return measured
    home.prepare()
    with explained(home.path):
        kept = tempfile.TemporaryDirectory(prefix="bench-", dir=home.path)
    with kept as folder:
        say(f"making {events:,} events")
        bench = _Bench(Path(folder), events, say)
        measured.events, measured.bytes, measured.objects = bench.events, bench.bytes, bench.objects
        if PARQUET in names:
            say("writing them as Parquet")
            bench.write_parquet()
        for number in range(1, rounds + 1):
            say(f"round {number} of {rounds}")
            _measure_round(bench, names, measured, say)
    return measured


def _measure_round(bench: "_Bench", names: Collection[str], measured: Looks, say: Callable[[str], None]) -> None:
    say("start-up")
    measured.start.append(bench.start())
    for rival in ("duckdb", "json_loop"):
        say(rival)
        if (rate := bench.rival(rival)) is not None:
            measured.rivals.setdefault(rival, []).append(rate)
    for name in VERIFY_NAMES:
        if name in names and name != UNION:
            say(name)
            measured.looks.setdefault(name, []).append(bench.look(name))


class _Bench:
    def __init__(self, folder: Path, events: int, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say
        self._homes = 0
        self._few = self._make("few", FEW_EVENTS)
        self._all = self._make("all", events)
        self.events = int(str(self._all.said["accepted"]))
        self.bytes = int(str(self._all.said["bytes"]))
        self.objects = int(str(self._all.said["objects"]))

    def start(self) -> Look:
        return self._verify(self._few, self._few.lake, "s3", ["--content", "check"])

    def look(self, name: str) -> Look:
        if name == PARQUET:
            return self._verify(self._all, self._parquet, "parquet", [])
        again = name == AGAIN
        return self._verify(self._all, self._all.lake, "s3", ["--content", _CONTENT[name]], again=again)

    def rival(self, name: str) -> float | None:
        """Events a second of another way to read the objects, or None if it is not installed."""
        words = ["clickgen.bench.verify_rivals", name, str(self._all.lake), str(LOOP_EVENTS)]
        said = json.loads(self._run(words).out)
        return None if said["events"] is None else float(said["events"] / said["seconds"])

    def write_parquet(self) -> None:
        """Have the events in a Parquet file too."""
        self._parquet.parent.mkdir()
        self._run(["clickgen.bench.verify_rivals", "parquet", str(self._all.lake), str(self._parquet)])

    @property
    def _parquet(self) -> Path:
        return self._folder / "parquet" / "events.parquet"

    def _make(self, name: str, events: int) -> "_Made":
        home, lake = self._folder / name, self._folder / f"{name}-lake"
        lake.mkdir()
        words = ["clickgen", "generate", "--events", str(events), "--since", _SINCE, "--duration", _DURATION]
        words += ["--schema", _SCHEMA, "--gzip", "--to", f"{lake}{os.sep}", "--home", str(home), "--json"]
        return _Made(home, lake, json.loads(self._run(words).out))

    def _verify(self, made: "_Made", at: Path, place: str, options: list[str], *, again: bool = False) -> Look:
        """The command over what was made; again: run it twice, and measure the second time."""
        self._homes += 1
        home = self._folder / f"home-{self._homes}"
        shutil.copytree(made.home, home)
        home_keep(home).accept(self._say)  # a copied home is not trusted
        words = ["clickgen", "verify", place, "delivery", str(made.said["run"]), "--at", str(at), *options]
        words += ["--home", str(home), "--json"]
        for _ in range(1 + again):
            spent = self._run(words)
        shutil.rmtree(home)
        said = json.loads(spent.out)
        if not said["verdict"] == "verified" or said["delivered"] != made.said["accepted"]:
            raise EnvironmentProblem(
                f"of {made.said['accepted']:,} events {said['delivered']:,} were found: {said['verdict']}",
                "run the benchmark again; if it happens again, it is a bug in clickgen",
            )
        return Look(said["delivered"], spent.cpu, spent.wall, spent.peak_bytes)

    def _run(self, words: Sequence[str]) -> Spent:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLICKGEN_")}
        return run_client([sys.executable, "-m", *words], kept)


@dataclass(frozen=True, slots=True)
class _Made:
    """What `clickgen generate` made, and said of it."""

    home: Path
    lake: Path
    said: dict[str, object]


def measure_union(numbers: int = NUMBERS) -> Union:
    """Unite the sets of a thousand objects, lane by lane, and count what is there."""
    draw = np.random.default_rng(_SEED)
    share = numbers // (_LANES * _OBJECTS)
    seconds, found = 0.0, 0
    for _ in range(_LANES):
        whole, strayed = Copies(), BitMap64()
        for position in range(_OBJECTS):
            first = position * share
            held = Copies()
            held.once = BitMap64(range(first, first + share)) | strayed
            strayed = number_set(first + draw.integers(0, share, round(share * _STRAYED)))
            if position < _OBJECTS - 1:
                held.once -= strayed
            began = time.process_time()
            whole.merge(held)
            seconds += time.process_time() - began
        began = time.process_time()
        found += len(whole.once)
        seconds += time.process_time() - began
    return Union(found, _OBJECTS, _LANES, seconds)
