"""The columns of a schema, for formats that must know them before the first event."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import new_run_id
from clickgen.schema.encode import Encoder, Layout
from clickgen.schema.facts import Facts, Vocabulary


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the events at their top level. plain: whether its value is a cell of CSV as it is."""

    name: str
    plain: bool


def sample_events(layout: Layout, vocabulary: Vocabulary) -> bytes:
    """Events, a line each, that have between them every field which events of the schema can have.

    They are seen on every page, landing or not, with and without an account, and come by every channel.
    """
    pages, channels = len(vocabulary.pages), len(vocabulary.channels)
    page = np.concatenate([np.repeat(np.arange(pages), 4), np.zeros(channels, dtype=np.int64)])
    count = len(page)
    number = np.arange(count)
    channel = np.zeros(count, dtype=np.int64)
    channel[pages * 4 :] = np.arange(channels)
    later = min(2, vocabulary.longest_session)
    cart = np.array([page.cart for page in vocabulary.pages]).take(page)
    filled = (cart != "keep").astype(np.int64)
    lines = np.full(count, None, dtype=object)
    for row in np.flatnonzero(filled).tolist():
        lines[row] = ((0, 1),)
    facts = Facts(
        time_ms=np.zeros(count, dtype=np.int64),
        visitor=number.astype(np.uint64),
        session=number.astype(np.uint64),
        returning=number % 2 == 0,
        signed_in=number % 4 < 2,
        page_number=np.where((number % 2 == 0) | (number >= pages * 4), 1, later),
        page=page,
        item=np.zeros(count, dtype=np.int64),
        channel=channel,
        device=number % len(vocabulary.devices),
        place=number % len(vocabulary.places),
        quantity=(cart == "add").astype(np.int64),
        cart_items=filled,
        cart_cents=filled,
        lines=lines,
        order=(cart == "order").astype(np.uint64),
    )
    data, _ = Encoder(layout, new_run_id(), 0).encode(0, facts)
    return bytes(data)


def columns_of(sample: bytes) -> tuple[Column, ...]:
    """The columns of such events, in the order of their fields; UsageProblem where they are no JSON objects."""
    order: list[str] = []
    odd: set[str] = set()
    for event in _objects(sample.splitlines()):
        place = 0
        for name, value in event.items():
            if name not in order:
                order.insert(place, name)
            place = order.index(name) + 1
            if isinstance(value, bool | dict | list):
                odd.add(name)
    return tuple(Column(name, name not in odd) for name in order)


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            raise UsageProblem(
                "events of this schema are no JSON objects, so they have no columns",
                "write them with --format jsonl, a line each",
            )
        yield event


def cell_of(value: Any) -> Any:
    """A value of a column that is not plain, as a cell: JSON, since CSV knows neither truth nor nesting."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return value
