"""The schema `segment`: messages of Segment's tracking API as sources deliver them, one JSON object an event.

After "Spec: Common fields", "Spec: Page", "Spec: Track" and "Spec: V2 Ecommerce Events" (Segment documentation).
Types with a name in the ecommerce spec, and all others but page views, are track calls; page views are page calls.
There are no identify calls: userId is present from a signed-in visitor's first event on, null before.
"""

from urllib.parse import urlsplit

from clickgen.schema.carried import Carried, TimeColumn, TimeForm
from clickgen.schema.facts import ProductWords, Vocabulary
from clickgen.schema.json_text import CartSpread, SpreadText, Value
from clickgen.schema.pieces import Cart
from clickgen.schema.row_values import EVENT_ID, TIME, USER_ID, VISITOR_UUID
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, VIEW, Arrival, View

# What the ecommerce spec calls what the event types of a profile say.
EVENT_NAMES = {
    "category_view": "Product List Viewed",
    "search": "Products Searched",
    "product_view": "Product Viewed",
    "add_to_cart": "Product Added",
    "cart_view": "Cart Viewed",
    "checkout_start": "Checkout Started",
    "purchase": "Order Completed",
}


def segment_template(vocabulary: Vocabulary) -> dict[str, object]:
    """An event of the schema; what depends on the same facts is kept together."""
    goods = _Goods(vocabulary)
    return {
        "messageId": EVENT_ID,
        "timestamp": TIME,
        "originalTimestamp": TIME,
        "sentAt": TIME,
        "anonymousId": VISITOR_UUID,
        "userId": USER_ID,
        "channel": "client",
        "context": {
            "library": {"name": "analytics.js", "version": "next-1.70.0"},
            "userAgent": Value(DEVICE, lambda device: device.user_agent),
            "screen": Value(DEVICE, lambda device: {"width": device.screen[0], "height": device.screen[1]}),
            "locale": Value(PLACE, lambda place: place.language),
            "timezone": Value(PLACE, lambda place: place.zone),
            "campaign": Value(ARRIVAL, _campaign),
            "page": {
                "referrer": Value(ARRIVAL, lambda arrival: arrival.referrer),
                "url": Value(VIEW, lambda view: view.url),
                "seen": SpreadText(VIEW, _page),
            },
        },
        "call": SpreadText(VIEW, _call),
        "properties": {
            "url": Value(VIEW, lambda view: view.url),
            "seen": SpreadText(VIEW, goods.view_properties),
            "cart": CartSpread(goods.cart_properties, tells_lines=True),
        },
    }


def _campaign(arrival: Arrival) -> dict[str, object]:
    channel = arrival.channel
    words = {"name": channel.utm_campaign, "source": channel.utm_source, "medium": channel.utm_medium}
    return {name: word for name, word in words.items() if word and arrival.landing}


def _page(view: View) -> dict[str, object]:
    address = urlsplit(view.url)
    search = f"?{address.query}" if address.query else ""
    return {"path": address.path, "search": search, "title": view.title}


def _call(view: View) -> dict[str, object]:
    event = view.page.event
    if event in EVENT_NAMES:
        return {"type": "track", "event": EVENT_NAMES[event]}
    return {"type": "page", "name": view.page.name} if view.is_page_view else {"type": "track", "event": event}


class _Goods:
    """What calls say of the products on their pages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._products, self._currency = vocabulary.products, vocabulary.currency

    def view_properties(self, view: View) -> dict[str, object]:
        properties: dict[str, object] = {}
        if view.page.event not in EVENT_NAMES and view.is_page_view:
            properties |= _page(view)
        if view.term:
            properties["query"] = view.term
        if view.page.shows == "category":
            properties["category"] = view.category
        if view.product:
            properties |= self._product(view.product) | self._in_currency()
        return properties

    def cart_properties(self, cart: Cart) -> dict[str, object]:
        """What is put in, on other pages what is in the cart."""
        if cart.view.product:
            return {"quantity": cart.quantity}
        products = [self._product(self._products[number]) | {"quantity": pieces} for number, pieces in cart.lines]
        if cart.view.page.cart != "order":
            return {"value": cart.cents / 100, "products": products} | self._in_currency()
        order = {"order_id": cart.order_id, "total": cart.cents / 100, "revenue": cart.cents / 100}
        return order | {"products": products} | self._in_currency()

    def _product(self, product: ProductWords) -> dict[str, object]:
        words: dict[str, object] = {"product_id": product.id, "name": product.name, "category": product.category}
        return words | {"price": product.price_cents / 100} if self._currency else words

    def _in_currency(self) -> dict[str, object]:
        return {"currency": self._currency} if self._currency else {}


CARRIES = Carried(
    event_id="messageId",
    time=TimeColumn("timestamp", TimeForm.ISO),
    visitor="anonymousId",
    order="properties.order_id",
    revenue="properties.revenue",
    names={
        "event_type": "event",
        "page": "context.page.path",
        "url": "context.page.url",
        "title": "context.page.title",
        "language": "context.locale",
        "zone": "context.timezone",
        "utm_source": "context.campaign.source",
        "utm_medium": "context.campaign.medium",
        "utm_campaign": "context.campaign.name",
    },
    template=segment_template,
)
