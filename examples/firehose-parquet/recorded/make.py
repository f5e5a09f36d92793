"""Makes the recorded object in this folder, and what Athena answers about it.

The object has the shape of those that Firehose delivers for a common producer script: a JSON object a line, a
space behind each colon, times without a zone; its name has no extension. The same seed makes the same bytes.

    python examples/firehose-parquet/recorded/make.py
"""

import csv
import io
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

OBJECT = "PUT-S3-made-1-2026-01-15-09-02-19-3d0f8a52-6c1e-4b7a-9e55-0a4c2f71b6d8"
ANSWER = "athena_output.csv"
_EVENTS = 30
_ROWS = 10
_FIRST = datetime(2026, 1, 15, 10, 2, 20, 118_204)
_DEVICES = ["mobile", "computer", "tablet"]
_PAGES = ["tea_nav", "tea_products", "tea_product_detail", "tea_selection", "tea_cart", "tea_checkout"]


def events() -> list[dict[str, object]]:
    """A click about every half second, by anybody on any device."""
    draw = random.Random("recorded")  # nothing here is a secret
    made: list[dict[str, object]] = []
    at = _FIRST
    for _ in range(_EVENTS):
        made.append(
            {
                "user_id": draw.randint(50, 300),
                "device_id": draw.choice(_DEVICES),
                "client_event": draw.choice(_PAGES),
                "client_timestamp": at.isoformat(),
            }
        )
        at += timedelta(microseconds=draw.randint(400_000, 700_000))
    return made


def recording() -> str:
    """The object."""
    return "".join(json.dumps(event) + "\n" for event in events())


def answer() -> str:
    """What sql/recorded.sql gives, as Athena writes results: every value in quotes."""
    text = io.StringIO()
    rows = [{**event, "day": f"{_FIRST:%Y-%m-%d}", "device": event["device_id"]} for event in events()[:_ROWS]]
    table = csv.DictWriter(text, rows[0], quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / OBJECT).write_text(recording())
    (here / ANSWER).write_text(answer())
