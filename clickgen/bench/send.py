"""Running the clients of `clickgen bench send` in turn, against one stub that counts what reaches it."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clickgen.bench.against_stub import AgainstStub, SendSample
from clickgen.bench.stub_process import Stub, running_stub
from clickgen.bench.ways import HELD_RATE, STAGES, WAYS, Way, needs_tls
from clickgen.ledger.folder import Home, explained

HELD_EVENTS_A_SECOND = 50_000
HELD_S = 6
START_EVENTS = 500  # a run of so few is start-up alone
STAGES_EVENTS = 500_000


@dataclass(slots=True)
class Measured:
    """All samples. start: runs of a few events, by number of workers. stages: CPU seconds an event."""

    ways: dict[str, list[SendSample]] = field(default_factory=dict)
    start: dict[int, list[SendSample]] = field(default_factory=dict)
    held: SendSample | None = None
    stages: dict[str, float] | None = None


def measure(names: Sequence[str], events: int, rounds: int, home: Home, say: Callable[[str], None]) -> Measured:
    """Run every named client once a round, one after another.

    names: of `ways`, in order. events: of the longest client with one worker. home: keeps the runs while they are
    measured, so that their ledgers are on the same disk as the user's. say: is told what runs now.
    Raises EnvironmentProblem if the stub cannot start, a client fails, or the stub did not receive what the client
    claims.
    """
    measured = Measured()
    home.prepare()
    with explained(home.path):
        kept = tempfile.TemporaryDirectory(prefix="bench-", dir=home.path)
    with kept as folder, running_stub(tls=needs_tls(names)) as stub:
        bench = _Bench(stub, events, Path(folder))
        workers = {WAYS[name].workers for name in names if name in WAYS and not WAYS[name].ordinary}
        if HELD_RATE in names:
            workers.add(1)
        for number in range(1, rounds + 1):
            for count in sorted(workers):
                say(f"round {number} of {rounds}: start-up, {count} worker{'s' if count > 1 else ''}")
                measured.start.setdefault(count, []).append(bench.start(count))
            for name in names:
                if name in WAYS:
                    say(f"round {number} of {rounds}: {name}")
                    measured.ways.setdefault(name, []).append(bench.way(WAYS[name]))
        if HELD_RATE in names:
            say(f"held rate: {HELD_EVENTS_A_SECOND:,} events a second")
            measured.held = bench.held()
        if STAGES in names:
            say("stages, each on its own")
            measured.stages = bench.stages()
    return measured


class _Bench:
    def __init__(self, stub: Stub, events: int, folder: Path) -> None:
        self._stub = stub
        self._clients = AgainstStub(stub)
        self._folder = folder
        self._events = events

    def way(self, way: Way) -> SendSample:
        """One run of a way at full speed."""
        events = max(1, round(self._events * way.share))
        if way.ordinary:
            return self._ordinary(events, tls=way.tls)
        return self._send(events, "max", tls=way.tls, pack=way.pack, workers=way.workers, http=way.http)

    def start(self, workers: int) -> SendSample:
        return self._send(START_EVENTS, "max", pack=True, workers=workers)

    def held(self) -> SendSample:
        events = min(HELD_S * HELD_EVENTS_A_SECOND, self._events)
        return self._send(events, str(HELD_EVENTS_A_SECOND), pack=True)

    def stages(self) -> dict[str, float]:
        """CPU seconds an event of each station."""
        stream, events = self._clients.new_stream(), min(STAGES_EVENTS, self._events)
        words = ["clickgen.bench.stages", "--url", self._stub.http, "--stream", stream, "--events", str(events)]
        spent = self._clients.run([*words, "--folder", str(self._folder)])
        self._clients.sample(stream, events, spent, spent.cpu)
        return {name: seconds / events for name, seconds in json.loads(spent.out)["cpu_seconds"].items()}

    def _ordinary(self, events: int, *, tls: bool) -> SendSample:
        stream = self._clients.new_stream()
        words = ["clickgen.bench.baseline", "--url", self._url(tls=tls), "--stream", stream]
        spent = self._clients.run([*words, "--events", str(events)])
        return self._clients.sample(stream, events, spent, float(json.loads(spent.out)["cpu_seconds"]))

    def _send(
        self,
        events: int,
        rate: str,
        *,
        tls: bool = False,
        pack: bool = False,
        workers: int = 1,
        http: bool = False,
    ) -> SendSample:
        stream, url = self._clients.new_stream(), self._url(tls=tls)
        to = ["--to", f"{url}/collect/{stream}"] if http else ["--stream", stream, "--endpoint-url", url]
        words = ["clickgen", "send", *to, "--json"]
        words += ["--rate", rate, "--events", str(events), "--workers", str(workers), "--give-up-after", "5s"]
        words += ["--pack"] if pack else []
        spent = self._clients.run([*words, "--home", str(self._folder / stream)])
        return self._clients.sample(stream, events, spent, spent.cpu)

    def _url(self, *, tls: bool) -> str:
        return self._stub.https or "" if tls else self._stub.http
