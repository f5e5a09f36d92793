"""`clickgen verify dynamodb`: every item once, and its fields against what was sent."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.destination import DynamoDbDestination, destination_of
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place as PlannedPlace
from clickgen.sink.aws import Access
from clickgen.verify.landings.dynamodb.items import as_json
from clickgen.verify.landings.dynamodb.table_landing import DynamoDbLanding, find_table
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.dynamodb_landing import item, verified
from tests.support.dynamodb_stand_in import StandIn, serving
from tests.support.planted import (
    AFTER_DEADLINE_MS,
    ID_AT,
    OTHER_RUN,
    RUN,
    Planted,
    event,
    events,
    found,
)
from tests.support.wire import wire

pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 30)
    return planted


def test_the_command_looks_into_the_table_that_is_named(run: Planted, clickgen: CommandLine) -> None:
    stand_in = StandIn([{"key": item(part)["event_id"]} for part in events(0, 29)], keys={"key": "S"})
    with serving(stand_in) as url:
        options = [
            "--table",
            "clicks",
            "--endpoint-url",
            url,
            "--content",
            "ids",
            "--id-attribute",
            "key",
            "--json",
        ]
        said = clickgen.run("verify", "dynamodb", "delivery", *options, env=CREDENTIALS)
    assert said.code == 1, said.err
    assert [said.json[name] for name in ("delivered", "missing", "dropped")] == [29, 1, 0]
    assert "without comparing contents, of dynamodb:clicks" in said.err


@pytest.mark.slow
def test_a_run_into_a_table_is_verified_field_by_field(clickgen: CommandLine, moto: str) -> None:
    make: Any = boto3.client  # the stubs of DynamoDB are not installed
    dynamodb = make("dynamodb", endpoint_url=moto)
    dynamodb.create_table(
        TableName="clicks",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "event_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "event_id", "KeyType": "HASH"}],
    )
    options = ["--rate", "max", "--events", "150", "--lanes", "1", "--profile", "shop"]
    sent = clickgen.run("send", "--to", "dynamodb:clicks", "--endpoint-url", moto, *options, env=CREDENTIALS)
    assert sent.code == 0, sent.err
    said = clickgen.run("verify", "dynamodb", "delivery", env=CREDENTIALS)
    assert said.code == 0, said.err + said.out
    assert "verified: all 150 accepted events arrived, whole" in said.out
    first, second = dynamodb.scan(TableName="clicks", Limit=2)["Items"]
    dynamodb.put_item(TableName="clicks", Item={**first, "event_type": {"S": "changed"}})
    dynamodb.delete_item(TableName="clicks", Key={"event_id": second["event_id"]})
    dynamodb.put_item(TableName="clicks", Item={"event_id": {"S": event(1, run=OTHER_RUN)[13:49].decode()}})
    said = clickgen.run("verify", "dynamodb", "delivery", "--json", "--wait", "0s", env=CREDENTIALS)
    assert said.code == 1
    assert [said.json[name] for name in ("delivered", "conflicting", "other_runs")] == [148, 1, 1]
    assert "event_type" in said.json["witnesses"]["conflicting"][0]["detail"]


def test_each_kind_of_item_is_counted_for_what_it_is(run: Planted) -> None:
    good = events(0, 26)
    items = [
        *map(item, good),
        item(event(26).replace(b"/p/26", b"/p/27")),
        {"event_id": {"S": event(27)[ID_AT : ID_AT + 30].decode()}},
        {"event_id": {"S": "somebody's"}},
        {"event_id": {"N": "7"}},
        {"other": {"S": "x"}},
        item(event(28, run=OTHER_RUN)),
    ]
    report = verified(run, StandIn(items), sent=events(0, 30), fields=True)
    wrong = {"missing": 4, "conflicting": 1, "corrupt": 1, "other_runs": 1, "foreign": 3}
    assert found(report) == {"delivered": 26} | wrong
    assert "page.path" in report.witnesses["conflicting"][0].detail
    del wrong["conflicting"]
    assert found(verified(run, StandIn(items))) == {"delivered": 27, **wrong, "missing": 3}


@given(
    count=st.integers(0, 30),
    page=st.integers(1, 9),
    megabytes=st.integers(0, 400),
    trouble=st.lists(
        st.sampled_from(["ProvisionedThroughputExceededException", "ThrottlingException"]), max_size=1
    ),
)
@settings(max_examples=6)
def test_every_item_is_read_once_whatever_the_segments_and_the_trouble(
    tmp_path_factory: pytest.TempPathFactory, count: int, page: int, megabytes: int, trouble: list[str]
) -> None:
    run = Planted(tmp_path_factory.mktemp("run"))
    run.claim(0, 30)
    stand_in = StandIn(list(map(item, events(0, count))), page=page, size=megabytes << 20, trouble=trouble)
    report = verified(run, stand_in)
    assert (report.delivered, report.missing, report.unexplained) == (count, 30 - count, 0)
    segments = {scan["TotalSegments"] for scan in stand_in.scans}
    assert segments == {min(8, 1 + megabytes // 32)}
    assert all(scan["ConsistentRead"] and "ProjectionExpression" in scan for scan in stand_in.scans)


def test_an_id_is_found_in_a_nested_attribute(run: Planted) -> None:
    items = [{"meta": {"M": {"clickgen.id": item(part)["event_id"], "n": {"N": "1"}}}} for part in events(0, 30)]
    report = verified(run, StandIn(items, keys={"n": "N"}), id_path=("meta", "clickgen.id"))
    assert found(report) == {"delivered": 30}


@pytest.mark.parametrize(
    ("kind", "place", "seconds"),
    [
        ("dynamodb", PlannedPlace(bucket="lake", buffer_seconds=90), 0),
        ("firehose", PlannedPlace(bucket="lake", buffer_seconds=90), 90),
        ("kinesis", None, 300),
    ],
)
def test_only_what_stands_before_a_table_is_waited_for(
    run: Planted, kind: Literal["dynamodb", "firehose", "kinesis"], place: PlannedPlace | None, seconds: int
) -> None:
    went_to = destination_of(kind, "clicks")
    plan = run.plan.model_copy(update={"destination": went_to, "place": place})
    with serving(StandIn([])) as url:
        source = find_table(plan, "clicks", Access(region="us-east-1", endpoint_url=url))
    assert DynamoDbLanding(run.run, plan, source, ("event_id",), lambda _: None).buffer_seconds == seconds


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**30), 10**30)
        | st.text(max_size=5)
        | st.sampled_from([1.5, 0.25]),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_an_item_says_what_the_event_said(value: object) -> None:
    exact = json.loads(json.dumps(value), parse_float=Decimal)
    assert json.loads(as_json({"value": TypeSerializer().serialize(exact)})) == {"value": value}


@pytest.mark.parametrize(
    ("code", "words"),
    [("AccessDeniedException", "no permission to read table 'clicks'"), ("ResourceNotFoundException", "no table")],
)
def test_a_table_that_cannot_be_scanned_is_explained(run: Planted, code: str, words: str) -> None:
    refused = json.dumps({"__type": code, "message": "no"}).encode()

    def look(url: str) -> None:
        source = find_table(run.plan, "clicks", Access(endpoint_url=url))
        DynamoDbLanding(run.run, run.plan, source, ("event_id",), lambda _: None).look(AFTER_DEADLINE_MS)

    with wire(lambda _: (400, refused)) as server, pytest.raises(EnvironmentProblem, match=words):
        look(server.url)


def test_the_partition_key_comes_first_however_it_is_told(run: Planted) -> None:
    keys = [{"AttributeName": "at", "KeyType": "RANGE"}, {"AttributeName": "user", "KeyType": "HASH"}]
    kinds = [{"AttributeName": name, "AttributeType": kind} for name, kind in (("at", "N"), ("user", "S"))]
    described = json.dumps({"Table": {"KeySchema": keys, "AttributeDefinitions": kinds}}).encode()
    with wire(lambda _: (200, described)) as server:
        source = find_table(run.plan, "clicks", Access(endpoint_url=server.url))
    assert list(source.keys.items()) == [("user", "S"), ("at", "N")]


def test_of_a_table_that_may_not_be_described_the_run_knows_its_own_keys(run: Planted) -> None:
    destination = DynamoDbDestination(stream="clicks", keys={"user": "S"})
    plan = run.plan.model_copy(update={"destination": destination})
    refused = b'{"__type":"AccessDeniedException","message":"no"}'
    with wire(lambda _: (400, refused)) as server:
        found = [find_table(plan, named, Access(endpoint_url=server.url)) for named in (None, "clicks")]
    assert [source.keys for source in found] == [{"user": "S"}, {}]


def test_whether_contents_were_compared_is_said(run: Planted) -> None:
    sent = events(0, 30)
    table = StandIn([item(event) for event in sent])
    assert verified(run, table, sent=sent, fields=True).content_checked
    assert not verified(run, table, sent=sent).content_checked


def test_a_run_that_went_elsewhere_needs_the_tables_name(run: Planted) -> None:
    with pytest.raises(UsageProblem, match=f"run {RUN} went to firehose:clicks"):
        find_table(run.plan, None, Access())
