"""The function of firehose-athena: what it takes for an event, what it adds, and that a batch counts once."""

import base64
import json
from typing import Any

import boto3
import pytest

from tests.conftest import CREDENTIALS
from tests.support.running_example import handler_module

transform = handler_module("firehose-athena", "transform.py")
CLICK = {
    "clickgen_id": "6b0aa644-5403-8000-8000-0000006c2a65",
    "user_id": 391835629,
    "device_id": "mobile",
    "client_event": "add_to_cart",
    "client_timestamp": "2026-11-28T09:21:56.672000",
}


def invocation(*contents: object) -> dict[str, Any]:
    """What Firehose hands over: JSON for objects, bytes as they are."""
    data = [content if isinstance(content, bytes) else json.dumps(content).encode() for content in contents]
    return {
        "invocationId": "a1b2",
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/clicks",
        "region": "eu-west-1",
        "records": [
            {
                "recordId": f"4967{number}",
                "approximateArrivalTimestamp": 1_796_000_000_000,
                "data": base64.b64encode(one).decode(),
            }
            for number, one in enumerate(data)
        ],
    }


@pytest.fixture
def counts(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table of counts, at an emulator that others wrote."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": moto, "COUNTS_TABLE": "page_counts"}.items():
        monkeypatch.setenv(name, value)
    dynamodb: Any = boto3.resource("dynamodb")
    keys = {"client_event": "HASH", "minute": "RANGE"}
    table = dynamodb.create_table(
        TableName="page_counts",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    transform._counts.cache_clear()
    yield table
    transform._counts.cache_clear()


def hits(table: Any) -> dict[tuple[str, str], int]:
    return {(item["client_event"], item["minute"]): int(item["hits"]) for item in table.scan()["Items"]}


def test_an_event_is_enriched_and_ends_with_a_line_break(counts: Any) -> None:
    (answer,) = transform.handler(invocation(CLICK), None)["records"]
    assert (answer["recordId"], answer["result"]) == ("49670", "Ok")
    line = base64.b64decode(answer["data"])
    assert line.endswith(b"}\n")
    assert json.loads(line) == CLICK | {
        "event_date": "2026-11-28", "event_hour": 9, "page_group": "checkout", "device_class": "handheld",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (b"{", "ProcessingFailed"),
        (b"\xff\xfe", "ProcessingFailed"),
        ([CLICK], "ProcessingFailed"),
        (CLICK | {"user_id": "391835629"}, "ProcessingFailed"),
        (CLICK | {"user_id": True}, "ProcessingFailed"),
        (CLICK | {"client_event": ""}, "ProcessingFailed"),
        (CLICK | {"client_timestamp": "yesterday"}, "ProcessingFailed"),
        (CLICK | {"client_timestamp": "2026-11-28T09:21:56Z"}, "ProcessingFailed"),
        ({name: value for name, value in CLICK.items() if name != "device_id"}, "ProcessingFailed"),
        (b"\n", "Dropped"),
        (CLICK | {"device_id": "fridge", "extra": {"is": "kept"}}, "Ok"),
    ],
)
def test_each_record_is_answered_by_what_it_is(content: object, result: str, counts: Any) -> None:
    given = invocation(content, CLICK)
    first, second = transform.handler(given, None)["records"]
    assert (first["result"], second["result"]) == (result, "Ok")
    if result != "Ok":
        assert first["data"] == given["records"][0]["data"]
    assert sum(hits(counts).values()) == (2 if result == "Ok" else 1)


def test_a_batch_counts_once_however_often_it_comes(counts: Any) -> None:
    later = CLICK | {"client_timestamp": "2026-11-28T09:22:01.000000"}
    batch = invocation(CLICK, CLICK, later)
    transform.handler(batch, None)
    transform.handler({**batch, "invocationId": "another", "records": batch["records"][::-1]}, None)
    assert hits(counts) == {("add_to_cart", "2026-11-28T09:21"): 2, ("add_to_cart", "2026-11-28T09:22"): 1}
    other = invocation(CLICK)
    other["records"][0]["recordId"] = "5000"
    transform.handler(other, None)
    assert hits(counts)["add_to_cart", "2026-11-28T09:21"] == 3


def test_a_table_that_is_not_there_holds_up_no_delivery(
    moto: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": moto, "COUNTS_TABLE": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    transform._counts.cache_clear()
    (answer,) = transform.handler(invocation(CLICK), None)["records"]
    transform._counts.cache_clear()
    assert answer["result"] == "Ok"
    assert "1 events are not counted" in caplog.text
