"""Which fields of recorded events say what was done, where, with which item, and by what kind of visitor."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickgen.traffic.identities import Identities
from clickgen.traffic.time_field import leaves
from clickgen.traffic.time_names import rank

_LETTERS = re.compile(r"[^a-z0-9]")
_PATH = re.compile(r"^(?:https?://|/|(?:GET|POST|HEAD|PUT) /)")
# fmt: off
_EVENT = ("eventname", "eventtype", "event", "clientevent", "action", "type", "behavior", "behaviortype", "e")
_PAGE = (
    "pagepath", "pageurlpath", "pagelocation", "pageurl", "path", "page", "url", "webpage", "uri", "csuristem",
    "requesturi", "requesturl", "request", "screenname", "screen", "pagetitle", "pagename", "title",
    "categorycode", "categoryid", "category",
)
_ITEM = (
    "productid", "itemid", "aid", "sku", "articleid", "contentid", "newsid", "movieid", "adid", "productsku",
    "product", "item", "productname", "itemname",
)
_AGENT = ("useragent", "csuseragent", "httpuseragent", "agent", "browseruseragent", "ua", "a")
_DEVICE = ("devicetype", "devicecategory", "device", "formfactor")
_SYSTEM = ("os", "osname", "operatingsystem", "platform")
_BROWSER = ("browser", "browsername")
_COUNTRY = ("countrycode", "country", "geocountry", "c")
_REFERRER = ("referrer", "referer", "pagereferrer", "csreferer", "httpreferer", "refr", "r")
_CITY = ("city", "geocity", "cy")
# fmt: on
_IN_MANY = 0.3
_OF_VISITOR = {"device", "geo", "user", "app", "traffic_source", "os", "browser"}  # what such objects hold
_FEW = 200  # different values of a field that names kinds of events


@dataclass(frozen=True, slots=True)
class Fields:
    """The paths of the fields, None for one that was not found."""

    event: str | None = None  # what was done
    page: str | None = None  # where
    item: str | None = None  # what was shown
    agent: str | None = None  # the user agent
    device: str | None = None  # its type
    system: str | None = None
    browser: str | None = None
    country: str | None = None
    city: str | None = None
    referrer: str | None = None


def find_fields(events: Sequence[Mapping[str, Any]], who: Identities, time_field: str) -> Fields:
    """The fields by the names that are common, else, for the page, by what values look like."""
    held: dict[str, list[str]] = {}
    for recorded in events:
        for name, value in leaves(recorded):
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                held.setdefault(name, []).append(str(value))
    often = {name: values for name, values in held.items() if len(values) >= _IN_MANY * len(events)}
    taken = {who.session, who.event, *time_field.split(" + ")}
    free = {name: values for name, values in often.items() if name not in taken}

    def best(known: Sequence[str], *, of_visitor: bool = True) -> str | None:
        places = {
            _LETTERS.sub("", name.rpartition(".")[2].lower()): name
            for name in sorted(free, reverse=True)
            if of_visitor or not _OF_VISITOR & set(name.lower().split(".")[:-1])
        }
        return next((places[one] for one in known if one in places and places[one] != who.visitor), None)

    few = {name: values for name, values in free.items() if len(set(values)) <= _FEW}
    event = best(_EVENT, of_visitor=False)
    page = best(_PAGE, of_visitor=False)
    varied = {name for name, values in free.items() if len(set(values)) > 1}
    item = best(_ITEM, of_visitor=False)
    item = item if item in varied else None  # one value alone is that of an application or a shop
    known = {event, page, item, best(_REFERRER), best(_COUNTRY), best(_AGENT), best(_CITY), who.visitor}
    if page is None:
        paths = [name for name, values in free.items() if name not in known and _are_paths(values)]
        page = min(paths, key=lambda name: -len(set(free[name])), default=None)
    if event is not None and event not in few:
        event = None
    if event is None and page is None:
        named = [name for name, values in few.items() if name not in known and _are_names(name, values)]
        page = max(named, key=lambda name: len(set(few[name])), default=None)
    return Fields(
        event=event,
        page=page,
        item=item if item != page else None,
        agent=best(_AGENT),
        device=best(_DEVICE),
        system=best(_SYSTEM),
        browser=best(_BROWSER),
        country=best(_COUNTRY),
        city=best(_CITY),
        referrer=best(_REFERRER),
    )


def _are_paths(values: Sequence[str]) -> bool:
    return 2 * sum(_PATH.match(value) is not None for value in values) > len(values)


def _are_names(name: str, values: Sequence[str]) -> bool:
    """Whether values may be names of pages: some words that come again and again."""
    words = sum(not value.lstrip("-").replace(".", "").isdecimal() for value in values)
    return rank(name) is None and 2 * words > len(values) and 2 <= len(set(values)) <= len(values) / 3
