"""Turns the stream records of the orders table into orders, one JSON object a line.

Each record that Firehose hands over is a record of a DynamoDB stream, as the pipe put it into Kinesis. What holds
no new image is given back as failed, so that Firehose keeps it below its error prefix.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The answer of a Firehose transformation: every record once, by its id."""
    return {"records": [_flattened(record) for record in event["records"]]}


def _flattened(record: dict[str, Any]) -> dict[str, Any]:
    try:
        change = json.loads(base64.b64decode(record["data"]))["dynamodb"]
        order = {name: _plain(value) for name, value in change["NewImage"].items()}
        created = datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC)
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}
    order["ordered_at"] = created.strftime("%Y-%m-%d %H:%M:%S")
    line = json.dumps(order, separators=(",", ":")) + "\n"
    return {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode()}


def _plain(value: dict[str, Any]) -> Any:
    """An attribute value without its type: {"N": "3"} is 3."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return int(inner) if inner.lstrip("-").isdecimal() else float(inner)
    if kind == "M":
        return {name: _plain(one) for name, one in inner.items()}
    if kind == "L":
        return [_plain(one) for one in inner]
    return None if kind == "NULL" else inner
