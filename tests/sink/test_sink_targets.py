"""Before anything leaves: what a stream or a table says of itself is heeded, and its price is told by its kind."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from clickgen.cli.delivery_options import FORMS
from clickgen.cost.bill import load_prices
from clickgen.model.destination import (
    Destination,
    DynamoDbDestination,
    FileDestination,
    FirehoseDestination,
    Kind,
    KinesisDestination,
    S3Destination,
    destination_of,
)
from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.model.plan import Plan
from clickgen.run.cost_words import billed_estimate, cost_line
from clickgen.run.targets.registry import find_target, target_kind, tariff_of
from clickgen.run.targets.target import Target, TargetKind
from clickgen.sink.aws import Access
from clickgen.sink.registry import KINDS, Address, forms, limits_of
from clickgen.view.command_lines import next_command
from tests.conftest import CREDENTIALS
from tests.support.snapshots import a_plan
from tests.support.wire import wire

STREAM = {
    "StreamName": "clicks",
    "StreamARN": "arn:aws:kinesis:us-east-1:111122223333:stream/clicks",
    "StreamStatus": "ACTIVE",
    "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
    "MaxRecordSizeInKiB": 2048,
}
TABLE = {
    "TableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/clicks",
    "TableStatus": "ACTIVE",
    "AttributeDefinitions": [
        {"AttributeName": "at", "AttributeType": "N"},
        {"AttributeName": "indexed", "AttributeType": "B"},
        {"AttributeName": "visitor", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "at", "KeyType": "RANGE"},
        {"AttributeName": "visitor", "KeyType": "HASH"},
    ],
}
DENIED = 400, {"__type": "AccessDeniedException", "message": "not allowed to describe"}


def resolved(monkeypatch: pytest.MonkeyPatch, kind: Kind, answer: dict[str, Any], status: int = 200) -> Target:
    """The target `clicks` where the service says that of it."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with wire(lambda _: (status, json.dumps(answer).encode())) as server:
        return find_target(Address(kind, "clicks"), Access(endpoint_url=server.url))


def test_a_stream_tells_how_it_is_billed_and_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    target = resolved(monkeypatch, "kinesis", {"StreamDescriptionSummary": STREAM})
    destination = target.destination
    assert isinstance(destination, KinesisDestination)
    assert (destination.stream, destination.account) == ("clicks", "111122223333")
    assert destination.on_demand
    assert 1 << 20 < limits_of(destination).record_bytes < 2 << 20
    assert not target.on_aws
    assert "(--endpoint-url)" in target.line
    assert target.warnings == ()


def test_a_denied_describe_of_a_stream_warns_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    target = resolved(monkeypatch, "kinesis", DENIED[1], DENIED[0])
    assert "not allowed to describe" in target.warnings[0]
    assert isinstance(target.destination, KinesisDestination)
    assert target.destination.record_bytes is None


def test_a_table_tells_its_keys_the_partition_key_first(monkeypatch: pytest.MonkeyPatch) -> None:
    target = resolved(monkeypatch, "dynamodb", {"Table": TABLE})
    assert isinstance(target.destination, DynamoDbDestination)
    assert list(target.destination.keys.items()) == [("visitor", "S"), ("at", "N")]


@pytest.mark.parametrize(
    ("kind", "status", "answer", "words", "hint"),
    [
        ("kinesis", 200, {"StreamDescriptionSummary": {**STREAM, "StreamStatus": "CREATING"}}, "CREATING", "wait"),
        ("dynamodb", 200, {"Table": {**TABLE, "TableStatus": "DELETING"}}, "is DELETING", "wait"),
        ("dynamodb", *DENIED, "its keys are not known", "dynamodb:DescribeTable"),
        ("dynamodb", 400, {"__type": "ResourceNotFoundException"}, "no table 'clicks' in us-east-1", "--region"),
        ("kinesis", 400, {"__type": "UnrecognizedClientException"}, "cannot be described", "credentials"),
    ],
)
def test_what_takes_no_events_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, status: int, answer: dict[str, Any], words: str, hint: str
) -> None:
    with pytest.raises(EnvironmentProblem) as problem:
        resolved(monkeypatch, kind, answer, status)
    assert words in problem.value.message
    assert hint in (problem.value.hint or "")


def test_a_binary_key_is_none_that_an_event_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    binary = [{"AttributeName": "indexed", "KeyType": "HASH"}]
    with pytest.raises(UsageProblem, match="'indexed' of table 'clicks' is binary"):
        resolved(monkeypatch, "dynamodb", {"Table": {**TABLE, "KeySchema": binary}})


def test_nobody_there_is_said_with_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    for kind in ("kinesis", "dynamodb", "s3"):
        with pytest.raises(ClickgenError, match=r"at http://127.0.0.1:9 cannot be reached"):
            find_target(Address(kind, "clicks"), Access(endpoint_url="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("destination", "usd"),
    [
        # a million events of 420 bytes: each a record of 5 KB, of a 25 KB unit, of 1 KB, an item of one write unit
        (FirehoseDestination(stream="x"), 1e6 * 5120 / 2**30 * 0.029),
        (KinesisDestination(stream="x"), 1e6 * 0.014 / 1e6),
        (KinesisDestination(stream="x", on_demand=True), 1e6 * 1024 / 2**30 * 0.08),
        (DynamoDbDestination(stream="x"), 1e6 * 0.625 / 1e6),
        # 500 a second on one lane: an object closes a second after its first event, 1,997 PUT requests
        (S3Destination(stream="lake/"), 1997 * 0.005 / 1000),
        (FileDestination(stream="/x"), 0.0),
    ],
)
def test_each_kind_is_billed_in_its_own_units(destination: Destination, usd: float) -> None:
    plan = a_plan(destination=destination, planned=1_000_000)
    target, tariff = Target(destination, None, "", on_aws=True), tariff_of(destination, load_prices())
    assert tariff.usd(billed_estimate(target, plan, 1_000_000)) == pytest.approx(usd)
    if usd:
        assert tariff.billed_bytes(usd) == pytest.approx(billed_estimate(target, plan, 1_000_000), rel=1e-9)
        assert "for 1,000,000 events" in cost_line(target, tariff, plan)
    else:
        assert cost_line(target, tariff, plan) == "free"


def test_the_next_command_is_the_proof_where_there_can_be_one() -> None:
    def after(kind: Kind, name: str, made: str = "jsonl") -> str:
        plan: Plan = a_plan(destination=destination_of(kind, name), format=made)
        return next_command(plan).replace(plan.run, "RUN")

    places: list[tuple[Kind, str]] = [
        ("firehose", "clicks"), ("s3", "lake/"), ("file", "/my a.gz"), ("kinesis", "clicks"), ("dynamodb", "t"),
    ]  # fmt: skip
    assert {after(*place) for place in places} == {"clickgen verify RUN"}
    assert after("stdout", "") == after("file", "/visits.csv", "csv") == "clickgen runs show RUN"
    assert after("file", "/visits.parquet", "parquet") == after("s3", "lake/", "parquet") == "clickgen verify RUN"
    assert after("http", "https://h/") == "clickgen verify s3 delivery RUN --at s3://BUCKET/PREFIX"


def test_plans_of_before_each_kind_had_fields_of_its_own_are_read() -> None:
    every_field = {
        "embedded": False, "on_aws": True, "region": "eu-west-1", "account": None, "endpoint_url": None,
        "aws_profile": None, "keys": {}, "record_bytes": None, "on_demand": False,
    }  # fmt: skip
    for kind in (*KINDS, "lake"):
        read = destination_of(kind, "clicks", **every_field)
        assert (read.kind, read.stream) == (kind, "clicks")
        assert read == destination_of(**read.model_dump())


def test_a_field_that_no_kind_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        destination_of("kinesis", "clicks", colour="red")


def test_each_kind_of_sink_is_known_as_a_target() -> None:
    for kind in KINDS:
        assert isinstance(target_kind(kind), TargetKind)


def test_help_names_the_forms_of_all_kinds() -> None:
    assert forms() == FORMS
