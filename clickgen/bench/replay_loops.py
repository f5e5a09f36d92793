"""The ordinary scripts that `clickgen replay --rate max` is measured against: lines, put_record_batch of 500.

    python -m clickgen.bench.replay_loops WAY FILE --url URL --stream NAME --events N

`loop` sends each line as it is: it looks neither whether it is JSON nor which event it is. `loop_with_ids` parses
each with orjson and gives it an id, as a script must that wants to know afterwards what arrived. Only the loop is
timed, without start-up; boto3 has its defaults. Prints {"events", "cpu_seconds"}.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import orjson

CALL_RECORDS = 500


def lines_of(file: Path) -> Iterator[bytes]:
    """The lines as they are."""
    with file.open("rb") as lines:
        yield from lines


def with_ids(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines as events that have an id of their own."""
    for line in lines:
        event = {"clickgen_id": str(uuid.uuid4()), **orjson.loads(line)}
        yield orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


def send_all(client: Any, stream: str, lines: Iterator[bytes]) -> int:
    """How many were sent. Raises RuntimeError if a record was refused."""
    sent = 0
    while records := [{"Data": line} for line in islice(lines, CALL_RECORDS)]:
        answer = client.put_record_batch(DeliveryStreamName=stream, Records=records)
        if answer["FailedPutCount"]:
            raise RuntimeError("the endpoint refused a record")
        sent += len(records)
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickgen.bench.replay_loops", description=__doc__)
    parser.add_argument("way", choices=("loop", "loop_with_ids"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--stream", required=True)
    parser.add_argument("--events", type=int, required=True)
    given = parser.parse_args()
    client = boto3.client("firehose", endpoint_url=given.url)
    began = time.process_time()
    lines = islice(lines_of(given.file), given.events)
    sent = send_all(client, given.stream, lines if given.way == "loop" else with_ids(lines))
    sys.stdout.write(json.dumps({"events": sent, "cpu_seconds": time.process_time() - began}) + "\n")


if __name__ == "__main__":
    main()
