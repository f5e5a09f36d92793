"""A click as the table has it, made into a row of the warehouse."""

import json
from datetime import UTC, datetime
from typing import Any

_REQUIRED = ("event_id", "event_time", "visitor_id", "event_type")
_DEVICE_CLASSES = {"desktop": "desktop", "mobile": "handheld", "tablet": "handheld", "bot": "bot"}
_SECTIONS = {"c": "category", "p": "product", "search": "search", "cart": "cart", "checkout": "checkout"}


def click_of(change: dict[str, Any]) -> bytes:
    """The row of a new image, as the JSON line that COPY reads.

    Raises KeyError, TypeError, AttributeError or ValueError if it is not a click.
    """
    click = {name: plain(value) for name, value in change["NewImage"].items()}
    for name in _REQUIRED:
        if not isinstance(click[name], str):
            raise TypeError(f"{name} is {click[name]!r}, not a text")
    when = datetime.fromisoformat(click["event_time"]).astimezone(UTC)
    click["event_time"] = when.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    click["section"] = _section(click.get("page"))
    click["device_class"] = _DEVICE_CLASSES.get(click.get("device", ""), "other")
    click["is_purchase"] = "order_id" in click
    return json.dumps(click, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def plain(value: dict[str, Any]) -> Any:
    """An attribute value without its type: {"N": "3"} is 3."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return int(inner) if inner.lstrip("-").isdecimal() else float(inner)
    if kind == "M":
        return {name: plain(one) for name, one in inner.items()}
    if kind == "L":
        return [plain(one) for one in inner]
    return None if kind == "NULL" else inner


def _section(page: Any) -> str:
    """The part of the site that a path is in: /p/lamp-1 is a product."""
    first = str(page or "").strip("/").split("/")[0]
    return _SECTIONS.get(first, "other") if first else "home"
