"""The schema `snowplow`: what a web tracker posts to a collector, one payload with one event a line.

After the Snowplow Tracker Protocol and its JSON Schema,
iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4: short names, every value a string. An order is a
transaction (tr) without its items, which would be events of their own. The collector would add its time and the
request's headers. The session's number of the visitor (vid) is not known and left out.
"""

from typing import NamedTuple

from clickgen.schema.carried import Carried, TimeColumn, TimeForm
from clickgen.schema.facts import Vocabulary
from clickgen.schema.json_text import CartSpread, RawSpread, SpreadText, Value, text
from clickgen.schema.pieces import Cart
from clickgen.schema.row_values import EPOCH_MS_DIGITS, EVENT_ID, SESSION_UUID, VISITOR_UUID, account
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, VIEW, View

PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
TRACKER, TRACKER_VERSION, APP_ID = "clickgen", "js-3.24.0", "website"


def snowplow_template(vocabulary: Vocabulary) -> dict[str, object]:
    """An event of the schema; what depends on the same facts is kept together."""
    event = {
        "p": "web",
        "eid": EVENT_ID,
        "dtm": text(EPOCH_MS_DIGITS),
        "stm": text(EPOCH_MS_DIGITS),
        "duid": VISITOR_UUID,
        "sid": SESSION_UUID,
        "uid": RawSpread((account(b',"uid":"', b'"', b""),)),
        "tna": TRACKER,
        "tv": TRACKER_VERSION,
        "aid": APP_ID,
        "cs": "UTF-8",
        "cookie": "1",
        "res": Value(DEVICE, lambda device: f"{device.screen[0]}x{device.screen[1]}"),
        "ua": Value(DEVICE, lambda device: device.user_agent),
        "lang": Value(PLACE, lambda place: place.language),
        "tz": Value(PLACE, lambda place: place.zone),
        "refr": SpreadText(ARRIVAL, lambda arrival: {"refr": arrival.referrer} if arrival.referrer else {}),
        "e": Value(VIEW, kind_of),
        "url": Value(VIEW, lambda view: view.url),
        "page": Value(VIEW, lambda view: view.title),
        "structured": SpreadText(VIEW, _structured),
        "cart": CartSpread(lambda cart: _cart(cart, vocabulary.currency)),
    }
    return {"schema": PAYLOAD_SCHEMA, "data": [event]}


def _structured(view: View) -> dict[str, object]:
    words = structured(view)
    named = {"se_ca": words.category, "se_ac": words.action, "se_la": words.label, "se_va": words.value}
    return {name: word for name, word in named.items() if word}


def _cart(cart: Cart, currency: str) -> dict[str, object]:
    if cart.view.page.cart == "order":
        return {"tr_id": cart.order_id, "tr_tt": money(cart.cents), "tr_cu": currency}
    return {"se_pr": str(cart.quantity)} if cart.quantity else {}


CARRIES = Carried(
    event_id="data[].eid",
    time=TimeColumn("data[].dtm", TimeForm.MILLISECONDS),
    visitor="data[].duid",
    session=("data[].sid",),
    order="data[].tr_id",
    revenue="data[].tr_tt",
    names={
        "event_type": "data[].se_ac",
        "page": "data[].url",
        "url": "data[].url",
        "title": "data[].page",
        "language": "data[].lang",
        "zone": "data[].tz",
        "screen": "data[].res",
        "user_agent": "data[].ua",
    },
    template=snowplow_template,
)


class Structured(NamedTuple):
    """A structured event's category, action, label and value; "" if there is none."""

    category: str
    action: str
    label: str
    value: str


def kind_of(view: View) -> str:
    """`pv` for a page view, `tr` for an order, `se` for all else that visitors do."""
    if view.page.cart == "order":
        return "tr"
    return "pv" if view.is_page_view else "se"


def structured(view: View) -> Structured:
    """The event as a structured one: what was done, with what, and the product's price as the value."""
    if kind_of(view) != "se":
        return Structured("", "", "", "")
    category = "ecommerce" if view.about_cart else "search" if view.term else view.page.name
    label = view.product.id if view.product else view.term or view.category
    value = money(view.product.price_cents) if view.product else ""
    return Structured(category, view.page.event, label, value)


def money(cents: int) -> str:
    """An amount in units of the currency, with two decimals."""
    return f"{cents // 100}.{cents % 100:02}"
