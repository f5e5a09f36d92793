"""The function of prime-day: records of a DynamoDB stream become orders."""

import base64
import json
from typing import Any

from tests.support.running_example import handler_module


def record(content: Any) -> dict[str, Any]:
    return {"recordId": "1", "data": base64.b64encode(json.dumps(content).encode()).decode()}


def test_orders_are_flattened_and_what_is_none_fails() -> None:
    handler = handler_module("prime-day", "flatten.py").handler
    image = {
        "orderid": {"S": "9690"}, "quantity": {"N": "2"}, "price": {"N": "6.9"}, "gift": {"BOOL": False},
        "note": {"NULL": True}, "tags": {"L": [{"S": "a"}, {"M": {"b": {"N": "-1"}}}]},
    }  # fmt: skip
    change = {"dynamodb": {"NewImage": image, "ApproximateCreationDateTime": 1_767_225_600}}
    removed = {"dynamodb": {"Keys": {}, "ApproximateCreationDateTime": 1_767_225_600}}
    answers = handler({"records": [record(change), record(removed), record("no object")]}, None)["records"]
    assert [answer["result"] for answer in answers] == ["Ok", "ProcessingFailed", "ProcessingFailed"]
    line = base64.b64decode(answers[0]["data"])
    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "orderid": "9690", "quantity": 2, "price": 6.9, "gift": False, "note": None, "tags": ["a", {"b": -1}],
        "ordered_at": "2026-01-01 00:00:00",
    }  # fmt: skip
