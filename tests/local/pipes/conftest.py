"""The services that pipes lead from and to, on one server; each test takes streams and tables of its own."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.local.dynamodb.conftest import make_table
from tests.local.dynamodb.test_table_streams import WHOLE, arn_of
from tests.local.kinesis.conftest import wait_active
from tests.local.kinesis.test_records import read_all
from tests.support.local_server import LocalServer, service_client, serving, until

ROLE = "arn:aws:iam::000000000000:role/pipe"
FROM_START = {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON"}}
BY_ID = {"KinesisStreamParameters": {"PartitionKey": "$.dynamodb.Keys.id.S"}}
NUMBERS = count()


class Place:
    """The services of one server."""

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        self.dynamodb, self.kinesis, self.pipes = (
            service_client(name, server.endpoint) for name in ("dynamodb", "kinesis", "pipes")
        )

    def table(self) -> tuple[str, str]:
        """A table with a stream; its name and the stream's ARN."""
        name = make_table(self.dynamodb, f"clicks-{next(NUMBERS)}", StreamSpecification=WHOLE)
        return name, arn_of(self.dynamodb, name)

    def stream(self, shards: int = 1) -> tuple[str, str]:
        """A Kinesis stream; its name and ARN."""
        name = f"events-{next(NUMBERS)}"
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        wait_active(self.kinesis, name)
        return name, f"arn:aws:kinesis:eu-west-1:000000000000:stream/{name}"

    def pipe(self, source: str, target: str, **options: Any) -> str:
        """A running pipe; its name."""
        name = f"pipe-{next(NUMBERS)}"
        parameters = {"SourceParameters": FROM_START, "TargetParameters": BY_ID, **options}
        made = self.pipes.create_pipe(Name=name, RoleArn=ROLE, Source=source, Target=target, **parameters)
        assert made["CurrentState"] == "CREATING"
        self.wait(name, parameters.get("DesiredState", "RUNNING"))
        return name

    def wait(self, pipe: str, state: str) -> None:
        until(lambda: self.pipes.describe_pipe(Name=pipe)["CurrentState"] == state)

    def landed(self, stream: str, at_least: int) -> list[Any]:
        """The records of a stream's first shard, once there are that many."""
        found: list[Any] = []

        def enough() -> bool:
            time.sleep(0.1)
            found[:] = read_all(self.kinesis, stream)
            return len(found) >= at_least

        until(enough, 20)
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with serving(tmp_path_factory.mktemp("pipes") / "lake") as server:
        yield Place(server)
