"""The facts that a profile's own fields can carry, by the names that people write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from clickgen.schema import row_values
from clickgen.schema.json_text import CartValue, Raw, Value
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, SITE, VIEW, VISIT, Arrival, View

Kind = Literal["string", "number", "boolean"]
EVENT_ID = "event_id"


@dataclass(frozen=True, slots=True)
class NamedFact:
    """A fact: the JSON type of its values (null if it does not apply to an event), and the value itself."""

    kind: Kind
    value: Raw | Value[Any] | CartValue


def _landed(word: Callable[[Arrival], str]) -> Value[Arrival]:
    return Value(ARRIVAL, lambda arrival: word(arrival) or None if arrival.landing else None)


def _price(view: View) -> float | None:
    return view.product.price_cents / 100 if view.product else None


FACTS: dict[str, NamedFact] = {
    EVENT_ID: NamedFact("string", row_values.EVENT_ID),  # a UUID that holds the event's place in the run
    "event_time": NamedFact("string", row_values.TIME),  # when it happened, 2026-11-21T10:00:00.000Z
    "naive_time": NamedFact("string", row_values.NAIVE_TIME),  # the same in UTC without saying so
    "epoch_ms": NamedFact("number", row_values.EPOCH_MS),
    "epoch_s": NamedFact("number", row_values.EPOCH_S),  # when it happened, Unix time in whole seconds
    "date": NamedFact("string", row_values.DAY),  # the day in UTC, 2026-11-21
    "visitor_id": NamedFact("string", row_values.VISITOR_ID),  # the visitor, 16 hex digits
    "visitor_uuid": NamedFact("string", row_values.VISITOR_UUID),
    "visitor_number": NamedFact("number", row_values.USER_NUMBER),  # the visitor as a number of nine digits
    "session_id": NamedFact("string", row_values.SESSION_ID),  # the session, 16 hex digits
    "session_uuid": NamedFact("string", row_values.SESSION_UUID),
    "session_number": NamedFact("number", row_values.SESSION_NUMBER),  # the session as a number of ten digits
    "user_id": NamedFact("string", row_values.USER_ID),  # the account of a visitor who is signed in
    "signed_in": NamedFact("boolean", Value(VISIT, lambda v: v.signed_in)),  # whether the site knows the visitor
    "returning": NamedFact("boolean", Value(VISIT, lambda v: v.returning)),  # seen in an earlier session
    "is_new": NamedFact("boolean", Value(VISIT, lambda v: not v.returning)),
    "page_number": NamedFact("number", Value(VISIT, lambda v: v.page_number)),  # 1 on the landing page
    "event_type": NamedFact("string", Value(VIEW, lambda v: v.page.event)),
    "page": NamedFact("string", Value(VIEW, lambda v: v.page.name)),
    "path": NamedFact("string", Value(VIEW, lambda v: v.path)),  # the path with its query
    "url": NamedFact("string", Value(VIEW, lambda v: v.url)),
    "title": NamedFact("string", Value(VIEW, lambda v: v.title)),
    "category": NamedFact("string", Value(VIEW, lambda v: v.category or None)),  # of the list or of the product
    "search_term": NamedFact("string", Value(VIEW, lambda v: v.term or None)),
    "product_id": NamedFact("string", Value(VIEW, lambda v: v.product.id if v.product else None)),
    "product_name": NamedFact("string", Value(VIEW, lambda v: v.product.name if v.product else None)),
    "price": NamedFact("number", Value(VIEW, _price)),
    "quantity": NamedFact("number", CartValue(lambda c: c.quantity or None)),  # put into the cart by this event
    "cart_items": NamedFact("number", CartValue(lambda c: c.items)),  # in the cart, or bought
    "cart_value": NamedFact("number", CartValue(lambda c: c.cents / 100)),  # what they cost
    "order_id": NamedFact(
        "string",  # 16 hex digits
        CartValue(lambda c: c.order_id if c.view.page.cart == "order" else None),
    ),
    "currency": NamedFact("string", Value(SITE, lambda site: site.currency or None)),  # of every amount
    "site": NamedFact("string", Value(SITE, lambda site: site.site)),
    "channel": NamedFact("string", Value(ARRIVAL, lambda a: a.channel.name)),  # what brought the session
    "referrer": NamedFact("string", _landed(lambda a: a.channel.referrer)),  # on a landing page where it came from
    "utm_source": NamedFact("string", _landed(lambda a: a.channel.utm_source)),  # on a landing page
    "utm_medium": NamedFact("string", _landed(lambda a: a.channel.utm_medium)),  # on a landing page
    "utm_campaign": NamedFact("string", _landed(lambda a: a.channel.utm_campaign)),  # on a landing page
    "device": NamedFact("string", Value(DEVICE, lambda d: d.type)),  # mobile, desktop, tablet or bot
    "os": NamedFact("string", Value(DEVICE, lambda d: d.os)),
    "os_version": NamedFact("string", Value(DEVICE, lambda d: d.os_version)),
    "browser": NamedFact("string", Value(DEVICE, lambda d: d.browser)),
    "browser_version": NamedFact("string", Value(DEVICE, lambda d: d.browser_version)),
    "user_agent": NamedFact("string", Value(DEVICE, lambda d: d.user_agent)),
    "screen": NamedFact("string", Value(DEVICE, lambda d: f"{d.screen[0]}x{d.screen[1]}")),  # 1920x1080
    "screen_width": NamedFact("number", Value(DEVICE, lambda d: d.screen[0])),
    "screen_height": NamedFact("number", Value(DEVICE, lambda d: d.screen[1])),
    "language": NamedFact("string", Value(PLACE, lambda p: p.language)),  # language tag, de-DE
    "country": NamedFact("string", Value(PLACE, lambda p: p.country)),  # ISO code
    "city": NamedFact("string", Value(PLACE, lambda p: p.city)),
    "zone": NamedFact("string", Value(PLACE, lambda p: p.zone)),  # IANA time zone
}
