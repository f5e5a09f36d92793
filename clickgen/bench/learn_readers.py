"""The two that `clickgen bench learn` compares: a loop over json.loads, and the reading half of `clickgen learn`.

    python -m clickgen.bench.learn_readers WAY FILE

The loop keeps nothing of what it parses. Only reading is timed, without imports. Prints {"events", "cpu_seconds"}.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from clickgen.bench.ways import JSON_LOOP
from clickgen.learn.reading import find_layout, read_columns
from clickgen.read.json_tables import TableMaker
from clickgen.traffic.replay_look import look_into
from clickgen.traffic.replay_source import open_local


def by_loop(file: Path) -> int:
    """How many events the file has."""
    events = 0
    with file.open("rb") as lines:
        for line in lines:
            json.loads(line)
            events += 1
    return events


def by_learn(file: Path) -> int:
    """The same, with their columns made as for `clickgen learn`."""
    names = [str(file)]
    looked = look_into(names)
    layout = find_layout(looked.events, None, None)
    return read_columns(names, looked, layout, zone=None, limit=sys.maxsize, open_source=open_local).read


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickgen.bench.learn_readers", description=__doc__)
    parser.add_argument("way")
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    TableMaker(["any"], None)  # imports what is imported late
    began = time.process_time()
    events = by_loop(given.file) if given.way == JSON_LOOP else by_learn(given.file)
    sys.stdout.write(json.dumps({"events": events, "cpu_seconds": time.process_time() - began}) + "\n")


if __name__ == "__main__":
    main()
