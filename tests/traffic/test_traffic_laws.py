"""What is true of all traffic, whatever the profile and the schema: order, identity, carts, unique ids."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from clickgen.profile.load import load_profile, profile_names
from clickgen.profile.site import CartModel
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Encoder, Layout
from clickgen.schema.facts import Facts
from clickgen.schema.registry import SCHEMAS, layout_of
from clickgen.traffic.simulation import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane
from tests.support.simulated import RUN, START_MS

A_SECOND = 112.5  # sessions
FEW = 20_000
SPAN_S = {FEW: 240, 100_000: 1200}  # seconds, by the sessions that begin in it at least: where moods are low


def traffic(profile: str, span_s: int) -> tuple[Tables, Facts]:
    """A profile's tables, and the events of its sessions in that time, session by session."""
    tables = draw_tables(load_profile(profile), 3)
    lane = NaturalLane(
        tables,
        run=RUN,
        lane=0,
        lanes=1,
        seed=3,
        since_ms=START_MS,
        until_ms=START_MS + span_s * 1000,
        rate=A_SECOND * tables.sessions.pages_e6 / 1e6,
        layout=Layout((), tells_lines=True),
    )
    stretches = []
    while (facts := lane.next_facts()) is not None:
        stretches.append(facts)
    joined = Facts.joined(stretches)
    return tables, joined.part(np.lexsort((np.arange(len(joined)), joined.session)))


@pytest.mark.parametrize("sessions", [FEW, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("profile", profile_names())
def test_sessions_keep_every_law_in_every_schema(profile: str, sessions: int) -> None:
    tables, facts = traffic(profile, SPAN_S[sessions])
    assert sessions_in_order(facts) > sessions
    for column in ("visitor", "returning", "signed_in", "device", "place", "channel"):
        one_value_each(facts.session, getattr(facts, column))
    for column in ("device", "place", "signed_in"):
        one_value_each(facts.visitor, getattr(facts, column))
    carts_add_up(tables, facts)
    # few sessions: all schemas of the shop, and each schema of some other site
    every = profile == "shop" or sessions > FEW
    for schema in SCHEMAS if every else list(SCHEMAS)[profile_names().index(profile) :: len(profile_names()) - 1]:
        if schema != "order" or tables.catalogue.product_ids:
            every_event_is_written_once(tables, facts.part(slice(0, 5000)), schema)


def sessions_in_order(facts: Facts) -> int:
    """How many sessions begin here; each has its pages in order, without a pause that would end it."""
    same = facts.session[1:] == facts.session[:-1]
    assert (facts.page_number[1:][same] == facts.page_number[:-1][same] + 1).all()
    pauses = (facts.time_ms[1:] - facts.time_ms[:-1])[same]
    assert (pauses >= 0).all()
    assert (pauses < 30 * 60 * 1000).all()
    # those that do not begin here were under way when the traffic began
    firsts = np.append(True, ~same)
    return int((facts.page_number[firsts] == 1).sum())


def one_value_each(owner: NDArray[np.uint64], values: NDArray[Any]) -> None:
    order = np.argsort(owner, kind="stable")
    same = owner[order][1:] == owner[order][:-1]
    assert (values[order][1:][same] == values[order][:-1][same]).all()


def carts_add_up(tables: Tables, facts: Facts) -> None:
    """What is in a cart was put into it since the session began or the last order; an order buys all of it."""
    prices = tables.catalogue.price_cents.tolist()
    buys = np.equal(tables.site.cart, CartModel.ORDER)
    held: dict[int, dict[int, int]] = defaultdict(dict)
    whole = np.isin(facts.session, facts.session[facts.page_number == 1])
    about = np.flatnonzero(whole & np.not_equal(tables.site.cart[facts.page], CartModel.KEEP))
    for row in about.tolist():
        cart = held[int(facts.session[row])]
        if facts.quantity[row]:
            item = int(facts.item[row])
            cart[item] = cart.get(item, 0) + int(facts.quantity[row])
        assert dict(facts.lines[row]) == cart
        assert facts.cart_items[row] == sum(cart.values()) > 0
        assert facts.cart_cents[row] == sum(prices[item] * pieces for item, pieces in cart.items())
        if buys[facts.page[row]]:
            cart.clear()
    orders = facts.order[buys[facts.page]]
    assert len(np.unique(orders)) == len(orders)


def every_event_is_written_once(tables: Tables, facts: Facts, schema: str) -> None:
    data, offsets = Encoder(layout_of(schema, vocabulary_of(tables)), RUN, 0).encode(0, facts)
    lines = bytes(data).split(b"\n")
    assert lines.pop() == b""
    assert np.diff(offsets).tolist() == [len(line) + 1 for line in lines]
    prefix = f"{RUN[:8]}-{RUN[8:]}-8000-".encode()
    assert len({line[at : at + 30] for line in lines if (at := line.find(prefix)) >= 0}) == len(facts)
