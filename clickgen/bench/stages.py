"""What each station of the line costs, measured one after another in one thread of a worker process.

    python -m clickgen.bench.stages --url URL --stream NAME --events N --folder FOLDER

The stations are those of a packed run, and the process is made as a run makes its workers. Each is timed by the
CPU clock of the thread (CLOCK_THREAD_CPUTIME_ID); inside a call, botocore's own events separate its parts.
Prints {"events", "cpu_seconds": {station: seconds}}.
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path

from clickgen.bench.baseline import simulated_lane
from clickgen.deliver.lane_queue import LaneQueue, Linger
from clickgen.deliver.pack import Packing
from clickgen.ledger.store import LedgerWriter
from clickgen.model.batch import Answer, Batch
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.run.fleet import start_process
from clickgen.run.linger import BULK_LINGER_S
from clickgen.run.worker import LEASE_AHEAD
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose import LIMITS, MAX_EVENTS_PER_RECORD, FirehoseSink

STATIONS = ("simulate_encode", "cut", "body_sign", "network", "answer", "ledger")


class Stopwatch:
    """Attributes the CPU time of this thread since the last mark to a station."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STATIONS, 0.0)
        self._last = time.thread_time()

    def mark(self, station: str) -> None:
        """What this thread has done since the last mark was that station's work."""
        now = time.thread_time()
        self.seconds[station] += now - self._last
        self._last = now


class StageLine:
    """One packed lane from the simulation to the ledger, a batch at a time."""

    def __init__(self, url: str, stream: str, ledger: LedgerWriter, events: int) -> None:
        client = make_client("firehose", Access(endpoint_url=url))
        self._sink = FirehoseSink(client, stream)
        self._ledger = ledger
        packing = Packing(LIMITS, True, LIMITS.bill_unit, MAX_EVENTS_PER_RECORD)
        self._queue = LaneQueue(0, 0, packing, Linger(BULK_LINGER_S, BULK_LINGER_S))
        self._source = simulated_lane(events)
        self._outcomes: list[Outcome] = []
        self.watch = Stopwatch()
        # these run after the sink's own, so that what those do counts as the part before
        client.meta.events.register(
            "before-send.firehose.PutRecordBatch", lambda **_: self.watch.mark("body_sign")
        )
        client.meta.events.register_first(
            "before-parse.firehose.PutRecordBatch", lambda **_: self.watch.mark("network")
        )

    def run(self) -> dict[str, float]:
        """Send everything; CPU seconds of each station. Raises RuntimeError if a record was refused."""
        queue, watch = self._queue, self.watch
        watch.mark("cut")
        watch.seconds["cut"] = 0.0  # what came before the first event is start-up
        while not queue.done:
            self._prepare()
            while (candidate := queue.candidate(math.inf)) and (candidate.cut.full or queue.ended):
                batch = queue.take(candidate)
                watch.mark("cut")
                self._send(batch)
            watch.mark("cut")
        self._note()
        return watch.seconds

    def _prepare(self) -> None:
        """Make events for about one lease, and lease them."""
        queue, watch = self._queue, self.watch
        while queue.prepared - queue.granted < LEASE_AHEAD and not queue.ended:
            block = self._source.next_block()
            watch.mark("simulate_encode")
            if block is None:
                queue.end()
            else:
                queue.push(block)
            watch.mark("cut")
        if queue.prepared > queue.granted:
            self._note()
            self._ledger.lease([Lease(0, queue.granted, queue.prepared)])
            watch.mark("ledger")
            queue.grant(queue.prepared)

    def _send(self, batch: Batch) -> None:
        if self._sink.put(batch) != Answer():
            raise RuntimeError("the endpoint refused a record")
        self.watch.mark("answer")
        now = time.time_ns() // 1_000_000
        end = batch.first + batch.events
        self._outcomes.append(Outcome(0, batch.first, end, State.ACCEPTED, 1, now, now))

    def _note(self) -> None:
        self._ledger.note(self._outcomes)
        self._outcomes = []
        self.watch.mark("ledger")


def measure(url: str, stream: str, events: int, folder: Path) -> dict[str, float]:
    """CPU seconds of each station for that many events, in a worker process."""
    ledger = LedgerWriter(folder / f"{stream}.db")
    try:
        return StageLine(url, stream, ledger, events).run()
    finally:
        ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickgen.bench.stages", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--stream", required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where the ledger is written")
    given = parser.parse_args()
    with start_process() as worker:
        seconds = worker.submit(measure, given.url, given.stream, given.events, given.folder).result()
    sys.stdout.write(json.dumps({"events": given.events, "cpu_seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
