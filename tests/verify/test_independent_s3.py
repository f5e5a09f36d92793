"""Verifying and cleaning at an S3 that others wrote, through the command line."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from clickgen.model.errors import EnvironmentProblem
from clickgen.sink.aws import Access
from clickgen.verify.landings.objects.bucket import BucketPlace
from clickgen.verify.landings.objects.place import Fate, ObjectChanged
from clickgen.verify.landings.objects.search_scope import SearchScope, find_place
from tests.conftest import CommandLine, Said
from tests.support.independent_s3 import IndependentS3, serve_s3
from tests.support.planted import BUFFER_S, FOREIGN, Planted, events, found, lines
from tests.support.refusing_s3 import refusing_s3


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndependentS3]:
    """One server for all tests here."""
    with serve_s3(tmp_path_factory.mktemp("buckets")) as served:
        yield served


@pytest.fixture
def bucket(s3: IndependentS3, request: pytest.FixtureRequest) -> Path:
    """A bucket of the test's own."""
    folder: Path = s3.folder / request.node.name.replace("_", "-")[:60]
    folder.mkdir()
    return folder


def put(bucket: Path, key: str, data: bytes) -> None:
    path = bucket / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def run(tmp_path: Path, clickgen: CommandLine) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 400)
    return planted


@pytest.fixture
def place(s3: IndependentS3, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> BucketPlace:
    """The bucket as a place."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    # a session of its own: the one that boto3 shares keeps the credentials of whatever test came first
    return BucketPlace(lambda: boto3.Session().client("s3", endpoint_url=s3.endpoint), bucket.name)


def verify(clickgen: CommandLine, s3: IndependentS3, at: str, endpoint: str | None = None, *options: str) -> Said:
    """Verify the run there, through the command line."""
    where = ["--at", f"s3://{at}", "--endpoint-url", endpoint or s3.endpoint]
    return clickgen.run("verify", "s3", "delivery", *where, *options, "--json", env=s3.environment)


def test_a_delivery_is_verified_and_not_read_twice(
    run: Planted, clickgen: CommandLine, s3: IndependentS3, bucket: Path
) -> None:
    for first in range(0, 400, 100):
        put(bucket, f"raw/2026/01/01/{first}.gz", gzip.compress(lines(events(first, first + 100))))
    put(bucket, "elsewhere/1", lines([FOREIGN]))
    said = verify(clickgen, s3, f"{bucket.name}/raw/")
    assert said.code == 0, said.err
    assert (said.json["verdict"], said.json["delivered"], said.json["objects"]) == ("verified", 400, 4)
    assert "reading 4 objects, " in said.err
    put(bucket, "raw/2026/01/01/300.gz", gzip.compress(lines(events(300, 390))))
    again = verify(clickgen, s3, f"{bucket.name}/raw/")
    assert (again.code, again.json["missing"], again.json["delivered"]) == (1, 10, 390)
    assert "reading 1 object, " in again.err


def test_objects_that_may_not_be_read_are_named_and_make_it_incomplete(
    run: Planted, clickgen: CommandLine, s3: IndependentS3, bucket: Path, place: BucketPlace
) -> None:
    for number in range(4):
        put(bucket, f"{number}", lines(events(number * 100, number * 100 + 100)))
    refusals = {
        f"/{bucket.name}/1": ("AccessDenied", "Access Denied"),
        f"/{bucket.name}/2": ("AccessDenied", "not authorized to perform: kms:Decrypt on this key"),
        f"/{bucket.name}/3": ("InvalidObjectState", "not valid for the object's storage class"),
    }
    with refusing_s3(s3.endpoint, refusals) as endpoint:
        said = verify(clickgen, s3, bucket.name, endpoint)
    assert said.code == 4, said.err
    assert (said.json["verdict"], said.json["unread"]) == ("incomplete", 3)
    assert (said.json["delivered"], said.json["pending"], said.json["missing"]) == (100, 300, 0)
    reasons = {witness["object"]: witness["detail"] for witness in said.json["witnesses"]["unread"]}
    assert "s3:GetObject" in reasons["1"]
    assert "kms:Decrypt" in reasons["2"]
    assert "archived" in reasons["3"]
    assert found(run.verify(where=SearchScope(place, None, BUFFER_S))) == {"delivered": 400}


def test_where_nothing_may_be_read_the_permission_is_named_at_once(
    run: Planted, clickgen: CommandLine, s3: IndependentS3, bucket: Path
) -> None:
    refusals = {}
    for number in range(4):
        put(bucket, f"{number}", lines(events(number * 100, number * 100 + 100)))
        refusals[f"/{bucket.name}/{number}"] = ("AccessDenied", "Access Denied")
    with refusing_s3(s3.endpoint, refusals) as endpoint:
        said = verify(clickgen, s3, bucket.name, endpoint)
        del refusals[f"/{bucket.name}/0"]
        some = verify(clickgen, s3, bucket.name, endpoint, "--wait", "5m")
    assert said.code == 3, said.err
    assert f"none of the 4 objects in s3://{bucket.name}/ may be read" in said.err
    assert "no permission to read it (s3:GetObject)" in said.err
    assert (some.code, some.json["delivered"], some.json["unread"]) == (4, 100, 3)  # at once: waiting is no help
    assert "--wait" not in some.err


def test_what_keeps_a_bucket_from_being_listed_is_said(
    run: Planted, clickgen: CommandLine, s3: IndependentS3, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = verify(clickgen, s3, "nobodys-bucket/x")
    assert said.code == 3
    assert "there is no bucket 'nobodys-bucket'" in said.err
    assert "hint: " in said.err
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    with refusing_s3(s3.endpoint, {f"/{bucket.name}": ("AccessDenied", "Access Denied")}) as endpoint:
        at = find_place(run.plan, f"s3://{bucket.name}/raw/", Access(endpoint_url=endpoint))
        with pytest.raises(EnvironmentProblem, match="no permission to read the keys under 'raw/'") as denied:
            run.verify(where=at)
    assert "s3:ListBucket" in (denied.value.hint or "")
    for variable in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(variable, "wrong")
        at = find_place(run.plan, f"s3://{bucket.name}", Access(endpoint_url=s3.endpoint))
        with pytest.raises(EnvironmentProblem, match="the credentials are not accepted"):
            run.verify(where=at)


def test_an_object_replaced_after_it_was_listed_is_neither_read_nor_removed(
    place: BucketPlace, bucket: Path
) -> None:
    put(bucket, "1", b"one")
    put(bucket, "2", b"two")
    first, second = sorted(place.objects([""]), key=lambda stored: stored.key)
    put(bucket, "1", b"uno")  # this service does not heed If-Match
    with pytest.raises(ObjectChanged):
        list(place.read(first))
    assert b"".join(place.read(second)) == b"two"
    fates = {removal.stored.key: removal.fate for removal in place.remove([first, second])}
    assert fates == {"1": Fate.CHANGED, "2": Fate.REMOVED}
    assert [path.name for path in bucket.iterdir()] == ["1"]


def test_a_run_is_cleaned_out_of_a_bucket(
    run: Planted, clickgen: CommandLine, s3: IndependentS3, bucket: Path
) -> None:
    put(bucket, "alone", lines(events(0, 200)))
    put(bucket, "shared", lines([*events(200, 400), FOREIGN]))
    put(bucket, "theirs", lines([FOREIGN]))
    arguments = ["clean", "--at", f"s3://{bucket.name}", "--endpoint-url", s3.endpoint, "--json"]
    said = clickgen.run(*arguments, "--yes", env=s3.environment)
    assert said.code == 0, said.err
    assert said.json["removed"] == 1
    assert said.json["shared"]["keys"] == [{"key": "shared", "events": 200, "others": 1, "undecided": 0}]
    assert sorted(path.name for path in bucket.iterdir()) == ["shared", "theirs"]
