"""Running `clickgen replay --rate max` and the ordinary loops in turn, over one recording, against one stub."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from clickgen.bench.against_stub import AgainstStub, SendSample, confirm
from clickgen.bench.stub_process import Stub, running_stub
from clickgen.bench.ways import REPLAY_WAYS, ReplayWay
from clickgen.ledger.folder import Home, explained
from clickgen.model.errors import UsageProblem

START_EVENTS = 500  # a replay of so few is start-up alone
_COUNTED_BYTES = 1 << 20


@dataclass(slots=True)
class ReplayMeasured:
    """All samples. start: of a few events, for each way of clickgen's."""

    events: int = 0
    event_bytes: float = 0.0  # the mean size of a recorded event
    ways: dict[str, list[SendSample]] = field(default_factory=dict)
    start: dict[str, list[SendSample]] = field(default_factory=dict)


def measure(
    names: Sequence[str], file: Path | None, events: int, rounds: int, home: Home, say: Callable[[str], None]
) -> ReplayMeasured:
    """Run every named client once a round, one after another.

    names: of REPLAY_WAYS. file: the recording, JSON of one event a line; None makes one of about so many events.
    say: is called with what runs now. Raises EnvironmentProblem if the stub cannot start, a client fails, or what
    arrived is not what the client claims; UsageProblem if the recording has too few events.
    """
    home.prepare()
    with explained(home.path):
        kept = tempfile.TemporaryDirectory(prefix="bench-", dir=home.path)
    with kept as folder, running_stub(tls=False) as stub:
        bench = _ReplayBench(stub, Path(folder))
        if file is None:
            say(f"making a recording of {events:,} events")
            file = bench.make_recording(events)
        count = _lines_in(file)
        if count < START_EVENTS:
            raise UsageProblem(f"{file} has fewer than {START_EVENTS} lines", "name a larger recording")
        measured = ReplayMeasured(count, file.stat().st_size / count)
        few = bench.first_of(file)
        for number in range(1, rounds + 1):
            for name in names:
                say(f"round {number} of {rounds}: {name}")
                way = REPLAY_WAYS[name]
                if not way.ordinary:
                    measured.start.setdefault(name, []).append(bench.replay(way, few, START_EVENTS))
                    sample = bench.replay(way, file, count)
                else:
                    sample = bench.loop(name, file, max(1, round(count * way.share)))
                measured.ways.setdefault(name, []).append(sample)
    return measured


class _ReplayBench:
    def __init__(self, stub: Stub, folder: Path) -> None:
        self._stub = stub
        self._clients = AgainstStub(stub)
        self._folder = folder

    def make_recording(self, events: int) -> Path:
        file = self._folder / "recording.jsonl"
        words = ["clickgen", "generate", "--events", str(events), "--duration", "1h", "--seed", "1"]
        self._clients.run([*words, "--to", str(file), "--home", str(self._folder / "generated")])
        return file

    def first_of(self, file: Path) -> Path:
        """A recording of the first events, for what start-up takes."""
        few = self._folder / "few.jsonl"
        with file.open("rb") as lines:
            few.write_bytes(b"".join(islice(lines, START_EVENTS)))
        return few

    def loop(self, name: str, file: Path, events: int) -> SendSample:
        """One run of a loop over the first events."""
        stream = self._clients.new_stream()
        words = ["clickgen.bench.replay_loops", name, str(file), "--url", self._stub.http, "--stream", stream]
        spent = self._clients.run([*words, "--events", str(events)])
        return self._clients.sample(stream, events, spent, float(json.loads(spent.out)["cpu_seconds"]))

    def replay(self, way: ReplayWay, file: Path, events: int) -> SendSample:
        """One run of clickgen's."""
        stream = self._clients.new_stream()
        home, landed = self._folder / stream, self._folder / f"{stream}.jsonl"
        to = ["--to", f"file:{landed}"] if way.to_file else ["--stream", stream, "--endpoint-url", self._stub.http]
        words = ["clickgen", "replay", str(file), "--rate", "max", "--workers", str(way.workers), *to, "--json"]
        words += ["--pack"] if way.pack else []
        try:
            spent = self._clients.run([*words, "--give-up-after", "5s", "--home", str(home)])
            if not way.to_file:
                return self._clients.sample(stream, events, spent, spent.cpu)
            said = json.loads(spent.out)
            files = list(self._folder.glob(f"{stream}*.jsonl"))  # it may have been rotated
            confirm(events, said, sum(map(_lines_in, files)), f"{landed.name} received")
            size = sum(path.stat().st_size for path in files) / events
            return SendSample(events, spent.cpu, spent.parent_cpu, spent.wall, size, [], said)
        finally:
            shutil.rmtree(home, ignore_errors=True)
            for path in self._folder.glob(f"{stream}*.jsonl"):
                path.unlink()


def _lines_in(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(piece.count(b"\n") for piece in iter(lambda: opened.read(_COUNTED_BYTES), b""))
