"""What people read delivered objects with otherwise: DuckDB's read_json, and a loop over json.loads.

Run as `python -m clickgen.bench.verify_rivals WAY FOLDER EVENTS`; prints one JSON object, the events read and the
seconds taken, without imports. Both read only the id of each event, and check nothing. With `parquet` for the way
and a file for the events, DuckDB writes them there: in a process of its own, as the memory of one that starts
others counts as theirs (getrusage(2)).
"""

import gzip
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from clickgen.model.installation import missing

_ID_FIELD = "event_id"


def by_duckdb(folder: Path) -> int | None:
    """Read the ids of all objects, in as many threads as there are processors; None if it is not installed."""
    if missing("duckdb") is not None:
        return None
    read = import_module("duckdb").read_json(
        f"{folder}/**", format="newline_delimited", columns={_ID_FIELD: "VARCHAR"}, compression="gzip"
    )
    found = read.aggregate(f"count({_ID_FIELD}), max({_ID_FIELD})").fetchall()
    return int(found[0][0])


def by_json_loop(folder: Path, most: int) -> int:
    """Put the ids of so many events, at most, into a set."""
    seen: set[str] = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with gzip.open(path) as lines:
            for line in lines:
                seen.add(json.loads(line)[_ID_FIELD])
                if len(seen) == most:
                    return most
    return len(seen)


def to_parquet(folder: Path, file: Path) -> None:
    """Have DuckDB write the objects' events into a Parquet file, as a transform would."""
    read = import_module("duckdb").read_json(f"{folder}/**", format="newline_delimited", compression="gzip")
    read.write_parquet(str(file), row_group_size=122_880)


def main(way: str, folder: Path, last: str) -> None:
    """Time one way and print the result."""
    if way == "parquet":
        to_parquet(folder, Path(last))
        return
    missing("duckdb")  # imports it, so that it is timed without its import
    began = time.perf_counter()
    try:
        events = by_duckdb(folder) if way == "duckdb" else by_json_loop(folder, int(last))
    except Exception as problem:  # noqa: BLE001  # whatever the library raises is reported in one line
        sys.exit(f"{type(problem).__name__}: {' '.join(str(problem).split())}")
    sys.stdout.write(json.dumps({"events": events, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
