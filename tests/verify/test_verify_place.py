"""Where verification looks: only the prefixes that can hold a run, in a folder or in S3."""

import os
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place as PlannedPlace
from clickgen.sink.aws import Access
from clickgen.verify.landings.objects.bucket import BucketPlace
from clickgen.verify.landings.objects.place import Fate, FolderPlace, ObjectChanged
from clickgen.verify.landings.objects.prefix import data_prefixes, error_prefixes
from clickgen.verify.landings.objects.search_scope import SearchScope, find_place
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.delivery import Notice
from clickgen.verify.proof.found.landing import Reading
from tests.support.planted import BUFFER_S, Planted, events, found, lines

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

NOON_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z
BUCKET = "clicks-lake"


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ["2026/03/01/11/", "2026/03/01/12/", "2026/03/01/13/"]),
        ("raw-", ["raw-2026/03/01/11/", "raw-2026/03/01/12/", "raw-2026/03/01/13/"]),
        ("a/!{timestamp:yyyy}/b/", ["a/2026/b/"]),
        ("a/day=!{timestamp:yyyy-MM-dd}/!{firehose:random-string}/", ["a/day=2026-03-01/"]),
        ("!{timestamp:yyyy'/DD/'DDD'/'}", ["2026/DD/060/"]),
        ("a/!{timestamp:HHmm}/", ["a/11", "a/12", "a/13"]),
        ("a/!{partitionKeyFromQuery:user}/!{timestamp:yyyy}/", ["a/"]),
    ],
)
def test_data_prefixes_cover_the_hours_of_the_run(prefix: str, expected: list[str]) -> None:
    assert data_prefixes(prefix, NOON_MS, NOON_MS, UTC) == expected


def test_a_prefix_in_a_zone_of_its_own_is_told_in_that_zone() -> None:
    assert data_prefixes("", NOON_MS, NOON_MS, ZoneInfo("Asia/Kolkata")) == [
        "2026/03/01/16/",
        "2026/03/01/17/",
        "2026/03/01/18/",
    ]


def test_a_prefix_in_an_unknown_zone_covers_every_zone() -> None:
    prefixes = data_prefixes("", NOON_MS, NOON_MS, None)
    assert prefixes[0] == "2026/02/28/23/"
    assert prefixes[-1] == "2026/03/02/03/"
    assert len(prefixes) == 29


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "expected"),
    [
        ("raw/", "", ["raw/activePartitionExceeded", "raw/format-conversion-failed", "raw/processing-failed"]),
        ("raw/", "errors/", ["errors/"]),
        ("raw/", "e/!{timestamp:yyyy}/!{firehose:error-output-type}/", ["e/"]),
        (
            "",
            "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
            ["activePartitionExceeded/", "format-conversion-failed/", "processing-failed/"],
        ),
    ],
)
def test_error_prefixes_are_those_of_every_error_type(prefix: str, error_prefix: str, expected: list[str]) -> None:
    assert error_prefixes(prefix, error_prefix) == expected


def test_only_prefixes_that_can_hold_the_run_are_read(tmp_path: Path) -> None:
    planned = PlannedPlace(
        bucket="b", prefix="raw/", error_prefix="errors/", time_zone="UTC", lake=str(tmp_path / "lake")
    )
    run = Planted(tmp_path, place=planned)
    run.claim(0, 10)
    run.put("b/raw/2026/01/01/00/1", lines(events(0, 10)))
    run.put("b/raw/2026/01/01/05/1", lines(events(0, 10)))
    run.put("b/elsewhere/1", lines(events(0, 10)))
    run.put("b/errors/1", b"")
    run.put(".firehose/spool", lines(events(0, 10)))
    told: list[Notice] = []
    report = run.verify(where=find_place(run.plan, None, Access()), tell=told.append)
    assert found(report) == {"delivered": 10}
    assert [notice.objects for notice in told if isinstance(notice, Reading)] == [2]


def test_a_named_folder_is_read_whole_but_for_hidden_folders(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 10)
    run.put("any/where/1", lines(events(0, 10)))
    run.put(".state/2", lines(events(0, 10)))
    report = run.verify(where=find_place(run.plan, str(run.lake), Access()))
    assert found(report) == {"delivered": 10}
    single = run.verify(where=find_place(run.plan, str(run.lake / "any/where/1"), Access()))
    assert found(single) == {"delivered": 10}


def test_a_folder_that_is_not_there_is_a_usage_problem(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    with pytest.raises(UsageProblem, match="there is no folder"):
        run.verify(where=find_place(run.plan, str(tmp_path / "nowhere"), Access()))


def test_parquet_among_the_objects_is_left_to_the_command_for_it(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 10)
    run.put("clicks-1", lines(events(0, 10)))
    run.put("part-0.parquet", b"PAR1" + lines(events(0, 10)) + b"PAR1")
    report = run.verify()
    assert (report.verdict, report.delivered, report.unread, report.unexplained) == (Verdict.INCOMPLETE, 10, 1, 0)
    assert [witness.object for witness in report.witnesses["unread"]] == ["part-0.parquet"]


def test_a_file_that_changes_is_not_taken_for_what_was_listed(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    path = run.put("1", b"x" * 3_000_000)
    place = FolderPlace(run.lake)
    [stored] = place.objects([""])
    reading = place.read(stored)
    next(reading)
    os.utime(path, ns=(1, 1))
    with pytest.raises(ObjectChanged):
        list(reading)
    path.unlink()
    with pytest.raises(ObjectChanged):
        list(place.read(stored))


@pytest.fixture
def client(moto: str, credentials: None, monkeypatch: pytest.MonkeyPatch) -> "S3Client":
    """A client of an emulator with one empty bucket, and the environment to reach it."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    made = boto3.client("s3", endpoint_url=moto)
    made.create_bucket(Bucket=BUCKET)
    return made


def in_bucket(run: Planted, endpoint: str, at: str | None) -> SearchScope:
    return find_place(run.plan, at, Access(endpoint_url=endpoint))


def test_s3_is_listed_in_pages_and_read(
    tmp_path: Path, client: "S3Client", moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "20")
    run = Planted(tmp_path)
    run.claim(0, 50)
    for number in range(50):
        client.put_object(Bucket=BUCKET, Key=f"in/{number:04d}", Body=lines(events(number, number + 1)))
    client.put_object(Bucket=BUCKET, Key="out/1", Body=lines(events(0, 1)))
    report = run.verify(where=in_bucket(run, moto, f"s3://{BUCKET}/in/"))
    assert found(report) == {"delivered": 50}
    assert report.objects == 50


def test_the_planned_place_in_s3_is_read(tmp_path: Path, client: "S3Client", moto: str) -> None:
    run = Planted(tmp_path, place=PlannedPlace(bucket=BUCKET, prefix="raw/", buffer_seconds=BUFFER_S))
    run.claim(0, 10)
    client.put_object(Bucket=BUCKET, Key="raw/2026/01/01/00/1", Body=lines(events(0, 9)))
    client.put_object(Bucket=BUCKET, Key="other/1", Body=lines(events(0, 9)))
    report = run.verify(where=in_bucket(run, moto, None))
    assert found(report) == {"delivered": 9, "missing": 1}


def test_an_object_replaced_after_it_was_listed_is_noticed(client: "S3Client") -> None:
    client.put_object(Bucket=BUCKET, Key="1", Body=b"one")
    place = BucketPlace(lambda: client, BUCKET)
    [stored] = place.objects([""])
    client.put_object(Bucket=BUCKET, Key="1", Body=b"two")
    with pytest.raises(ObjectChanged):
        list(place.read(stored))
    client.delete_object(Bucket=BUCKET, Key="1")
    with pytest.raises(ObjectChanged):
        list(place.read(stored))


def test_what_a_bucket_keeps_as_an_older_version_is_hidden(client: "S3Client") -> None:
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=BUCKET, Key="1", Body=b"one")
    place = BucketPlace(lambda: client, BUCKET)
    [stored] = place.objects([""])
    [removal] = place.remove([stored])
    assert removal.fate is Fate.HIDDEN
    assert list(place.objects([""])) == []
    [again] = place.remove([stored])
    assert again.fate is Fate.CHANGED


@pytest.mark.parametrize("breaks", [1, 6])
def test_a_body_that_breaks_off_is_read_on(
    client: "S3Client", monkeypatch: pytest.MonkeyPatch, breaks: int
) -> None:
    whole = bytes(range(256)) * 20_000
    client.put_object(Bucket=BUCKET, Key="1", Body=whole)
    place = BucketPlace(lambda: client, BUCKET)
    [stored] = place.objects([""])
    get, asked = client.get_object, []

    def breaking(**named: Any) -> Any:
        asked.append(named.get("Range"))
        answer = get(**named)
        if len(asked) <= breaks:  # the connection ends early, as botocore sees it: fewer bytes than were announced
            body: Any = answer["Body"]
            body._raw_stream = _Short(body._raw_stream, 500_000)
        return answer

    monkeypatch.setattr(client, "get_object", breaking)
    assert b"".join(place.read(stored)) == whole
    assert asked == [None, *(f"bytes={500_000 * done}-" for done in range(1, breaks + 1))]


class _Short:
    def __init__(self, stream: Any, left: int) -> None:
        self._stream = stream
        self._left = left

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._stream.close()


def test_a_bucket_that_is_not_there_is_named(tmp_path: Path, client: "S3Client", moto: str) -> None:
    run = Planted(tmp_path)
    with pytest.raises(EnvironmentProblem, match="there is no bucket 'nobodys-bucket'"):
        run.verify(where=in_bucket(run, moto, "s3://nobodys-bucket/x"))


def test_an_endpoint_that_is_down_is_named(tmp_path: Path, client: "S3Client") -> None:
    run = Planted(tmp_path)
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        run.verify(where=in_bucket(run, "http://127.0.0.1:9", f"s3://{BUCKET}"))


def test_a_stream_without_a_known_place_is_asked(tmp_path: Path, client: "S3Client", moto: str) -> None:
    firehose = boto3.client("firehose", endpoint_url=moto)
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "asked/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 70},
        },
    )
    run = Planted(tmp_path)
    run.claim(0, 5)
    client.put_object(Bucket=BUCKET, Key="asked/2026/01/01/00/1", Body=lines(events(0, 5)))
    where = in_bucket(run, moto, None)
    assert where.buffer_seconds == 70
    assert found(run.verify(where=where)) == {"delivered": 5}
