"""The schema `flat`: one compact JSON object an event, all fields at the top level.

Every event has event_id, event_time, visitor_id, session_id, event_type, page, page_number,
returning, signed_in, device, os, browser, language, country and city. Beside them stand, where they apply:
category, search_term, product_id and price (what the page shows); referrer, utm_source, utm_medium and
utm_campaign (landing pages); order_id, quantity, cart_items, cart_value and currency (the cart). What does not
apply is left out.
"""

from clickgen.schema.carried import Carried, TimeColumn, TimeForm
from clickgen.schema.facts import Vocabulary
from clickgen.schema.json_text import CartSpread, SpreadText, Value
from clickgen.schema.pieces import Cart
from clickgen.schema.row_values import EVENT_ID, SESSION_ID, TIME, VISITOR_ID
from clickgen.schema.sources import DEVICE, PLACE, VIEW, VISIT, View, Visit


def flat_template(vocabulary: Vocabulary) -> dict[str, object]:
    """An event of the schema; what depends on the same facts is kept together."""
    return {
        "event_id": EVENT_ID,
        "event_time": TIME,
        "visitor_id": VISITOR_ID,
        "session_id": SESSION_ID,
        "page_number": Value(VISIT, lambda visit: visit.page_number),
        "returning": Value(VISIT, lambda visit: visit.returning),
        "signed_in": Value(VISIT, lambda visit: visit.signed_in),
        "landing": SpreadText(VISIT, _landing),
        "event_type": Value(VIEW, lambda view: view.page.event),
        "page": Value(VIEW, lambda view: view.path),
        "shown": SpreadText(VIEW, _shown),
        "cart": CartSpread(lambda cart: _cart(cart, vocabulary.currency)),
        "device": Value(DEVICE, lambda device: device.type),
        "os": Value(DEVICE, lambda device: device.os),
        "browser": Value(DEVICE, lambda device: device.browser),
        "language": Value(PLACE, lambda place: place.language),
        "country": Value(PLACE, lambda place: place.country),
        "city": Value(PLACE, lambda place: place.city),
    }


def _landing(visit: Visit) -> dict[str, object]:
    if visit.channel is None:
        return {}
    words = {
        "referrer": visit.channel.referrer,
        "utm_source": visit.channel.utm_source,
        "utm_medium": visit.channel.utm_medium,
        "utm_campaign": visit.channel.utm_campaign,
    }
    return {name: word for name, word in words.items() if word}


def _shown(view: View) -> dict[str, object]:
    shown: dict[str, object] = {}
    if view.product:
        shown = {"product_id": view.product.id, "price": view.product.price_cents / 100}
    if view.category:
        shown["category"] = view.category
    if view.term:
        shown["search_term"] = view.term
    return shown


def _cart(cart: Cart, currency: str) -> dict[str, object]:
    words: dict[str, object] = {"cart_items": cart.items, "cart_value": cart.cents / 100, "currency": currency}
    if cart.quantity:
        words["quantity"] = cart.quantity
    if cart.view.page.cart == "order":
        words["order_id"] = cart.order_id
    return words


CARRIES = Carried(
    event_id="event_id",
    time=TimeColumn("event_time", TimeForm.ISO),
    visitor="visitor_id",
    session=("session_id",),
    order="order_id",
    revenue="cart_value",
    names={"path": "page"},
    template=flat_template,
)
