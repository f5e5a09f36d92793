"""Records go through a Lambda by the rules of the service, and a killed server loses and doubles none."""

import asyncio
import re
from base64 import b64decode, b64encode
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.lake import Lake
from tests.support.processed_stream import (
    FUNCTION,
    Answer,
    InProcess,
    deliver,
    each,
    failures,
    landed,
    loud,
    ok,
    run,
    settings_of,
)


def test_the_event_is_that_of_the_service(lake: Lake) -> None:
    functions = deliver(lake, each(loud), [b"a", b"b"])
    (event,) = functions.events
    assert set(event) == {"invocationId", "deliveryStreamArn", "region", "records"}
    assert event["deliveryStreamArn"] == "arn:aws:firehose:us-east-1:000000000000:deliverystream/clicks"
    assert event["region"] == "us-east-1"
    assert [set(record) for record in event["records"]] == 2 * [
        {"recordId", "approximateArrivalTimestamp", "data"}
    ]
    assert len({record["recordId"] for record in event["records"]}) == 2
    assert landed(lake, "out") == b"AB"


def test_returned_data_is_delivered_in_order_compressed_and_delimited(lake: Lake) -> None:
    records = [b"record-%03d" % number for number in range(95)]
    deliver(lake, each(loud), records, processors=[{"Type": "AppendDelimiterToRecord"}], CompressionFormat="GZIP")
    assert landed(lake, "out").splitlines() == [record.upper() for record in records]


def test_records_are_dropped_and_fail_each_for_itself(lake: Lake) -> None:
    def change(data: bytes) -> Answer:
        match data:
            case b"drop":
                return {"result": "Dropped", "data": ""}
            case b"fail":
                return {"result": "ProcessingFailed", "data": b64encode(data).decode()}
            case b"what":
                return {"result": "ok", "data": ""}
            case b"none":
                return {"result": "Ok"}
            case b"text":
                return {"result": "Ok", "data": "no base64!"}
            case _:
                return loud(data)

    functions = deliver(lake, each(change), [b"one", b"drop", b"fail", b"what", b"none", b"text", b"two"])
    assert landed(lake, "out") == b"ONETWO"
    failed = {b64decode(line["rawData"]): line for line in failures(lake)}
    assert {data: line["errorCode"] for data, line in failed.items()} == {
        b"fail": "Lambda.ProcessingFailedStatus",
        b"what": "Lambda.InvalidReturnFormat",
        b"none": "Lambda.InvalidReturnFormat",
        b"text": "Lambda.InvalidReturnFormat",
    }
    assert set(failed[b"fail"]) == {
        "attemptsMade", "arrivalTimestamp", "errorCode", "errorMessage", "attemptEndingTimestamp", "rawData",
        "lambdaArn",
    }  # fmt: skip
    assert {(line["attemptsMade"], line["lambdaArn"]) for line in failed.values()} == {(1, FUNCTION)}
    assert failed[b"fail"]["arrivalTimestamp"] <= failed[b"fail"]["attemptEndingTimestamp"]
    assert len(functions.events) == 1
    (error_object,) = (lake.root / "lake" / "bad" / "processing-failed").iterdir()
    assert re.fullmatch(r"clicks-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}", error_object.name)


def test_ids_that_are_missing_doubled_or_unknown(lake: Lake) -> None:
    def handler(event: Answer) -> Answer:
        first, _, third = (one["recordId"] for one in event["records"])
        return {
            "records": [
                {"recordId": third, **ok(b"3")},
                {"recordId": "somebody else's", **ok(b"4")},
                {"recordId": first, **ok(b"1")},
                {"recordId": first, **ok(b"1")},
            ]
        }

    functions = deliver(lake, handler, [b"a", b"b", b"c"])
    assert landed(lake, "out") == b"3"
    codes = {b64decode(line["rawData"]): line["errorCode"] for line in failures(lake)}
    assert codes == {b"a": "Lambda.DuplicatedRecordId", b"b": "Lambda.MissingRecordId"}
    assert len(functions.events) == 1


@pytest.mark.parametrize("garbage", [None, [], "text", {"records": None}, {"records": ["?"]}, {"Records": []}])
def test_an_answer_without_records_returned_none_of_them(lake: Lake, garbage: Any) -> None:
    functions = deliver(lake, lambda _event: garbage, [b"a", b"b"])
    assert [line["errorCode"] for line in failures(lake)] == 2 * ["Lambda.MissingRecordId"]
    assert (len(functions.events), landed(lake, "out")) == (1, b"")


def test_a_function_that_fails_is_tried_again_and_then_given_up(lake: Lake) -> None:
    def handler(_event: Answer) -> Answer:
        raise RuntimeError("no")

    functions = deliver(lake, handler, [b"a", b"b"], retries=2)
    assert len(functions.events) == 3
    assert [(line["errorCode"], line["attemptsMade"]) for line in failures(lake)] == 2 * [
        ("Lambda.FunctionError", 3)
    ]


def test_a_function_that_recovers_gets_the_same_records_again(lake: Lake) -> None:
    calls = Counter[str]()

    def handler(event: Answer) -> Answer:
        calls["all"] += 1
        if calls["all"] < 4:
            raise ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)
        return each(loud)(event)  # type: ignore[no-any-return]

    functions = deliver(lake, handler, [b"a", b"b"])
    assert (landed(lake, "out"), failures(lake)) == (b"AB", [])
    ids = [[record["recordId"] for record in event["records"]] for event in functions.events]
    assert ids == 4 * [ids[0]]


def test_a_function_that_is_not_there_fails_its_records(lake: Lake) -> None:
    def handler(_event: Answer) -> Answer:
        raise ServiceError("ResourceNotFoundException", "Function not found", 404)

    deliver(lake, handler, [b"a"], retries=0)
    assert [line["errorCode"] for line in failures(lake)] == ["Lambda.ResourceNotFound"]


def test_requests_stay_below_the_limits_of_a_buffer_and_of_an_invocation(lake: Lake) -> None:
    functions = deliver(lake, each(loud), 30 * [b"x" * 200_000])
    sizes = [sum(len(b64decode(record["data"])) for record in event["records"]) for event in functions.events]
    assert max(sizes) <= 1024 * 1024
    assert len(landed(lake, "out")) == 6_000_000


def test_the_backup_has_every_record_as_it_came(lake: Lake) -> None:
    backup = {
        "S3BackupMode": "Enabled",
        "S3BackupConfiguration": {
            "RoleARN": "arn:aws:iam::000000000000:role/r",
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "source/",
            "CompressionFormat": "GZIP",
        },
    }
    records = [b"<%d>" % number for number in range(55)]
    deliver(lake, each(loud), records, processors=[{"Type": "AppendDelimiterToRecord"}], **backup)
    assert sorted(re.findall(rb"<\d+>", landed(lake, "source"))) == sorted(records)
    assert landed(lake, "out").splitlines() == records


LIVES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 12)), min_size=1, max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(LIVES)
def test_a_killed_server_loses_and_doubles_nothing(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[int, int]]
) -> None:
    """Each life takes some records and is killed at the so-manyth step of its loop; the last one ends well."""
    lake = Lake(tmp_path_factory.mktemp("lives") / "lake")
    put: list[bytes] = []
    acknowledged: list[bytes] = []

    def change(data: bytes) -> Answer:
        return ok(data, metadata=None) if int(data[1:-1]) % 7 else {"result": "ProcessingFailed", "data": ""}

    async def killed(records: list[bytes], steps: int) -> None:
        life = asyncio.create_task(run(lake, InProcess(each(change)), records, settings_of(), acknowledged))
        for _ in range(steps):
            await asyncio.sleep(0.001)
        life.cancel()

    for count, steps in lives:
        records = [b"<%d>" % number for number in range(len(put), len(put) + count)]
        put += records
        lake.hold()
        asyncio.run(killed(records, steps))
        lake.release()
    lake.hold()
    asyncio.run(run(lake, InProcess(each(change)), [], settings_of(), []))
    lake.release()
    delivered = Counter(re.findall(rb"<\d+>", landed(lake, "out")))
    failed = Counter(b64decode(line["rawData"]) for line in failures(lake))
    assert set(delivered.values()) | set(failed.values()) <= {1}
    assert not set(delivered) & set(failed)
    assert set(acknowledged) <= set(delivered) | set(failed) <= set(put)


def test_a_server_that_stops_leaves_what_its_lambda_fails_to_the_next(lake: Lake) -> None:
    def handler(_event: Answer) -> Answer:
        raise RuntimeError("not now")

    async def stopped() -> int:
        functions = InProcess(handler)
        pipeline = EmbeddedPipeline(lake, Surroundings(functions=functions))
        body = {"DeliveryStreamName": "clicks", "ExtendedS3DestinationConfiguration": settings_of()}
        pipeline.create(new_state(body, "us-east-1"), at_once=True)
        pipeline.active("clicks").buffer.put(b"a", [1])
        left = await pipeline.close()
        assert len(functions.events) == 1
        return left

    assert asyncio.run(stopped()) == 1
    deliver(lake, each(loud), [])
    assert (landed(lake, "out"), failures(lake)) == (b"A", [])
