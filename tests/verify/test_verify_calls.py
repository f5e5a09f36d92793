"""Calls to a service that is read: what may pass is tried again, and what will not is explained at once."""

import json

import pytest

from clickgen.model.destination import KinesisDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.sink.aws import Access, make_client
from clickgen.verify.landings.aws_reads import AwsReads, OutdatedError, reading_access
from tests.support.wire import wire

SCAN = {"TableName": "clicks"}


pytestmark = pytest.mark.usefixtures("credentials")


def service(url: str) -> AwsReads:
    client = make_client("dynamodb", Access("us-east-1", None, url))
    return AwsReads(client, "table 'clicks'", "dynamodb:Scan")


def refused(code: str) -> bytes:
    return json.dumps({"__type": code, "message": "not now"}).encode()


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "Odd"), (503, "Odd"), (429, "Odd"), (400, "ThrottlingException"), (400, "InternalError")],
)
def test_what_may_pass_is_asked_again(status: int, code: str) -> None:
    with wire(lambda _: (200, b'{"Count":3}') if len(server.bodies) > 1 else (status, refused(code))) as server:
        assert service(server.url).call("scan", SCAN)["Count"] == 3
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ValidationException", "table 'clicks' at {} cannot be read: ValidationException: not now"),
        (499, "Odd", "table 'clicks' at {} cannot be read: Odd: not now"),
        (400, "ResourceNotFoundException", "there is no table 'clicks' at {}"),
        (400, "AccessDeniedException", "no permission to read table 'clicks' at {}: not now"),
        (400, "ExpiredTokenException", "the credentials to read table 'clicks' at {} have expired: not now"),
    ],
)
def test_what_will_not_pass_is_told_at_once(status: int, code: str, words: str) -> None:
    with wire(lambda _: (status, refused(code))) as server, pytest.raises(EnvironmentProblem) as caught:
        service(server.url).call("scan", SCAN)
    assert caught.value.message == words.format(server.url)
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ProvisionedThroughputExceededException", "has no room for more reads: ProvisionedThroughput"),
        ("InternalServerError", "cannot be read: InternalServerError"),
    ],
)
def test_what_does_not_pass_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch, code: str, words: str) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    with wire(lambda _: (400, refused(code))) as server, pytest.raises(EnvironmentProblem, match=words):
        service(server.url).call("scan", SCAN)
    assert len(server.bodies) == 12


def test_a_place_that_was_given_out_too_long_ago_is_told_apart() -> None:
    with wire(lambda _: (400, refused("ExpiredIteratorException"))) as server, pytest.raises(OutdatedError):
        service(server.url).call("scan", SCAN)


EMULATOR, ANOTHER, AWS = (
    "http://127.0.0.1:5000",
    "http://127.0.0.1:6000",
    "https://kinesis.eu-west-1.amazonaws.com",
)


@pytest.mark.parametrize(
    ("sender", "asked", "variable", "endpoint"),
    [
        (EMULATOR, None, None, EMULATOR),
        (EMULATOR, ANOTHER, None, ANOTHER),
        (EMULATOR, None, "AWS_ENDPOINT_URL", None),
        (EMULATOR, None, "AWS_ENDPOINT_URL_KINESIS", None),
        (EMULATOR, None, "AWS_ENDPOINT_URL_DYNAMODB", EMULATOR),
        (AWS, None, None, None),
        (AWS, ANOTHER, None, ANOTHER),
        (None, None, None, None),
    ],
)
def test_what_was_sent_to_an_emulator_is_looked_for_there_unless_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
    sender: str | None,
    asked: str | None,
    variable: str | None,
    endpoint: str | None,
) -> None:
    if variable is not None:
        monkeypatch.setenv(variable, ANOTHER)
    went_to = KinesisDestination(stream="clicks", endpoint_url=sender, region="eu-west-1")
    plan = Plan(run="0a1b2c3d4e5f", command="send", created_ms=0, start_ms=0, lanes=1, destination=went_to)
    assert reading_access("kinesis", plan, Access(endpoint_url=asked)) == Access("eu-west-1", None, endpoint)
