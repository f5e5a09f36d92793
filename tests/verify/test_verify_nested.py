"""Events that arrive within other objects: envelopes, strings, base64, stream records, error records."""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object
from tests.support.planted import OTHER_RUN, RUN, Planted, event, events, found, lines


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 20 accepted events."""
    planted = Planted(tmp_path)
    planted.claim(0, 20)
    return planted


def in_object(part: bytes) -> bytes:
    return b'{"time":"2026-11-21T10:00:00Z","detail": %b ,"tags":[{}]}' % part


def in_string(part: bytes) -> bytes:
    return json.dumps({"messageId": "1", "body": part.decode() + "\n"}).encode()


def in_base64(part: bytes) -> bytes:
    data = base64.b64encode(part).decode()
    return json.dumps({"kinesis": {"partitionKey": "a", "data": data}}).encode()


def in_url_safe_base64(part: bytes) -> bytes:
    return json.dumps({"data": base64.urlsafe_b64encode(part).decode()}).encode()


def in_packed_base64(part: bytes) -> bytes:
    data = gzip.compress(json.dumps({"logEvents": [{"id": "1", "message": part.decode()}]}).encode())
    return json.dumps({"awslogs": {"data": base64.b64encode(data).decode()}}).encode()


WRAPPINGS = [in_object, in_string, in_base64, in_url_safe_base64, in_packed_base64]
wrapped = pytest.mark.parametrize("wrap", WRAPPINGS)


@wrapped
@pytest.mark.parametrize("ending", [b"\n", b""], ids=["lines", "joined"])
def test_an_event_whose_bytes_can_be_had_back_is_delivered(
    run: Planted, wrap: Callable[[bytes], bytes], ending: bytes
) -> None:
    run.put("1", b"".join(wrap(part) + ending for part in events(0, 20)))
    assert found(run.verify()) == {"delivered": 20}
    assert found(run.verify(ids_only=True)) == {"delivered": 20}


@wrapped
def test_other_content_in_an_envelope_is_conflicting(run: Planted, wrap: Callable[[bytes], bytes]) -> None:
    changed = event(7).replace(b'"view"', b'"buy!"')
    run.put("1", lines([*map(wrap, events(0, 7)), wrap(changed), *map(wrap, events(8, 20))]))
    report = run.verify()
    assert found(report) == {"delivered": 19, "missing": 1, "conflicting": 1}
    assert report.witnesses["conflicting"][0].offset == len(lines(map(wrap, events(0, 7))))
    assert found(run.verify(ids_only=True)) == {"delivered": 20}


@wrapped
def test_events_of_other_runs_in_envelopes_are_not_the_runs(run: Planted, wrap: Callable[[bytes], bytes]) -> None:
    run.put("1", lines([*events(0, 20), wrap(event(3, run=OTHER_RUN))]))
    assert found(run.verify()) == {"delivered": 20, "foreign": 1}


def test_several_events_in_one_envelope_are_all_found(run: Planted) -> None:
    parts = [part.decode() for part in events(0, 10)]
    batch = {"records": [{"data": base64.b64encode(part.encode()).decode()} for part in parts[:4]]}
    run.put("1", lines([json.dumps(batch).encode(), json.dumps({"body": "\n".join(parts[4:])}).encode()]))
    array = b'{"items":[%b]}' % b", ".join(events(10, 20))
    run.put("2", array)
    assert found(run.verify()) == {"delivered": 20}


def stream_record(part: bytes, name: str = "INSERT", image: str = "NewImage") -> bytes:
    """What a DynamoDB stream says of an item, as DynamoDB writes it: typed, and in an order of its own."""
    fields: dict[str, Any] = orjson.loads(part)
    typed: dict[str, Any] = {"n": {"N": str(fields["n"])}, "ok": {"BOOL": True}}
    typed |= {key: {"S": fields[key]} for key in ("event_type", "event_id")}
    keys = {"event_id": typed["event_id"]}
    change = {"Keys": keys, image: typed, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return json.dumps({"eventID": "a1", "eventName": name, "dynamodb": change}).encode()


def test_an_item_says_only_which_event_it_was(run: Planted) -> None:
    run.put("1", lines(map(stream_record, events(0, 20))))
    assert found(run.verify()) == {"missing": 20, "conflicting": 20}
    assert found(run.verify(ids_only=True)) == {"delivered": 20}


@pytest.mark.parametrize("ids_only", [False, True])
def test_what_was_removed_from_a_table_is_not_delivered(run: Planted, ids_only: bool) -> None:
    removed = [stream_record(part, "REMOVE", "OldImage") for part in events(0, 20)]
    run.put("1", lines(removed) + lines(map(in_string, removed)))
    assert run.verify(ids_only=ids_only).missing == 20


def test_an_item_that_holds_the_whole_event_is_delivered(run: Planted) -> None:
    records = [
        {"eventName": "MODIFY", "dynamodb": {"NewImage": {"pk": {"S": "1"}, "event": {"S": part.decode()}}}}
        for part in events(0, 20)
    ]
    run.put("1", lines(json.dumps(record).encode() for record in records))
    assert found(run.verify()) == {"delivered": 20}


def error_record(raw: str, code: str) -> bytes:
    return json.dumps({"attemptsMade": "4", "errorCode": code, "rawData": raw}).encode()


def test_error_records_are_counted_by_their_code(run: Planted) -> None:
    def coded(data: bytes) -> str:
        return base64.b64encode(data).decode()

    pretty = json.dumps(json.loads(event(4)), indent=2).encode()
    records = [
        error_record(coded(lines(events(0, 2))), "Lambda.FunctionError"),
        error_record(coded(b"".join(events(2, 4))), "Lambda.FunctionError"),
        error_record(coded(pretty), "Lambda.FunctionError"),
        error_record(coded(gzip.compress(lines(events(5, 6)))), "S3.AccessDenied"),
        error_record(coded(in_packed_base64(event(6))), "S3.AccessDenied"),
        error_record(event(7).decode(), "S3.AccessDenied"),
        error_record(coded(b"nothing of the run"), "S3.AccessDenied"),
    ]
    run.put("1", lines(events(8, 20)))
    run.put("errors/1", lines(records))
    assert found(run.verify()) == {"delivered": 12, "failed": 8, "foreign": 1}
    assert found(run.verify(ids_only=True)) == {"delivered": 12, "failed": 8, "foreign": 1}
    findings = ObjectFindings("1", 0, 0)
    scan_object([lines(records)], RunIdPattern(RUN, "event_id"), findings)
    assert findings.failed_codes == {"Lambda.FunctionError": 5, "S3.AccessDenied": 3}
    assert [witness.detail for witness in findings.failures.witnesses][-1] == "S3.AccessDenied"


def test_an_envelope_that_is_deep_or_odd_ends_somewhere(run: Planted) -> None:
    deep = event(0)
    for _ in range(12):
        deep = in_base64(deep)
    odd = [{"data": "A" * 10_000}, {"data": base64.b64encode(b"\x1f\x8b nonsense" * 9).decode()}, {"d": "=" * 99}]
    run.put("1", lines([*events(1, 20), deep, *(json.dumps(value).encode() for value in odd)]))
    assert found(run.verify()) == {"delivered": 19, "missing": 1, "foreign": 4}
