"""Where the events of each schema carry what analytics count and group by."""

from collections.abc import Iterator, Mapping

from clickgen.schema.aws_clickstream import aws_clickstream_template
from clickgen.schema.carried import Carried, NamedValues, TimeColumn, TimeForm
from clickgen.schema.fields import fields_template, id_path_of
from clickgen.schema.flat import flat_template
from clickgen.schema.ga4 import ga4_template
from clickgen.schema.pipelines import client_event_template, order_template, page_view_template
from clickgen.schema.registry import ADDED_ID, Schema
from clickgen.schema.segment import segment_template
from clickgen.schema.snowplow import snowplow_template

_TIME_FACTS = {
    "event_time": TimeForm.ISO,
    "naive_time": TimeForm.NAIVE,
    "epoch_ms": TimeForm.MILLISECONDS,
    "epoch_s": TimeForm.SECONDS,
}


def _named(**columns: str) -> Iterator[tuple[str, NamedValues]]:
    """Columns of text, each under the name of the fact that it says."""
    return ((fact, NamedValues(path, fact)) for fact, path in columns.items())


_GA4_URL = "event_params[page_location].string_value"
_SCHEMAS: Mapping[str, Carried] = {
    "flat": Carried(
        event_id="event_id",
        time=TimeColumn("event_time", TimeForm.ISO),
        visitor="visitor_id",
        session=("session_id",),
        order="order_id",
        revenue="cart_value",
        names={"path": "page"},
        template=flat_template,
    ),
    "ga4": Carried(
        event_id=ADDED_ID,
        time=TimeColumn("event_timestamp", TimeForm.MICROSECONDS),
        visitor="user_pseudo_id",
        session=("user_pseudo_id", "event_params[ga_session_id].int_value"),
        order="ecommerce.transaction_id",
        revenue="ecommerce.purchase_revenue",
        names={
            "event_type": "event_name",
            "page": NamedValues(_GA4_URL, "url"),
            "url": NamedValues(_GA4_URL, "url"),
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
    ),
    "snowplow": Carried(
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
    ),
    "snowplow-tsv": Carried(
        event_id="event_id",
        time=TimeColumn("derived_tstamp", TimeForm.NAIVE),
        visitor="domain_userid",
        session=("domain_sessionid",),
        order="tr_orderid",
        revenue="tr_total",
        names={
            "page": NamedValues("page_url", "url"),
            **dict(
                _named(
                    url="page_url",
                    country="geo_country",
                    city="geo_city",
                    zone="geo_timezone",
                    language="br_lang",
                    os="os_family",
                    browser="br_family",
                )
            ),
        },
    ),
    "segment": Carried(
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
    ),
    "aws-clickstream": Carried(
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
    ),
    "combined": Carried(),
    "page-view": Carried(
        event_id=ADDED_ID,
        time=TimeColumn("ts", TimeForm.ISO),
        visitor="user",
        names={"path": "page"},
        template=page_view_template,
    ),
    "client-event": Carried(
        event_id=ADDED_ID,
        time=TimeColumn("client_timestamp", TimeForm.NAIVE),
        visitor="user_id",
        numbered=True,
        names={"event_type": "client_event", "device": "device_id"},
        template=client_event_template,
    ),
    "order": Carried(event_id=ADDED_ID, template=order_template),
}


def carried_by(schema: Schema) -> Carried:
    """What the events of a schema carry: of one that has a name, or of the fields of a profile."""
    return _SCHEMAS[schema] if isinstance(schema, str) else _of_fields(schema)


def _of_fields(fields: Mapping[str, object]) -> Carried:
    at = {fact: ".".join(path) for fact, path in reversed(list(_facts_at(fields)))}
    times = (TimeColumn(at[fact], form) for fact, form in _TIME_FACTS.items() if fact in at)
    visitor = next((at[fact] for fact in ("visitor_id", "visitor_uuid", "visitor_number") if fact in at), None)
    session = next((at[fact] for fact in ("session_id", "session_uuid") if fact in at), None)
    return Carried(
        event_id=".".join(id_path_of(fields, ADDED_ID)),
        time=next(times, None),
        visitor=visitor,
        numbered=visitor is not None and visitor == at.get("visitor_number"),
        session=() if session is None else (session,),
        order=at.get("order_id"),
        revenue=at.get("cart_value") if "order_id" in at else None,
        names={fact: path for fact, path in at.items() if fact not in fields},
        template=lambda _: fields_template(fields, ADDED_ID),
    )


def _facts_at(fields: Mapping[str, object], at: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of each fact that the fields carry, and the names that lead to it."""
    for name, value in fields.items():
        fact = value.get("fact") if isinstance(value, Mapping) else value
        if isinstance(fact, str):
            yield fact, (*at, name)
        elif isinstance(value, Mapping):
            yield from _facts_at(value, (*at, name))
