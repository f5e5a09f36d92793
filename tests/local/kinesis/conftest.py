"""One server for the tests of Kinesis; each test takes streams of its own."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.local_server import LocalServer, service_client, serving, until

if TYPE_CHECKING:
    from types_boto3_kinesis import KinesisClient

_NUMBERS = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("kinesis") / "lake") as server:
        yield server


@pytest.fixture(scope="module")
def kinesis(server: LocalServer) -> Iterator["KinesisClient"]:
    client: KinesisClient = service_client("kinesis", server.endpoint)
    yield client
    client.close()


@pytest.fixture
def stream_of(kinesis: "KinesisClient") -> Callable[[int], str]:
    """Makes an active stream of that many shards; its name."""

    def make(shards: int) -> str:
        name = f"clicks-{next(_NUMBERS)}"
        kinesis.create_stream(StreamName=name, ShardCount=shards)
        wait_active(kinesis, name)
        return name

    return make


def wait_active(kinesis: "KinesisClient", name: str) -> None:
    until(lambda: summary_of(kinesis, name)["StreamStatus"] == "ACTIVE")


def summary_of(kinesis: "KinesisClient", name: str) -> Any:
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
