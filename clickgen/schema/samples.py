"""Events that show all the fields of a schema, to know them before the first event."""

import numpy as np

from clickgen.model.event_id import new_run_id
from clickgen.schema.encode import Encoder, Layout
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.schema.times import FIRST_MS


def sample_events(layout: Layout, vocabulary: Vocabulary) -> bytes:
    """Events, a line each, that together have every field that events of the schema can have.

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
        time_ms=np.full(count, FIRST_MS),
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
