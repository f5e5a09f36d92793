"""The function of dynamodb-redshift: rows of clicks, full calls to Firehose, and what it says has failed."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.conftest import CREDENTIALS
from tests.support.running_example import handler_module

clicks = handler_module("dynamodb-redshift", "clicks.py")
delivery = handler_module("dynamodb-redshift", "delivery.py")
enrich = handler_module("dynamodb-redshift", "enrich.py")

IMAGE = {
    "event_id": {"S": "6b0aa641-b17f-8000-8000-00002ddc63b0"}, "event_time": {"S": "2026-11-28T09:53:33.924Z"},
    "visitor_id": {"S": "136999c2b54659a7"}, "event_type": {"S": "product_view"}, "page": {"S": "/p/lamp-1"},
    "page_number": {"N": "8"}, "price": {"N": "17.99"}, "returning": {"BOOL": True}, "device": {"S": "tablet"},
}  # fmt: skip


class Context:
    """What of Lambda's context the function uses."""

    def __init__(self, milliseconds: int = 60_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def record(number: int, image: dict[str, Any] | None = None, kind: str = "INSERT") -> dict[str, Any]:
    """A record of a DynamoDB stream as a mapping hands it over."""
    return {
        "eventID": f"e{number}",
        "eventName": kind,
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {"event_id": IMAGE["event_id"]},
            "NewImage": IMAGE if image is None else image,
            "SequenceNumber": f"{number}00000000",
            "StreamViewType": "NEW_IMAGE",
        },
    }


@pytest.fixture
def firehose(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Answers that Firehose gives, in order; each has to be asked for."""
    for name, value in {**CREDENTIALS, "DELIVERY_STREAM": "clicks"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(delivery.time, "sleep", lambda _: None)
    stream = delivery.FirehoseDelivery("clicks")
    monkeypatch.setattr(enrich, "_delivery", lambda: stream)
    with Stubber(stream._client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def answered(*codes: str | None) -> dict[str, Any]:
    outcomes = [{"ErrorCode": code, "ErrorMessage": "Slow down."} if code else {"RecordId": "r"} for code in codes]
    return {"FailedPutCount": len([code for code in codes if code]), "RequestResponses": outcomes}


def failed_in(records: list[dict[str, Any]], context: Context | None = None) -> list[str]:
    answer = enrich.handler({"Records": records}, context or Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_click_becomes_a_row() -> None:
    line = clicks.click_of(record(1)["dynamodb"])
    assert line.endswith(b"}\n")
    assert json.loads(line) == {
        "event_id": "6b0aa641-b17f-8000-8000-00002ddc63b0", "event_time": "2026-11-28 09:53:33.924",
        "visitor_id": "136999c2b54659a7", "event_type": "product_view", "page": "/p/lamp-1", "page_number": 8,
        "price": 17.99, "returning": True, "device": "tablet", "section": "product", "device_class": "handheld",
        "is_purchase": False,
    }  # fmt: skip
    nested = {"m": {"M": {"l": {"L": [{"N": "-3"}, {"NULL": True}]}}}}
    assert {name: clicks.plain(value) for name, value in nested.items()} == {"m": {"l": [-3, None]}}


def test_only_what_was_not_taken_is_put_again_and_then_nothing_has_failed(firehose: Any) -> None:
    firehose.add_response("put_record_batch", answered(None, "ServiceUnavailableException", None))
    firehose.add_response("put_record_batch", answered(None))
    assert failed_in([record(1), record(2), record(3)]) == []


def test_what_is_not_taken_in_time_is_reported_by_its_sequence_number(firehose: Any) -> None:
    firehose.add_response("put_record_batch", answered(None, "ServiceUnavailableException", "InternalFailure"))
    assert failed_in([record(1), record(2), record(3)], Context(0)) == ["200000000", "300000000"]
    firehose.add_client_error("put_record_batch", "ResourceNotFoundException")
    assert failed_in([record(1), record(2)], Context(0)) == ["100000000", "200000000"]


def test_only_insertions_of_clicks_are_put(firehose: Any) -> None:
    broken = {"event_id": IMAGE["event_id"]}
    firehose.add_response("put_record_batch", answered("ServiceUnavailableException"))
    batch = [record(1, kind="REMOVE"), record(2, broken), record(3, kind="MODIFY"), record(4)]
    assert failed_in(batch, Context(0)) == ["400000000"]
    assert failed_in([]) == []


def test_a_call_holds_no_more_than_it_may() -> None:
    assert [len(places) for places in delivery.calls([b"x"] * 1_100)] == [500, 500, 100]
    large = [b"x" * 1_000_000] * 9
    assert [len(places) for places in delivery.calls(large)] == [4, 4, 1]
    assert [place for places in delivery.calls(large) for place in places] == list(range(9))
    assert list(delivery.calls([])) == []
