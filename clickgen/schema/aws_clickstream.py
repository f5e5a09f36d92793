"""The schema `aws-clickstream`: events of the solution Clickstream Analytics on AWS, one JSON object an event.

After the event that its web SDK makes (awslabs/clickstream-web, `AnalyticsEventBuilder`, without the hashCode that
later versions dropped) and "Data format definition" of its SDK manual. A collector would wrap such events into an
envelope with the request's address and time. Names that begin with _ are the SDK's own; page views and searches
have the SDK's types, other types their own names.
"""

from clickgen.schema.carried import Carried, TimeColumn, TimeForm
from clickgen.schema.facts import ProductWords, Vocabulary
from clickgen.schema.json_text import CartSpread, CartValue, SpreadText, Value
from clickgen.schema.pieces import Cart
from clickgen.schema.row_values import EPOCH_MS, EVENT_ID, SESSION_ID, USER_ID, VISITOR_UUID
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, VIEW, Arrival, View

EVENT_TYPES = {"page_view": "_page_view", "search": "_search"}


def aws_clickstream_template(vocabulary: Vocabulary) -> dict[str, object]:
    """An event of the schema; what depends on the same facts is kept together."""
    goods = _Goods(vocabulary)
    return {
        "event_id": EVENT_ID,
        "timestamp": EPOCH_MS,
        "device_id": VISITOR_UUID,
        "unique_id": VISITOR_UUID,
        "app_id": "clickgen",
        "platform": "Web",
        "sdk_name": "aws-solution-clickstream-sdk",
        "sdk_version": "0.12.4",
        "host_name": vocabulary.site,
        "user": {"_user_id": {"value": USER_ID}},
        "screen_width": Value(DEVICE, lambda device: device.screen[0]),
        "screen_height": Value(DEVICE, lambda device: device.screen[1]),
        "make": Value(DEVICE, lambda device: device.browser),
        "locale": Value(PLACE, lambda place: place.language),
        "system_language": Value(PLACE, lambda place: place.language.split("-")[0]),
        "country_code": Value(PLACE, lambda place: place.country),
        "attributes": {
            "_session_id": SESSION_ID,
            "arrival": SpreadText(ARRIVAL, _arrival),
            "seen": SpreadText(VIEW, _seen),
            "cart": CartSpread(goods.cart_attributes),
        },
        "event_type": Value(VIEW, lambda view: EVENT_TYPES.get(view.page.event, view.page.event)),
        "items": CartValue(goods.cart_items, goods.view_items, tells_lines=True),
    }


def _arrival(arrival: Arrival) -> dict[str, object]:
    channel = arrival.channel
    words: dict[str, object] = {"_page_referrer": arrival.referrer}
    if arrival.landing:
        words["_entrances"] = 1
        words["_traffic_source_source"] = channel.utm_source
        words["_traffic_source_medium"] = channel.utm_medium
        words["_traffic_source_campaign"] = channel.utm_campaign
    return {name: word for name, word in words.items() if word}


def _seen(view: View) -> dict[str, object]:
    words: dict[str, object] = {"_page_url": view.url, "_page_title": view.title}
    return words | {"_search_key": "q", "_search_term": view.term} if view.term else words


class _Goods:
    """What events say of the products on their pages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._products, self._currency = vocabulary.products, vocabulary.currency

    def cart_attributes(self, cart: Cart) -> dict[str, object]:
        words: dict[str, object] = {"cart_items": cart.items, "cart_value": cart.cents / 100}
        if cart.view.page.cart == "order":
            words["order_id"] = cart.order_id
        return words

    def view_items(self, view: View) -> list[object]:
        return [self._item(view.product, 1)] if view.product else []

    def cart_items(self, cart: Cart) -> list[object]:
        """What is put in, on other pages what is in the cart."""
        if cart.view.product:
            return [self._item(cart.view.product, cart.quantity)]
        return [self._item(self._products[number], pieces) for number, pieces in cart.lines]

    def _item(self, product: ProductWords, quantity: int) -> dict[str, object]:
        words: dict[str, object] = {"id": product.id, "name": product.name, "category": product.category}
        if self._currency:
            words |= {"price": product.price_cents / 100, "currency": self._currency}
        return words | {"quantity": quantity}


CARRIES = Carried(
    event_id="event_id",
    time=TimeColumn("timestamp", TimeForm.MILLISECONDS),
    visitor="device_id",
    session=("attributes._session_id",),
    order="attributes.order_id",
    revenue="attributes.cart_value",
    names={
        "page": "attributes._page_url",
        "url": "attributes._page_url",
        "title": "attributes._page_title",
        "search_term": "attributes._search_term",
        "country": "country_code",
        "language": "locale",
        "browser": "make",
        "utm_source": "attributes._traffic_source_source",
        "utm_medium": "attributes._traffic_source_medium",
        "utm_campaign": "attributes._traffic_source_campaign",
    },
    template=aws_clickstream_template,
)
