"""The faults of the embedded Firehose: seeded, counted, and honest about what was kept."""

import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import Faults, FaultSettings
from tests.support.local_server import client_of, objects_in, run_local, serving

RECORDS: list[Any] = [{"Data": b"%03d\n" % number} for number in range(200)]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_throttle_lets_its_rate_through_after_a_burst_of_one_second() -> None:
    clock = Clock()
    faults = Faults(FaultSettings(throttle=100), clock)
    assert not faults.failing(60)
    assert sorted(faults.failing(60)) == list(range(40, 60))
    assert sorted(faults.failing(5)) == list(range(5))
    passed = 0
    for _ in range(1000):
        clock.now += 0.01
        passed += 7 - len(faults.failing(7))
    assert passed == pytest.approx(1000, abs=1)
    clock.now += 3600
    assert len(faults.failing(500)) == 400
    assert {error.message for error in faults.failing(1).values()} == {"Slow down."}


def test_a_throttle_below_one_record_a_second_still_lets_some_through() -> None:
    clock = Clock()
    faults = Faults(FaultSettings(throttle=0.5), clock)
    passed = 0
    for _ in range(100):
        passed += not faults.failing(1)
        clock.now += 1
    assert passed == 50


def test_the_same_seed_gives_the_same_faults_and_each_kind_has_its_own() -> None:
    def drawn(drop_replies: float = 0.0) -> list[list[int]]:
        faults = Faults(FaultSettings(seed=5, fail_records=0.1, drop_replies=drop_replies))
        return [sorted(faults.failing(100)) for _ in range(20) if faults.drop_reply() or True]

    assert drawn() == drawn()
    assert drawn() == drawn(drop_replies=0.5)
    assert 120 < sum(map(len, drawn())) < 280
    other = Faults(FaultSettings(seed=6, fail_records=0.1))
    assert [sorted(other.failing(100)) for _ in range(20)] != drawn()


def test_refused_calls_alternate_between_503_and_500() -> None:
    faults = Faults(FaultSettings(fail_calls=1.0))
    seen = []
    for _ in range(4):
        with pytest.raises(ServiceError) as caught:
            faults.refuse_call()
        seen.append((caught.value.code, caught.value.status))
    assert seen == [("ServiceUnavailableException", 503), ("InternalFailure", 500)] * 2


def test_failed_records_are_reported_in_their_place_and_only_they_are_not_kept(tmp_path: Path) -> None:
    options = ("--stream", "clicks", "--fail-records", "0.2", "--throttle", "150", "--seed", "3")
    with serving(tmp_path / "lake", *options) as server, client_of(server.endpoint) as client:
        answer = client.put_record_batch(DeliveryStreamName="clicks", Records=RECORDS)
        kept = b""
        codes = set()
        for record, response in zip(RECORDS, answer["RequestResponses"], strict=True):
            if "RecordId" in response:
                kept += record["Data"]
            else:
                codes.add((response["ErrorCode"], response["ErrorMessage"]))
        failed = sum("ErrorCode" in response for response in answer["RequestResponses"])
        assert answer["FailedPutCount"] == failed > 50
        assert codes == {
            ("ServiceUnavailableException", "Slow down."),
            ("InternalFailure", "Internal service failure."),
        }
        assert server.stop() == 0
        assert b"".join(path.read_bytes() for path in objects_in(server.lake)) == kept


def test_a_throttled_single_record_is_an_error_of_the_call(tmp_path: Path) -> None:
    options = ("--stream", "clicks", "--throttle", "1")
    with serving(tmp_path / "lake", *options) as server, client_of(server.endpoint) as client:
        client.put_record(DeliveryStreamName="clicks", Record={"Data": b"1"})
        with pytest.raises(ClientError, match="Slow down") as caught:
            client.put_record(DeliveryStreamName="clicks", Record={"Data": b"2"})
        answer: Any = caught.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_refused_call_keeps_nothing(tmp_path: Path) -> None:
    options = ("--stream", "clicks", "--fail-calls", "0.5", "--seed", "1")
    with serving(tmp_path / "lake", *options) as server, client_of(server.endpoint) as client:
        kept, refused = b"", 0
        for record in RECORDS[:60]:
            try:
                client.put_record_batch(DeliveryStreamName="clicks", Records=[record])
                kept += record["Data"]
            except ClientError:
                refused += 1
        assert 15 < refused < 45
        client.describe_delivery_stream(DeliveryStreamName="clicks")  # only puts are refused
        assert server.stop() == 0
        (path,) = objects_in(server.lake)
        assert path.read_bytes() == kept


def test_a_dropped_reply_closes_the_connection_and_keeps_the_records(tmp_path: Path) -> None:
    options = ("--stream", "clicks", "--drop-replies", "0.5", "--seed", "1")
    with serving(tmp_path / "lake", *options) as server, client_of(server.endpoint) as client:
        dropped = 0
        for record in RECORDS[:40]:
            try:
                client.put_record_batch(DeliveryStreamName="clicks", Records=[record])
            except ConnectionClosedError:
                dropped += 1
        assert 8 < dropped < 32
        assert server.stop() == 0
        (path,) = objects_in(server.lake)
        assert path.read_bytes() == b"".join(record["Data"] for record in RECORDS[:40])
        assert "Traceback" not in server.notices


def test_latency_delays_puts_and_nothing_else(tmp_path: Path) -> None:
    options = ("--stream", "clicks", "--latency", "200ms")
    with serving(tmp_path / "lake", *options) as server, client_of(server.endpoint) as client:
        client.list_delivery_streams()
        start = time.monotonic()
        client.put_record(DeliveryStreamName="clicks", Record={"Data": b"x"})
        assert 0.2 <= time.monotonic() - start < 2
        start = time.monotonic()
        client.list_delivery_streams()
        assert time.monotonic() - start < 0.2


@pytest.mark.parametrize("option", ["--fail-records=nan", "--drop-replies=1.5", "--throttle=0", "--latency=soon"])
def test_nonsense_is_a_usage_error(tmp_path: Path, option: str) -> None:
    done = run_local("serve", "--dir", str(tmp_path), option)
    assert done.returncode == 2
    assert option.partition("=")[0] in done.stderr
