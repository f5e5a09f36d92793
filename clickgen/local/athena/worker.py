"""The process that carries out queries, so that no query can take the server with it.

It reads requests on stdin, one of JSON a line, and answers each with a line on stdout. It ends with its parent.
"""

import os
import sys
import threading
from queue import SimpleQueue
from typing import Any

import orjson

from clickgen.local.athena.engine import Engine, Session
from clickgen.local.athena.failures import SYSTEM, QueryFailed
from clickgen.local.athena.results import infos, write_result


def work(engine: Engine) -> None:
    """Carry out one request after the other, until stdin ends; then end at once, whatever is under way."""
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            requests.put(orjson.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        answer = perform(engine, requests.get())
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


def perform(engine: Engine, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one statement and write its result; what became of it.

    request: `sql`, `database`, `location` of results (ended by a slash), `name` of the statement, and
    `most_bytes` that it may scan, or None.
    """
    session = Session(request["database"], request["location"], request["name"])
    try:
        with engine.run(request["sql"], session) as outcome:
            _check_limit(outcome.scanned, request.get("most_bytes"))
            result = write_result(engine.lake, engine.drafts, session.location or "", session.name, outcome)
            return {
                "statement": outcome.statement,
                "substatement": outcome.substatement,
                "columns": infos(outcome.columns),
                "headed": outcome.headed,
                "scanned": outcome.scanned,
                "update_count": outcome.update[1] if outcome.update else 0,
                "uri": result.uri,
                "manifest": result.manifest,
            }
    except QueryFailed as problem:
        return {"failed": problem.reason, "category": problem.category}
    except (OSError, ValueError, RecursionError, MemoryError) as problem:
        return {"failed": f"GENERIC_INTERNAL_ERROR: {problem}", "category": SYSTEM}


def _check_limit(scanned: int, most: int | None) -> None:
    if most is not None and scanned > most:
        raise QueryFailed("Query cancelled! : Bytes scanned limit was exceeded")
