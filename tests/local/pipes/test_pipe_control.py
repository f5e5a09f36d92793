"""Pipes: created, described, changed, stopped, started, deleted; and what cannot be."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.dynamodb.conftest import code_of
from tests.local.dynamodb.test_tables import items, puts
from tests.local.pipes.conftest import BY_ID, FROM_START, ROLE, Place
from tests.support.local_server import until


def test_a_pipe_stops_and_goes_on_where_it_was(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    pipe = place.pipe(source, target, DesiredState="STOPPED")
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(5)))
    assert place.pipes.start_pipe(Name=pipe)["CurrentState"] == "STARTING"
    place.landed(stream, 5)
    place.wait(pipe, "RUNNING")
    with pytest.raises(ClientError) as refused:
        place.pipes.start_pipe(Name=pipe)
    assert code_of(refused) == "ConflictException"
    place.pipes.stop_pipe(Name=pipe)
    place.wait(pipe, "STOPPED")
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(5, 5)))
    place.pipes.update_pipe(
        Name=pipe,
        RoleArn=ROLE,
        DesiredState="RUNNING",
        TargetParameters={**BY_ID, "InputTemplate": "<$.eventName>"},
    )
    found = place.landed(stream, 10)
    assert [record["Data"] for record in found[5:]] == [b"INSERT"] * 5
    place.pipes.delete_pipe(Name=pipe)
    until(lambda: pipe not in {one["Name"] for one in place.pipes.list_pipes()["Pipes"]})
    with pytest.raises(ClientError) as refused:
        place.pipes.describe_pipe(Name=pipe)
    assert code_of(refused) == "NotFoundException"


def test_pipes_are_listed_described_and_tagged(place: Place) -> None:
    _, source = place.table()
    _, target = place.stream()
    pipe = place.pipe(source, target, Description="mine", Tags={"team": "web"})
    described = place.pipes.describe_pipe(Name=pipe)
    assert described["SourceParameters"]["DynamoDBStreamParameters"]["StartingPosition"] == "TRIM_HORIZON"
    assert (described["Source"], described["Target"], described["Description"]) == (source, target, "mine")
    place.pipes.tag_resource(resourceArn=described["Arn"], tags={"a": "1"})
    place.pipes.untag_resource(resourceArn=described["Arn"], tagKeys=["team"])
    assert place.pipes.list_tags_for_resource(resourceArn=described["Arn"])["tags"] == {"a": "1"}
    found = place.pipes.list_pipes(SourcePrefix=source, CurrentState="RUNNING", Limit=1)
    assert [one["Name"] for one in found["Pipes"]] == [pipe]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"Target": "arn:aws:sqs:eu-west-1:000000000000:queue"}, "lead to Kinesis, Firehose and Lambda"),
        ({"Source": "arn:aws:sqs:eu-west-1:000000000000:queue"}, "lead from Kinesis and DynamoDB"),
        ({"SourceParameters": {}}, "StartingPosition is required"),
        ({"TargetParameters": {}}, "PartitionKey is required"),
        ({"TargetParameters": {**BY_ID, "InputTemplate": "<$.a[*]>"}}, "not a JSON path"),
        ({"Enrichment": "arn:aws:lambda:eu-west-1:000000000000:function:f"}, "do not take Enrichment"),
        (
            {"SourceParameters": {**FROM_START, "FilterCriteria": {"Filters": [{"Pattern": '{"a": "b"}'}]}}},
            "Event pattern is not valid",
        ),
    ],
)
def test_a_pipe_that_cannot_be_is_refused(place: Place, options: dict[str, Any], says: str) -> None:
    given = {
        "Source": "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2026-01-01T00:00:00.000",
        "Target": "arn:aws:kinesis:eu-west-1:000000000000:stream/s",
        "SourceParameters": FROM_START,
        "TargetParameters": BY_ID,
    }
    with pytest.raises(ClientError) as refused:
        place.pipes.create_pipe(Name="wrong", RoleArn=ROLE, **(given | options))
    assert code_of(refused) == "ValidationException"
    assert says in str(refused.value)


def test_a_pipe_without_its_source_fails_to_be_created(place: Place) -> None:
    _, target = place.stream()
    source = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2026-01-01T00:00:00.000"
    place.pipes.create_pipe(
        Name="lost",
        RoleArn=ROLE,
        Source=source,
        Target=target,
        SourceParameters=FROM_START,
        TargetParameters=BY_ID,
    )
    place.wait("lost", "CREATE_FAILED")
    assert "does not exist" in place.pipes.describe_pipe(Name="lost")["StateReason"]
