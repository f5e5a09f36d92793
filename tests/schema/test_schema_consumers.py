"""Events read by those they are made for: DuckDB in BigQuery's manner, tables, protocols, readers of logs."""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import numpy as np
import orjson
import pytest

from clickgen.schema.snowplow import PAYLOAD_SCHEMA
from clickgen.schema.snowplow_tsv import COLUMNS
from tests.schema.test_schemas import LOG_LINE
from tests.support.made_facts import ADD, CART, ORDER, PAGES, PRODUCT, TIME_MS, a_walk, facts, lines_of, vocabulary

# What the payload_data schema allows, as far as web trackers use it; nothing else may be there.
TRACKER_FIELDS = """
tna aid p dtm tz e tid eid tv duid nuid uid vid ip res url page refr cookie lang cd ds cs vp tr_id tr_af tr_tt
tr_tx tr_sh tr_ci tr_st tr_co tr_cu se_ca se_ac se_la se_pr se_va co cx ua stm sid
"""


@pytest.fixture
def ga4(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A table `events` with the rows of a walk, the first page being the landing page."""
    path = tmp_path / "events.json"
    rows = a_walk(channel=1, signed_in=np.arange(len(PAGES)) > 2, time_ms=TIME_MS + np.arange(len(PAGES)))
    path.write_bytes(b"\n".join(lines_of("ga4", vocabulary(), rows)))
    with duckdb.connect() as connection:
        connection.read_json(str(path)).create("events")
        yield connection


def test_parameters_of_ga4_are_unnested_as_in_bigquery(ga4: duckdb.DuckDBPyConnection) -> None:
    found = ga4.execute(
        """
        SELECT event_name, max(p.value.string_value) FILTER (p.key = 'page_location'),
               max(p.value.int_value) FILTER (p.key = 'entrances'),
               max(p.value.int_value) FILTER (p.key = 'ga_session_id') > 1e9,
               max(p.value.double_value) FILTER (p.key = 'value'),
               max(p.value.string_value) FILTER (p.key = 'search_term')
        FROM events, UNNEST(event_params) AS t(p) GROUP BY event_timestamp, event_name ORDER BY event_timestamp
        """
    ).fetchall()
    site = "https://www.example.com"
    assert found == [
        ("page_view", f"{site}/", 1, True, None, None),
        ("view_item_list", f"{site}/c/kettle", None, True, None, None),
        ("view_search_results", f"{site}/search?q=kettle", None, True, None, "Kettle"),
        ("view_item", f"{site}/p/kettle-123", None, True, 49.9, None),
        ("add_to_cart", f"{site}/p/kettle-123", None, True, 99.8, None),
        ("view_cart", f"{site}/cart", None, True, 99.8, None),
        ("purchase", f"{site}/thanks", None, True, 99.8, None),
    ]


def test_the_usual_reports_on_ga4_add_up(ga4: duckdb.DuckDBPyConnection) -> None:
    (revenue,) = ga4.execute("SELECT sum(ecommerce.purchase_revenue) FROM events").fetchall()
    (items,) = ga4.execute(
        "SELECT sum(i.price * i.quantity) FROM events, UNNEST(items) AS t(i) WHERE event_name = 'purchase'"
    ).fetchall()
    assert revenue == items == (99.8,)
    (users,) = ga4.execute(
        "SELECT count(DISTINCT user_pseudo_id), count(DISTINCT user_id), any_value(event_date), "
        "min(event_timestamp) FROM events"
    ).fetchall()
    assert users[:2] == (1, 1)
    assert (int(users[2]), users[3]) == (20261121, TIME_MS * 1000)
    (who,) = ga4.execute(
        "SELECT DISTINCT device.category, device.web_info.hostname, geo.country, traffic_source.source, platform "
        "FROM events"
    ).fetchall()
    assert who == ("mobile", "www.example.com", "Germany", "Kettle", "WEB")


def test_an_addition_in_ga4_has_what_was_added_and_a_purchase_what_was_bought() -> None:
    lines = np.empty(2, dtype=object)
    lines[:] = [((0, 1), (1, 2)), ((0, 1), (1, 2))]
    bought_too = {"cart_items": 3, "cart_cents": 7490, "lines": lines}
    rows = facts(2, page=np.array([ADD, ORDER]), item=np.array([1, 0]), quantity=np.array([2, 0]), **bought_too)
    added, bought = (orjson.loads(line) for line in lines_of("ga4", vocabulary(), rows))
    assert [(item["item_id"], item["quantity"]) for item in added["items"]] == [("124", 2)]
    assert [(item["item_id"], item["quantity"]) for item in bought["items"]] == [("123", 1), ("124", 2)]
    assert (bought["ecommerce"]["total_item_quantity"], bought["ecommerce"]["unique_items"]) == (3, 2)


def tracked(**columns: Any) -> list[dict[str, str]]:
    found = [orjson.loads(line) for line in lines_of("snowplow", vocabulary(), a_walk(**columns))]
    assert all(payload["schema"] == PAYLOAD_SCHEMA and len(payload["data"]) == 1 for payload in found)
    return [payload["data"][0] for payload in found]


def test_snowplow_payloads_keep_to_their_json_schema() -> None:
    for event in tracked(signed_in=True, page_number=1, channel=1):
        assert event.keys() <= set(TRACKER_FIELDS.split())
        assert event.keys() >= {"tv", "p", "e", "eid", "uid", "refr"}
        assert all(isinstance(value, str) for value in event.values())


def test_snowplow_tells_page_views_structured_events_and_transactions() -> None:
    events = tracked()
    assert [event["e"] for event in events] == ["pv", "pv", "se", "pv", "se", "pv", "tr"]
    searched, added, bought = events[2], events[ADD], events[ORDER]
    assert (searched["se_ca"], searched["se_ac"], searched["se_la"]) == ("search", "search", "Kettle")
    assert (added["se_ac"], added["se_la"], added["se_pr"], added["se_va"]) == ("add_to_cart", "123", "2", "49.90")
    assert (bought["tr_tt"], bought["tr_cu"]) == ("99.80", "EUR")
    assert not any(key.startswith(("se_", "tr_")) for key in events[CART])


def test_snowplow_rows_have_their_131_columns_and_the_payloads_words() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 131
    lines = lines_of("snowplow-tsv", vocabulary("Ke\tt\ntle"), a_walk(page_number=1, channel=1))
    rows = [dict(zip(COLUMNS, line.decode().split("\t"), strict=True)) for line in lines]
    for row, event in zip(rows, tracked(page_number=1, channel=1), strict=True):
        assert (row["domain_userid"], row["domain_sessionid"]) == (event["duid"], event["sid"])
        assert (row["se_property"], row["tr_total"]) == (event.get("se_pr", ""), event.get("tr_tt", ""))
        assert row["collector_tstamp"] == row["derived_tstamp"] == "2026-11-21 10:00:00.123"
        assert (row["page_urlhost"], row["refr_urlhost"]) == ("www.example.com", "a.example")
    assert rows[PRODUCT]["page_title"] == "Ke    ttle Ke    ttle"
    assert [row["event"] for row in rows] == [
        {"pv": "page_view", "se": "struct", "tr": "transaction"}[event["e"]] for event in tracked()
    ]


def test_segment_calls_follow_its_ecommerce_spec() -> None:
    calls = [orjson.loads(line) for line in lines_of("segment", vocabulary(), a_walk(page_number=1, channel=1))]
    assert [(call["type"], call.get("event", call.get("name"))) for call in calls] == [
        ("page", "home"),
        ("track", "Product List Viewed"),
        ("track", "Products Searched"),
        ("track", "Product Viewed"),
        ("track", "Product Added"),
        ("track", "Cart Viewed"),
        ("track", "Order Completed"),
    ]
    for call in calls:
        assert call["timestamp"] == call["originalTimestamp"] == call["sentAt"] == "2026-11-21T10:00:00.123Z"
        assert call["context"]["campaign"] == {"name": "Kettle", "source": "Kettle"}
        assert call["context"]["page"]["path"] == urlsplit(call["properties"]["url"]).path
    product = {"product_id": "123", "name": "Kettle", "category": "Kettle", "price": 49.9}
    assert calls[ADD]["properties"].items() >= (product | {"quantity": 2, "currency": "EUR"}).items()
    assert calls[ORDER]["properties"]["products"] == [product | {"quantity": 2}]


def test_the_aws_solution_gets_its_own_types_and_names() -> None:
    events = [orjson.loads(line) for line in lines_of("aws-clickstream", vocabulary(), a_walk(signed_in=True))]
    assert [event["event_type"] for event in events[:4]] == [
        "_page_view",
        "category_view",
        "_search",
        "product_view",
    ]
    for event in events:
        assert event["timestamp"] == TIME_MS
        assert (event["platform"], event["host_name"], event["screen_width"]) == ("Web", "www.example.com", 390)
        assert event["user"]["_user_id"]["value"]
        names = [*event["attributes"], event["event_type"]]
        assert all(name.isidentifier() and name.isascii() and len(name) <= 50 for name in names)
    assert ("_entrances" in events[0]["attributes"], "_entrances" in events[1]["attributes"]) == (True, False)
    assert [item["quantity"] for item in events[ORDER]["items"]] == [2]


def test_log_lines_have_a_clock_an_address_and_a_size() -> None:
    visitors = np.arange(len(PAGES)).astype(np.uint64) * np.uint64(99_991)
    sizes: dict[str, str] = {}
    for line in lines_of("combined", vocabulary('a"b\\c'), a_walk(visitor=visitors, page_number=2)):
        found = LOG_LINE.fullmatch(line.decode())
        assert found is not None
        assert ip_address(found["ip"]) in ip_network("100.64.0.0/10")
        assert datetime.strptime(found["time"], "%d/%b/%Y:%H:%M:%S %z").timestamp() == TIME_MS // 1000
        assert (found["referrer"], found["agent"]) == ("https://www.example.com/", r"a\x22b\x5Cc")
        assert sizes.setdefault(found["path"], found["size"]) == found["size"]
        assert int(found["size"]) > 1000
    assert len(sizes) > 4


def test_small_schemas_have_just_the_fields_of_their_pipelines() -> None:
    rows = a_walk(session=np.arange(len(PAGES)).astype(np.uint64))
    for line in lines_of("page-view", vocabulary(), rows):
        event = orjson.loads(line)
        assert list(event) == ["clickgen_id", "user", "ts", "page", "debug"]
        assert event["debug"] is False
    for line in lines_of("client-event", vocabulary(), rows):
        event = orjson.loads(line)
        assert list(event) == ["clickgen_id", "user_id", "device_id", "client_event", "client_timestamp"]
        assert 0 < event["user_id"] < 2**31
        assert datetime.fromisoformat(event["client_timestamp"]).tzinfo is None
    orders = [orjson.loads(line) for line in lines_of("order", vocabulary(), rows)]
    assert [order["quantity"] for order in orders] == [1, 1, 1, 1, 2, 1, 1]
    assert (orders[PRODUCT]["product_name"], orders[PRODUCT]["price"]) == ("Kettle", 49.9)
    for order in orders:
        assert list(order) == ["clickgen_id", "orderid", "product_name", "quantity", "price"]
        assert 1 <= int(order["orderid"]) <= 10_000
        assert {"Kettle": 49.9, "Small Kettle": 12.5}[order["product_name"]] == order["price"]
