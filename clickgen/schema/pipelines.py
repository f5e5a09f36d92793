"""The schemas `page-view`, `client-event` and `order`: the small events of three public AWS pipelines.

Each pipeline's own script makes such events, and its transform, table or pipe expects just these fields:

- `page-view`, Terraform: Firehose → S3 → Lambda → Parquet → Athena. {user, ts, page, debug}.
- `client-event`, Firehose → S3 → Glue → Athena. {user_id, device_id, client_event, client_timestamp}: user_id
  fits 32 bits, so that of a million visitors some hundreds share one; device_id is the kind of device, as in that
  pipeline; the time is UTC without saying so.
- `order`, DynamoDB → Streams → EventBridge Pipe → Kinesis → Firehose → Athena. {orderid, product_name, quantity,
  price}: every event of the traffic becomes one order line, whatever the visitor did: of the product on the page,
  or where it shows none, of one that is drawn for the session. quantity is what was put into the cart, else 1;
  orderid is from "1" to "10000" and recurs, which overwrites an item in the table.
"""

from clickgen.model.errors import UsageProblem
from clickgen.schema.carried import ADDED_ID, Carried, TimeColumn, TimeForm
from clickgen.schema.facts import Vocabulary
from clickgen.schema.json_text import CartValue, Value
from clickgen.schema.row_values import NAIVE_TIME, TIME, USER_NUMBER, VISITOR_ID
from clickgen.schema.sources import ANY_PRODUCT, DEVICE, ORDER_NUMBER, VIEW

_DEVICES = {"desktop": "computer"}


def page_view_template(_: Vocabulary) -> dict[str, object]:
    """A page view; debug is false, since debug events are what a transform may drop."""
    return {"user": VISITOR_ID, "ts": TIME, "page": Value(VIEW, lambda view: view.path), "debug": False}


def client_event_template(_: Vocabulary) -> dict[str, object]:
    """A client event; its name is the event type of the profile."""
    return {
        "user_id": USER_NUMBER,
        "device_id": Value(DEVICE, lambda device: _DEVICES.get(device.type, device.type)),
        "client_event": Value(VIEW, lambda view: view.page.event),
        "client_timestamp": NAIVE_TIME,
    }


def order_template(vocabulary: Vocabulary) -> dict[str, object]:
    """An order line. Raises UsageProblem if the profile sells nothing."""
    if not vocabulary.products:
        raise UsageProblem(
            "the schema order needs products, and this profile has no catalogue",
            "choose a profile with one, such as shop, or another schema",
        )
    return {
        "orderid": Value(ORDER_NUMBER, lambda number: number),
        "product_name": Value(ANY_PRODUCT, lambda product: product.name),
        "quantity": CartValue(lambda cart: cart.quantity or 1, lambda _: 1),
        "price": Value(ANY_PRODUCT, lambda product: product.price_cents / 100),
    }


PAGE_VIEW_CARRIES = Carried(
    event_id=ADDED_ID,
    time=TimeColumn("ts", TimeForm.ISO),
    visitor="user",
    names={"path": "page"},
    template=page_view_template,
)

CLIENT_EVENT_CARRIES = Carried(
    event_id=ADDED_ID,
    time=TimeColumn("client_timestamp", TimeForm.NAIVE),
    visitor="user_id",
    numbered=True,
    names={"event_type": "client_event", "device": "device_id"},
    template=client_event_template,
)

ORDER_CARRIES = Carried(event_id=ADDED_ID, template=order_template)
