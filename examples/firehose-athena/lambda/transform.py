"""Validates, enriches and counts client events on their way through Firehose.

- Validates: what is not a client event, as `problem_of` has it, is given back as ProcessingFailed, and Firehose
  keeps it below its error prefix; an empty record is Dropped.
- Enriches: `event_date`, `event_hour`, `page_group` and `device_class` are added, so that no query works them out.
- Counts: hits by page and minute of the event go into a DynamoDB table (`counts.py`).

A table that cannot be written to does not hold up delivery: the events go on, and the log says which batch is not
counted.
"""

import base64
import json
import logging
import os
from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

from counts import CountsTable, PageMinute

logger = logging.getLogger()
logger.setLevel(logging.INFO)

_TEXTS = ("device_id", "client_event", "client_timestamp")
_DEVICE_CLASSES = {"computer": "desktop", "mobile": "handheld", "tablet": "handheld"}
_PAGE_GROUPS = {
    "add_to_cart": "checkout",
    "cart_view": "checkout",
    "checkout_start": "checkout",
    "purchase": "checkout",
    "category_view": "browsing",
    "product_view": "browsing",
    "search": "browsing",
    "page_view": "landing",
}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The answer of a Firehose transformation: every record once, by its id."""
    hits: Counter[PageMinute] = Counter()
    answers = [_answer(record, hits) for record in event["records"]]
    results = Counter(answer["result"] for answer in answers)
    logger.info("%s: %s", event["invocationId"], dict(results))
    _count(hits, [record["recordId"] for record in event["records"]])
    return {"records": answers}


def _answer(record: dict[str, Any], hits: Counter[PageMinute]) -> dict[str, Any]:
    """What becomes of one record; a good event is noted in `hits`."""
    content = base64.b64decode(record["data"])
    if not content.strip():
        return {"recordId": record["recordId"], "result": "Dropped", "data": record["data"]}
    try:
        click = json.loads(content)
    except ValueError as mistake:
        return _failed(record, f"not JSON: {mistake}")
    problem = problem_of(click)
    if problem is not None:
        return _failed(record, problem)
    line = json.dumps(click | _enrichment(click), separators=(",", ":"), ensure_ascii=False) + "\n"
    hits[PageMinute(click["client_event"], _minute(click))] += 1
    return {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode()}


def _failed(record: dict[str, Any], why: str) -> dict[str, Any]:
    logger.warning("record %s failed: %s", record["recordId"], why)
    return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}


def problem_of(click: Any) -> str | None:
    """What keeps an object from being a client event, or None if it is one."""
    if not isinstance(click, dict):
        return "not a JSON object"
    user = click.get("user_id")
    if not isinstance(user, int) or isinstance(user, bool) or user < 0:
        return f"user_id is {user!r}, not a number of a user"
    for name in _TEXTS:
        value = click.get(name)
        if not isinstance(value, str) or not value:
            return f"{name} is {value!r}, not a text"
    try:
        when = datetime.fromisoformat(click["client_timestamp"])
    except ValueError:
        return f"client_timestamp is {click['client_timestamp']!r}, not a time"
    return "client_timestamp has a zone, and is UTC without saying so" if when.tzinfo is not None else None


def _enrichment(click: dict[str, Any]) -> dict[str, Any]:
    when = click["client_timestamp"]
    return {
        "event_date": when[:10],
        "event_hour": int(when[11:13]),
        "page_group": _PAGE_GROUPS.get(click["client_event"], "other"),
        "device_class": _DEVICE_CLASSES.get(click["device_id"], "other"),
    }


def _minute(click: dict[str, Any]) -> str:
    return str(click["client_timestamp"])[:16]


def _count(hits: Counter[PageMinute], record_ids: list[str]) -> None:
    if not hits:
        return
    try:
        _counts().add(hits, record_ids)
    except Exception:  # whatever it is, delivery goes on
        logger.exception("%d events are not counted", hits.total())


@cache
def _counts() -> CountsTable:
    """The table, whose client is made once for all calls of this process."""
    return CountsTable(os.environ["COUNTS_TABLE"])
