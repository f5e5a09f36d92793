"""JSON paths into events: `$.dynamodb.Keys.id.S`, `$.list[0]`, `$['odd name']`.

The data of a Kinesis record is base64 in the event. A path into it sees what the base64 holds, as JSON if it is
JSON, as the service does ("Implicit body data parsing" of the user guide).
"""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pybase64

from clickgen.local.platform.errors import ServiceError

MISSING = object()
"""What a path that leads nowhere finds."""

_STEP = re.compile(r"\.([\w/-]+)|\[(\d+)\]|\['([^']+)'\]")

Find = Callable[[Any], Any]


def compile_path(text: str) -> Find:
    """What finds the value at a path; ValidationException if it is not a path of one value."""
    steps: list[str | int] = []
    place = 1
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise refused(f"{text!r} is not a JSON path of one value like $.dynamodb.Keys.id.S")
        name, index, quoted = found.groups()
        steps.append(int(index) if index is not None else name or quoted)
        place = found.end()

    def find(event: Any) -> Any:
        value = event
        for depth, step in enumerate(steps):
            if depth == 1 and isinstance(value, str):
                value = _parsed(value)
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else MISSING
            else:
                value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
            if value is MISSING:
                return MISSING
        return value

    return find


def refused(message: str) -> ServiceError:
    """A request that is not valid."""
    return ServiceError("ValidationException", message)


def _parsed(body: str) -> Any:
    """What a text of an event holds if it is base64 of JSON, or JSON."""
    for text in (body, _decoded(body)):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
    return body


def _decoded(body: str) -> bytes:
    try:
        return pybase64.b64decode(body, validate=True)
    except ValueError:
        return b""
