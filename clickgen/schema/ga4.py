"""The schema `ga4`: rows of Google Analytics 4's BigQuery export, one JSON object a row.

After "[GA4] BigQuery Export schema" (Google Analytics help) and, for names and parameters of events, "Recommended
events" (Google Analytics developers): web streams, every key there in every row, null or [] where it does not
apply. What a row does not have, because clickgen does not know it: ga_session_number, engagement_time_msec, the
first touch of a user. traffic_source is what brought the session, on all of its events; ga_session_id is a number
of ten digits, unique for the user, but not the second that the session began; the landing page carries the
parameter entrances = 1, and there are no session_start events. The export has no field for an event's id.
"""

from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import orjson

from clickgen.schema.carried import ADDED_ID, Carried, NamedValues, TimeColumn, TimeForm
from clickgen.schema.digits import decimal_digits
from clickgen.schema.facts import ProductWords, Vocabulary
from clickgen.schema.json_text import CartSpread, CartValue, SpreadText, Value, number, text
from clickgen.schema.pieces import Cart, Wide
from clickgen.schema.row_values import EPOCH_MS_DIGITS, PLAIN_DAY, SESSION_NUMBER, USER_ID
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, VIEW, Arrival, View

# What GA4 recommends to call what the event types of a profile say; other types keep their names.
EVENT_NAMES = {
    "page_view": "page_view",
    "category_view": "view_item_list",
    "search": "view_search_results",
    "product_view": "view_item",
    "add_to_cart": "add_to_cart",
    "cart_view": "view_cart",
    "checkout_start": "begin_checkout",
    "purchase": "purchase",
}

_LINES_KEPT = 1 << 14
_SOME_AMOUNT = 0.5
STREAM_ID = "1000000001"
_CATEGORIES = {"bot": "desktop"}  # the export knows desktop, mobile and tablet
_NAMES = """
AE United Arab Emirates, AR Argentina, AT Austria, AU Australia, BE Belgium, BG Bulgaria, BR Brazil, CA Canada,
CH Switzerland, CL Chile, CN China, CO Colombia, CZ Czechia, DE Germany, DK Denmark, EE Estonia, EG Egypt, ES
Spain, FI Finland, FR France, GB United Kingdom, GR Greece, HK Hong Kong, HR Croatia, HU Hungary, ID Indonesia,
IE Ireland, IL Israel, IN India, IT Italy, JP Japan, KE Kenya, KR South Korea, LT Lithuania, LU Luxembourg, LV
Latvia, MA Morocco, MX Mexico, MY Malaysia, NG Nigeria, NL Netherlands, NO Norway, NZ New Zealand, PE Peru, PH
Philippines, PK Pakistan, PL Poland, PT Portugal, RO Romania, RS Serbia, SA Saudi Arabia, SE Sweden, SG
Singapore, SI Slovenia, SK Slovakia, TH Thailand, TR Türkiye, TW Taiwan, UA Ukraine, US United States, VN
Vietnam, ZA South Africa
"""
_NAME_OF = dict(entry.strip().split(" ", 1) for entry in _NAMES.replace("\n", " ").split(","))


def ga4_template(vocabulary: Vocabulary) -> dict[str, object]:
    """An event of the schema without its id; what depends on the same facts is kept together."""
    goods = _Goods(vocabulary)
    return {
        "event_date": PLAIN_DAY,
        "event_timestamp": number(EPOCH_MS_DIGITS, b"000"),
        "user_pseudo_id": text(_half_of_visitor(32), b".", _half_of_visitor(0)),
        "user_id": USER_ID,
        "event_name": Value(VIEW, lambda view: EVENT_NAMES.get(view.page.event, view.page.event)),
        "ecommerce": CartValue(_ecommerce, tells_lines=True),
        "items": CartValue(goods.cart_items, goods.view_items, tells_lines=True),
        "event_params": [
            Value(VIEW, lambda view: _text_param("page_location", view.url)),
            SpreadText(VIEW, _view_params),
            CartSpread(goods.cart_params, goods.view_params),
            {"key": "ga_session_id", "value": _value("int_value", SESSION_NUMBER)},
            SpreadText(ARRIVAL, _arrival_params),
        ],
        "traffic_source": Value(ARRIVAL, _traffic_source),
        "device": _device(vocabulary.site),
        "geo": {
            "country": Value(PLACE, lambda place: country_name(place.country)),
            "city": Value(PLACE, lambda place: place.city),
        },
        "stream_id": STREAM_ID,
        "platform": "WEB",
    }


def _half_of_visitor(shift: int) -> Wide:
    bits, half = np.uint64(shift), np.uint64(0xFFFFFFFF)
    return Wide(10, lambda rows: decimal_digits((rows.facts.visitor >> bits & half).astype(np.int64), 10))


def _device(site: str) -> dict[str, object]:
    return {
        "category": Value(DEVICE, lambda device: _CATEGORIES.get(device.type, device.type)),
        "mobile_brand_name": None,
        "mobile_model_name": None,
        "operating_system": Value(DEVICE, lambda device: device.os),
        "operating_system_version": Value(DEVICE, lambda device: device.os_version),
        "web_info": {
            "browser": Value(DEVICE, lambda device: device.browser),
            "browser_version": Value(DEVICE, lambda device: device.browser_version),
            "hostname": site,
        },
        "language": Value(PLACE, lambda place: place.language.lower()),
    }


def _traffic_source(arrival: Arrival) -> dict[str, object]:
    channel = arrival.channel
    if channel.utm_source:
        medium = channel.utm_medium or "(none)"
        return {"name": channel.utm_campaign or "(not set)", "medium": medium, "source": channel.utm_source}
    if channel.referrer:
        return {"name": "(referral)", "medium": "referral", "source": urlsplit(channel.referrer).hostname}
    return {"name": "(direct)", "medium": "(none)", "source": "(direct)"}


def _arrival_params(arrival: Arrival) -> list[object]:
    params: list[object] = []
    if arrival.landing:
        params.append({"key": "entrances", "value": _value("int_value", 1)})
    if arrival.referrer:
        params.append(_text_param("page_referrer", arrival.referrer))
    return params


def _view_params(view: View) -> list[object]:
    params: list[object] = [_text_param("page_title", view.title)]
    if view.term:
        params.append(_text_param("search_term", view.term))
    if view.page.shows == "category":
        params.append(_text_param("item_list_name", view.category))
    return params


def _ecommerce(cart: Cart) -> dict[str, object]:
    bought = cart.view.page.cart == "order"
    return {
        "transaction_id": cart.order_id if bought else None,
        "purchase_revenue": cart.cents / 100 if bought else None,
        "total_item_quantity": cart.quantity or cart.items,
        "unique_items": 1 if cart.quantity else len(cart.lines),
    }


class _Goods:
    """What events say of the products on their pages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._products, self._currency = vocabulary.products, vocabulary.currency
        self._currency_param = orjson.Fragment(orjson.dumps(_text_param("currency", vocabulary.currency)))
        amount = orjson.dumps({"key": "value", "value": _value("double_value", _SOME_AMOUNT)})
        self._before_amount, _, self._after_amount = amount.partition(orjson.dumps(_SOME_AMOUNT))
        self._number_of = {product: number for number, product in enumerate(vocabulary.products)}
        self._line = lru_cache(_LINES_KEPT)(self._written_line)

    def view_params(self, view: View) -> list[object]:
        return self._worth(view.product.price_cents) if view.product else []

    def cart_params(self, cart: Cart) -> list[object]:
        """An addition is worth what is put in, other events what is in the cart."""
        added = cart.view.product.price_cents * cart.quantity if cart.view.product else cart.cents
        params = self._worth(added)
        if cart.view.page.cart == "order":
            params.append(_text_param("transaction_id", cart.order_id))
        return params

    def view_items(self, view: View) -> list[object]:
        return [self._item(view.product, 1)] if view.product else []

    def cart_items(self, cart: Cart) -> list[object]:
        if cart.view.product:
            return [self._line(self._number_of[cart.view.product], cart.quantity)]
        return [self._line(number, pieces) for number, pieces in cart.lines]

    def _written_line(self, number: int, pieces: int) -> orjson.Fragment:
        return orjson.Fragment(orjson.dumps(self._item(self._products[number], pieces)))

    def _worth(self, cents: int) -> list[object]:
        if not self._currency:
            return []
        return [
            self._currency_param,
            orjson.Fragment(self._before_amount + orjson.dumps(cents / 100) + self._after_amount),
        ]

    def _item(self, product: ProductWords, quantity: int) -> dict[str, object]:
        return {
            "item_id": product.id,
            "item_name": product.name,
            "item_category": product.category,
            "price": product.price_cents / 100 if self._currency else None,
            "quantity": quantity,
        }


def _text_param(key: str, value: str) -> dict[str, object]:
    return {"key": key, "value": _value("string_value", value)}


def _value(kind: str, value: object) -> dict[str, object]:
    return {"string_value": None, "int_value": None, "float_value": None, "double_value": None, kind: value}


_URL = "event_params[page_location].string_value"
CARRIES = Carried(
    event_id=ADDED_ID,
    time=TimeColumn("event_timestamp", TimeForm.MICROSECONDS),
    visitor="user_pseudo_id",
    session=("user_pseudo_id", "event_params[ga_session_id].int_value"),
    order="ecommerce.transaction_id",
    revenue="ecommerce.purchase_revenue",
    names={
        "event_type": "event_name",
        "page": NamedValues(_URL, "url"),
        "url": NamedValues(_URL, "url"),
        "title": NamedValues("event_params[page_title].string_value", "title"),
        "search_term": NamedValues("event_params[search_term].string_value", "search_term"),
        "country": "geo.country",
        "city": "geo.city",
        "device": "device.category",
        "os": "device.operating_system",
        "browser": "device.web_info.browser",
        "language": "device.language",
        "source": "traffic_source.source",
        "medium": "traffic_source.medium",
        "campaign": "traffic_source.name",
    },
    template=ga4_template,
)


def country_name(code: str) -> str:
    """The country's name, or the code itself if it is not among the sixty that are known here."""
    return _NAME_OF.get(code, code)
