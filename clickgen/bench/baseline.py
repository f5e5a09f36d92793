"""The ordinary script that clickgen is measured against: prepared dicts, orjson, put_record_batch of 500.

    python -m clickgen.bench.baseline --url URL --stream NAME --events N

It has every advantage: only the loop is timed, without start-up, without making the events or their ids; the
collector does not walk the prepared events; and they are few enough to stay in the processor's cache. boto3 has
its defaults. Prints {"events", "cpu_seconds"}.
"""

import argparse
import gc
import json
import sys
import time
from itertools import count
from typing import Any

import boto3
import orjson

from clickgen.feed.due_times import NOMINAL_RATE
from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.profile.load import load_profile
from clickgen.profile.tables import draw_tables
from clickgen.schema.registry import layout_of
from clickgen.traffic.simulation import SimulatedLane, vocabulary_of

CALL_RECORDS = 500
PREPARED = 10_000
SEED = 1
START_MS = 1_783_000_000_000


def simulated_lane(count: int | None = None) -> SimulatedLane:
    """One lane of the shop, at the rate that `send --rate max` simulates at."""
    due = LaneSchedule(ConstantRate(NOMINAL_RATE), 0, 1).due
    tables = draw_tables(load_profile("shop"), SEED)
    return SimulatedLane(
        tables,
        run="0" * 12,
        lane=0,
        lanes=1,
        seed=SEED,
        start_ms=START_MS,
        due=due,
        rate=NOMINAL_RATE,
        count=count,
        layout=layout_of("flat", vocabulary_of(tables)),
    )


def prepared(events: int) -> list[dict[str, Any]]:
    lane, made = simulated_lane(events), list[dict[str, Any]]()
    while (block := lane.next_block()) is not None:
        made += [orjson.loads(block.event(index)) for index in range(len(block))]
    return made


def send_all(client: Any, stream: str, events: list[dict[str, Any]]) -> None:
    """The loop: encode, send, read the answer. Raises RuntimeError if a record was refused."""
    for at in range(0, len(events), CALL_RECORDS):
        records = [
            {"Data": orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)}
            for event in events[at : at + CALL_RECORDS]
        ]
        answer = client.put_record_batch(DeliveryStreamName=stream, Records=records)
        failed = [entry for entry in answer["RequestResponses"] if "ErrorCode" in entry]
        if failed or answer["FailedPutCount"]:
            raise RuntimeError("the endpoint refused a record")


def measure(url: str, stream: str, events: int) -> float:
    """CPU seconds of the loop for that many events, each with an id of its own."""
    pool = prepared(min(events, PREPARED))
    client = boto3.client("firehose", endpoint_url=url)
    gc.collect()
    gc.freeze()
    numbers, spent, left = count(), 0.0, events
    while left:
        some = pool[:left]
        for event, number in zip(some, numbers, strict=False):
            event["event_id"] = f"00000000-0000-8000-8000-{number:012x}"
        began = time.process_time()
        send_all(client, stream, some)
        spent += time.process_time() - began
        left -= len(some)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickgen.bench.baseline", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--stream", required=True)
    parser.add_argument("--events", type=int, required=True)
    given = parser.parse_args()
    seconds = measure(given.url, given.stream, given.events)
    sys.stdout.write(json.dumps({"events": given.events, "cpu_seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
