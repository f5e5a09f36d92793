"""The facts that a profile's own fields can carry, by the names that people write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from clickgen.schema import row_values
from clickgen.schema.json_text import CartValue, Raw, Value
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, SITE, VIEW, VISIT, Arrival
from clickgen.schema.views import View

Kind = Literal["string", "number", "boolean"]
EVENT_ID = "event_id"


@dataclass(frozen=True, slots=True)
class NamedFact:
    """A fact: the JSON type of its values (null where it does not apply), what it says, and the value itself."""

    kind: Kind
    description: str
    value: Raw | Value[Any] | CartValue


def _landed(word: Callable[[Arrival], str]) -> Value[Arrival]:
    return Value(ARRIVAL, lambda arrival: word(arrival) or None if arrival.landing else None)


def _viewed(of: Callable[[View], object]) -> Value[View]:
    return Value(VIEW, of)


def _price(view: View) -> float | None:
    return view.product.price_cents / 100 if view.product else None


FACTS: dict[str, NamedFact] = {
    EVENT_ID: NamedFact("string", "the event's id, a UUID that holds its place in the run", row_values.EVENT_ID),
    "event_time": NamedFact("string", "when it happened, 2026-11-21T10:00:00.000Z", row_values.TIME),
    "naive_time": NamedFact("string", "the same in UTC without saying so", row_values.NAIVE_TIME),
    "epoch_ms": NamedFact("number", "when it happened, Unix time in milliseconds", row_values.EPOCH_MS),
    "epoch_s": NamedFact("number", "when it happened, Unix time in whole seconds", row_values.EPOCH_S),
    "date": NamedFact("string", "the day in UTC, 2026-11-21", row_values.DAY),
    "visitor_id": NamedFact("string", "the visitor, 16 hex digits", row_values.VISITOR_ID),
    "visitor_uuid": NamedFact("string", "the visitor as a UUID", row_values.VISITOR_UUID),
    "visitor_number": NamedFact("number", "the visitor as a number of nine digits", row_values.USER_NUMBER),
    "session_id": NamedFact("string", "the session, 16 hex digits", row_values.SESSION_ID),
    "session_uuid": NamedFact("string", "the session as a UUID", row_values.SESSION_UUID),
    "session_number": NamedFact("number", "the session as a number of ten digits", row_values.SESSION_NUMBER),
    "user_id": NamedFact("string", "the account of a visitor who is signed in", row_values.USER_ID),
    "signed_in": NamedFact("boolean", "whether the site knows the visitor", Value(VISIT, lambda v: v.signed_in)),
    "returning": NamedFact(
        "boolean", "whether the visitor was there in an earlier session", Value(VISIT, lambda v: v.returning)
    ),
    "is_new": NamedFact("boolean", "the contrary of returning", Value(VISIT, lambda v: not v.returning)),
    "page_number": NamedFact("number", "1 on the landing page", Value(VISIT, lambda v: v.page_number)),
    "event_type": NamedFact("string", "the event type in the profile", _viewed(lambda v: v.page.event)),
    "page": NamedFact("string", "the page's name in the profile", _viewed(lambda v: v.page.name)),
    "path": NamedFact("string", "the path with its query", _viewed(lambda v: v.path)),
    "url": NamedFact("string", "the whole address", _viewed(lambda v: v.url)),
    "title": NamedFact("string", "the page's title", _viewed(lambda v: v.title)),
    "category": NamedFact(
        "string", "what is listed, or the product's category", _viewed(lambda v: v.category or None)
    ),
    "search_term": NamedFact("string", "what is searched for", _viewed(lambda v: v.term or None)),
    "product_id": NamedFact("string", "the product shown", _viewed(lambda v: v.product.id if v.product else None)),
    "product_name": NamedFact("string", "its name", _viewed(lambda v: v.product.name if v.product else None)),
    "price": NamedFact("number", "its price", _viewed(_price)),
    "quantity": NamedFact(
        "number", "pieces put into the cart by this event", CartValue(lambda c: c.quantity or None)
    ),
    "cart_items": NamedFact(
        "number", "pieces in the cart, on an order pieces bought", CartValue(lambda c: c.items)
    ),
    "cart_value": NamedFact("number", "what they cost", CartValue(lambda c: c.cents / 100)),
    "order_id": NamedFact(
        "string",
        "the order, 16 hex digits",
        CartValue(lambda c: c.order_id if c.view.page.cart == "order" else None),
    ),
    "currency": NamedFact("string", "of every amount", Value(SITE, lambda site: site.currency or None)),
    "site": NamedFact("string", "the host name", Value(SITE, lambda site: site.site)),
    "channel": NamedFact("string", "what brought the session", Value(ARRIVAL, lambda a: a.channel.name)),
    "referrer": NamedFact("string", "on a landing page where it came from", _landed(lambda a: a.channel.referrer)),
    "utm_source": NamedFact("string", "on a landing page", _landed(lambda a: a.channel.utm_source)),
    "utm_medium": NamedFact("string", "on a landing page", _landed(lambda a: a.channel.utm_medium)),
    "utm_campaign": NamedFact("string", "on a landing page", _landed(lambda a: a.channel.utm_campaign)),
    "device": NamedFact("string", "mobile, desktop, tablet or bot", Value(DEVICE, lambda d: d.type)),
    "os": NamedFact("string", "the operating system", Value(DEVICE, lambda d: d.os)),
    "os_version": NamedFact("string", "its version", Value(DEVICE, lambda d: d.os_version)),
    "browser": NamedFact("string", "the browser", Value(DEVICE, lambda d: d.browser)),
    "browser_version": NamedFact("string", "its version", Value(DEVICE, lambda d: d.browser_version)),
    "user_agent": NamedFact("string", "what the browser calls itself", Value(DEVICE, lambda d: d.user_agent)),
    "screen": NamedFact("string", "1920x1080", Value(DEVICE, lambda d: f"{d.screen[0]}x{d.screen[1]}")),
    "screen_width": NamedFact("number", "in pixels", Value(DEVICE, lambda d: d.screen[0])),
    "screen_height": NamedFact("number", "in pixels", Value(DEVICE, lambda d: d.screen[1])),
    "language": NamedFact("string", "language tag, de-DE", Value(PLACE, lambda p: p.language)),
    "country": NamedFact("string", "ISO code", Value(PLACE, lambda p: p.country)),
    "city": NamedFact("string", "where the visitor lives", Value(PLACE, lambda p: p.city)),
    "zone": NamedFact("string", "IANA time zone", Value(PLACE, lambda p: p.zone)),
}
