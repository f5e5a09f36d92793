"""What Snowplow's trackers make of an event: a page view, a structured event or a transaction."""

from typing import NamedTuple

from clickgen.schema.views import View


class Structured(NamedTuple):
    """A structured event's category, action, label and value; "" where there is none."""

    category: str
    action: str
    label: str
    value: str


def kind_of(view: View) -> str:
    """`pv` for a page view, `tr` for an order, `se` for whatever else visitors do."""
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
