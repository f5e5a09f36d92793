"""What S3's answers mean for an object and for a bucket, and how long an object that breaks off is tried."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.landings.objects.bucket import BucketPlace
from clickgen.verify.landings.objects.bucket_answers import ATTEMPTS, patient, raise_of_bucket, raise_of_object
from clickgen.verify.landings.objects.place import Fate, ObjectChanged, ObjectUnread, Stored
from tests.support.planted import LANDED_MS

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

WHERE = "bucket 'lake'"


def answer(code: str, message: str = "in S3's words") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")


@pytest.mark.parametrize("code", ["NoSuchKey", "PreconditionFailed", "InvalidRange", "404"])
def test_an_object_that_is_no_longer_what_was_listed_has_changed(code: str) -> None:
    with pytest.raises(ObjectChanged):
        raise_of_object(answer(code), "a", WHERE)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (answer("KMS.DisabledException"), "no permission to use its key (kms:Decrypt): in S3's words"),
        (answer("AccessDenied", "not allowed: KMS:Decrypt"), "no permission to use its key (kms:Decrypt)"),
        (answer("AccessDenied", ""), "no permission to read it (s3:GetObject): AccessDenied"),
        (answer("403"), "no permission to read it (s3:GetObject): in S3's words"),
        (answer("InvalidObjectState"), "it is archived: restore it"),
        (answer("InvalidRequest", "encrypted with a key of its own"), "encrypted with a key of its own"),
    ],
)
def test_an_object_that_alone_cannot_be_read_says_why(problem: Exception, words: str) -> None:
    with pytest.raises(ObjectUnread) as caught:
        raise_of_object(problem, "a", WHERE)
    assert caught.value.message.startswith(words)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (answer("NoSuchBucket"), "there is no bucket 'lake'"),
        (answer("AccessDenied"), "no permission to read the keys of bucket 'lake'"),
        (answer("ExpiredToken"), "the credentials for bucket 'lake' have expired: in S3's words"),
        (answer("InvalidAccessKeyId"), "the credentials are not accepted at bucket 'lake': in S3's words"),
        (NoCredentialsError(), "there are no AWS credentials for bucket 'lake'"),
        (answer("PermanentRedirect"), "bucket 'lake' is not in that region: in S3's words"),
        (EndpointConnectionError(endpoint_url="http://x"), "bucket 'lake' cannot be reached: "),
        (answer("kms key", "odd"), "the keys of bucket 'lake' cannot be read: "),
    ],
)
def test_a_bucket_that_cannot_be_read_says_why(problem: Exception, words: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        raise_of_bucket(problem, "the keys", WHERE, "s3:ListBucket")
    assert caught.value.message.startswith(words)
    assert caught.value.hint


class Refusing:
    """A call that is refused the first time."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls == 1:
            raise answer(self._code)
        return "answered"


@pytest.mark.parametrize("code", ["SlowDown", "503"])
def test_what_may_pass_is_tried_again(code: str) -> None:
    assert patient()(Refusing(code)) == "answered"


def test_what_will_not_pass_is_not_tried_again() -> None:
    call = Refusing("NoSuchKey")
    with pytest.raises(ClientError):
        patient()(call)
    assert call.calls == 1


@pytest.fixture
def client() -> "S3Client":
    """A client that reaches nothing."""
    return boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def stub(client: "S3Client") -> Iterator[Stubber]:
    """Sets the client's answers; all of them must have been asked for."""
    with Stubber(client) as stubbed:
        yield stubbed
    stubbed.assert_no_pending_responses()


def test_an_object_of_which_nothing_comes_is_given_up(client: "S3Client", stub: Stubber) -> None:
    for _ in range(ATTEMPTS):
        stub.add_response("get_object", {"ETag": '"tag"', "Body": StreamingBody(io.BytesIO(b""), 9)})
    reading = BucketPlace(lambda: client, "lake").read(Stored("a", 9, LANDED_MS, "tag"))
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        list(reading)


def test_what_becomes_of_each_object_to_be_removed_is_as_s3_answers(client: "S3Client", stub: Stubber) -> None:
    objects = [Stored(key, 9, LANDED_MS, "tag") for key in "abcd"]
    for _ in objects:
        stub.add_response("head_object", {"ETag": '"tag"'})
    errors = [
        {"Key": "b", "Code": "PreconditionFailed", "Message": "it is another one now"},
        {"Key": "c", "Code": "AccessDenied", "Message": "not you"},
    ]
    deleted = [{"Key": "a"}, {"Key": "d", "DeleteMarker": True}]
    stub.add_response("delete_objects", {"Deleted": deleted, "Errors": errors})
    removals = BucketPlace(lambda: client, "lake").remove(objects)
    assert [(removal.stored.key, removal.fate, removal.reason) for removal in removals] == [
        ("a", Fate.REMOVED, ""),
        ("b", Fate.CHANGED, ""),
        ("c", Fate.REFUSED, "AccessDenied: not you"),
        ("d", Fate.HIDDEN, ""),
    ]
