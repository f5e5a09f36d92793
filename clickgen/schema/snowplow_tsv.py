"""The schema `snowplow-tsv`: events as Snowplow's enrichment writes them, 131 columns without a header.

After "Enriched TSV format" and "Canonical event model" (Snowplow documentation). Times are UTC with milliseconds;
what is not known is an empty cell, domain_sessionidx and the contexts among it; user_ipaddress is left out, as
where addresses are anonymised. Collector, sender and enrichment see an event the moment it happens. Tabs in words
become four spaces and other control characters vanish, as in enrichment.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

import numpy as np

from clickgen.schema.carried import Carried, NamedValues, TimeColumn, TimeForm
from clickgen.schema.digits import Texts
from clickgen.schema.facts import DeviceWords, Vocabulary
from clickgen.schema.parts import Rows
from clickgen.schema.pieces import ID, Cart, InCart, Of, Piece, Wide
from clickgen.schema.row_values import SESSION_UUID, VISITOR_UUID, account
from clickgen.schema.snowplow import APP_ID, TRACKER, TRACKER_VERSION, kind_of, money, structured
from clickgen.schema.sources import ARRIVAL, DEVICE, PLACE, VIEW, Arrival, FieldSource, View
from clickgen.schema.times import seconds, sql_minute

T = TypeVar("T")

_NAMES_IN_ORDER = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid
geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization
ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath
page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery
refr_urlfragment refr_medium refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign
contexts se_category se_action se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total
tr_tax tr_shipping tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version br_type
br_renderengine br_lang br_features_pdf br_features_flash br_features_java br_features_director
br_features_quicktime br_features_realplayer br_features_windowsmedia br_features_gears
br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer
os_timezone dvce_type dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height
tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone
mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_device_tstamp derived_contexts
domain_sessionid derived_tstamp event_vendor event_name event_format event_version event_fingerprint
true_tstamp
"""
COLUMNS = tuple(_NAMES_IN_ORDER.split())
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EVENTS = {"pv": "page_view", "se": "struct", "tr": "transaction"}
_NAMES = {"pv": "page_view", "se": "event", "tr": "transaction"}
_TYPES = {"mobile": "Mobile", "tablet": "Tablet", "desktop": "Computer", "bot": "Unknown"}


@lru_cache(1)  # five columns have the same time
def _time(rows: Rows) -> Texts:
    texts = np.empty(len(rows), dtype=[("minute", "V16"), ("second", "V7")])
    texts["minute"], texts["second"] = sql_minute(rows.facts.time_ms), seconds(rows.facts.time_ms, 7)
    return texts.view("V23")


def snowplow_tsv_pieces(vocabulary: Vocabulary) -> Iterator[Piece]:
    """The pieces of an event: its cells with tabs in between."""
    cells = _envelope() | _who() | _page() | _arrival() | _shop(vocabulary)
    for number, column in enumerate(COLUMNS):
        if number:
            yield b"\t"
        yield from cells.get(column, ())


def _cell(source: FieldSource[T], of: Callable[[T], str]) -> tuple[Piece, ...]:
    return (Of(source, lambda word: _clean(of(word))),)


def _clean(text: str) -> bytes:
    if text.isprintable():  # nearly always, and fast to tell
        return text.encode()
    return _CONTROL.sub("", text.replace("\t", "    ")).encode()


def _envelope() -> dict[str, tuple[Piece, ...]]:
    times = ("etl_tstamp", "collector_tstamp", "dvce_created_tstamp", "dvce_sent_tstamp", "derived_tstamp")
    constant = {
        "app_id": APP_ID,
        "platform": "web",
        "name_tracker": TRACKER,
        "v_tracker": TRACKER_VERSION,
        "v_collector": "ssc-3.2.0-kinesis",
        "v_etl": "snowplow-enrich-kinesis-5.0.0",
        "br_cookies": "1",
        "doc_charset": "UTF-8",
        "event_format": "jsonschema",
        "event_version": "1-0-0",
    }
    return dict.fromkeys(times, (Wide(23, _time),)) | {name: (word.encode(),) for name, word in constant.items()}


def _who() -> dict[str, tuple[Piece, ...]]:
    return {
        "event_id": (ID,),
        "user_id": (account(b"", b"", b""),),
        "domain_userid": VISITOR_UUID.pieces[1:-1],
        "domain_sessionid": SESSION_UUID.pieces[1:-1],
        "geo_country": _cell(PLACE, lambda place: place.country),
        "geo_city": _cell(PLACE, lambda place: place.city),
        "geo_timezone": _cell(PLACE, lambda place: place.zone),
        "br_lang": _cell(PLACE, lambda place: place.language),
        "os_timezone": _cell(PLACE, lambda place: place.zone),
        "useragent": _cell(DEVICE, lambda device: device.user_agent),
        "br_name": _cell(DEVICE, lambda device: f"{device.browser} {device.browser_version}".strip()),
        "br_family": _cell(DEVICE, lambda device: device.browser),
        "br_version": _cell(DEVICE, lambda device: device.browser_version),
        "br_type": _cell(DEVICE, _browser_type),
        "os_name": _cell(DEVICE, lambda device: f"{device.os} {device.os_version}".strip()),
        "os_family": _cell(DEVICE, lambda device: device.os),
        "dvce_type": _cell(DEVICE, lambda device: _TYPES[device.type]),
        "dvce_ismobile": _cell(DEVICE, lambda device: "1" if device.type in {"mobile", "tablet"} else "0"),
        "dvce_screenwidth": _cell(DEVICE, lambda device: str(device.screen[0])),
        "dvce_screenheight": _cell(DEVICE, lambda device: str(device.screen[1])),
    }


def _browser_type(device: DeviceWords) -> str:
    return {"bot": "Robot", "desktop": "Browser"}.get(device.type, "Browser (mobile)")


def _page() -> dict[str, tuple[Piece, ...]]:
    return {
        "event": _cell(VIEW, lambda view: _EVENTS[kind_of(view)]),
        "event_name": _cell(VIEW, lambda view: _NAMES[kind_of(view)]),
        "event_vendor": _cell(VIEW, _vendor),
        "page_url": _cell(VIEW, lambda view: view.url),
        "page_title": _cell(VIEW, lambda view: view.title),
        "page_urlscheme": _cell(VIEW, lambda view: urlsplit(view.url).scheme),
        "page_urlhost": _cell(VIEW, lambda view: urlsplit(view.url).hostname or ""),
        "page_urlport": (b"443",),
        "page_urlpath": _cell(VIEW, lambda view: urlsplit(view.url).path),
        "page_urlquery": _cell(VIEW, lambda view: urlsplit(view.url).query),
        "page_urlfragment": _cell(VIEW, lambda view: urlsplit(view.url).fragment),
        "se_category": _cell(VIEW, lambda view: structured(view).category),
        "se_action": _cell(VIEW, lambda view: structured(view).action),
        "se_label": _cell(VIEW, lambda view: structured(view).label),
        "se_value": _cell(VIEW, lambda view: structured(view).value),
    }


def _vendor(view: View) -> str:
    """Enrichment gives structured events the vendor whose model they follow."""
    return "com.google.analytics" if kind_of(view) == "se" else "com.snowplowanalytics.snowplow"


def _arrival() -> dict[str, tuple[Piece, ...]]:
    return {
        "page_referrer": _cell(ARRIVAL, lambda arrival: arrival.referrer),
        "refr_urlscheme": _cell(ARRIVAL, lambda arrival: urlsplit(arrival.referrer).scheme),
        "refr_urlhost": _cell(ARRIVAL, lambda arrival: urlsplit(arrival.referrer).hostname or ""),
        "refr_urlport": _cell(ARRIVAL, lambda arrival: "443" if arrival.referrer else ""),
        "refr_urlpath": _cell(ARRIVAL, lambda arrival: urlsplit(arrival.referrer).path),
        "refr_medium": _cell(ARRIVAL, _referrer_medium),
        "mkt_medium": _cell(ARRIVAL, lambda arrival: _landed(arrival, arrival.channel.utm_medium)),
        "mkt_source": _cell(ARRIVAL, lambda arrival: _landed(arrival, arrival.channel.utm_source)),
        "mkt_campaign": _cell(ARRIVAL, lambda arrival: _landed(arrival, arrival.channel.utm_campaign)),
    }


def _referrer_medium(arrival: Arrival) -> str:
    if not arrival.landing:
        return "internal"
    return "unknown" if arrival.channel.referrer else ""


def _landed(arrival: Arrival, word: str) -> str:
    return word if arrival.landing else ""


def _shop(vocabulary: Vocabulary) -> dict[str, tuple[Piece, ...]]:
    return {
        "se_property": _in_cart(lambda cart: str(cart.quantity or "")),
        "tr_orderid": _on_order(lambda cart: cart.order_id),
        "tr_total": _on_order(lambda cart: money(cart.cents)),
        "tr_currency": _cell(VIEW, lambda view: vocabulary.currency if view.page.cart == "order" else ""),
    }


def _in_cart(of: Callable[[Cart], str]) -> tuple[Piece, ...]:
    return (InCart(lambda cart: of(cart).encode(), lambda _: b""),)


def _on_order(of: Callable[[Cart], str]) -> tuple[Piece, ...]:
    return _in_cart(lambda cart: of(cart) if cart.view.page.cart == "order" else "")


CARRIES = Carried(
    event_id="event_id",
    time=TimeColumn("derived_tstamp", TimeForm.NAIVE),
    visitor="domain_userid",
    session=("domain_sessionid",),
    order="tr_orderid",
    revenue="tr_total",
    names={
        "page": NamedValues("page_url", "url"),
        "url": NamedValues("page_url", "url"),
        "country": NamedValues("geo_country", "country"),
        "city": NamedValues("geo_city", "city"),
        "zone": NamedValues("geo_timezone", "zone"),
        "language": NamedValues("br_lang", "language"),
        "os": NamedValues("os_family", "os"),
        "browser": NamedValues("br_family", "browser"),
    },
)
