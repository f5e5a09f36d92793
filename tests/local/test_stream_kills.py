"""Kinesis and DynamoDB under kill -9 while several clients write: what was acknowledged is there, once."""

import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.dynamodb.conftest import make_table
from tests.local.dynamodb.test_table_streams import WHOLE, arn_of
from tests.local.dynamodb.test_table_streams import read_all as read_changes
from tests.local.dynamodb.test_tables import all_items, puts
from tests.local.kinesis.conftest import wait_active
from tests.local.kinesis.test_records import read_all
from tests.support.local_server import LocalServer, service_client, serving

KILLS, WRITERS = 12, 3


class Writer(threading.Thread):
    """Puts numbered records into one service until the server is gone; the numbers of those that were answered."""

    def __init__(self, server: LocalServer, service: str, first: int) -> None:
        super().__init__()
        self.acknowledged: list[int] = []
        self.tried: set[int] = set()
        self._client = service_client(service, server.endpoint)
        self._service = service
        self._next = first

    def run(self) -> None:
        while True:
            some = range(self._next, self._next + 20)
            self._next += 20
            self.tried.update(some)
            try:
                self._put(some)
            except (BotoCoreError, ClientError):
                return
            self.acknowledged += some

    def _put(self, some: range) -> None:
        if self._service == "dynamodb":
            items = [{"id": {"S": str(number)}, "n": {"N": str(number)}} for number in some]
            assert self._client.batch_write_item(RequestItems=puts("kept", items))["UnprocessedItems"] == {}
        else:
            records = [{"Data": str(number).encode(), "PartitionKey": str(number)} for number in some]
            answer = self._client.put_records(StreamName="kept", Records=records)
            assert answer["FailedRecordCount"] == 0


def survivors(lake: Path, service: str, prepare: Any) -> list[Writer]:
    """The writers of several lives of a server, each ended by kill -9 in the middle of their puts."""
    writers: list[Writer] = []
    for life in range(KILLS):
        with serving(lake) as server:
            if life == 0:
                prepare(server)
            mine = [Writer(server, service, 1_000_000 * (1 + life) + 100_000 * one) for one in range(WRITERS)]
            for writer in mine:
                writer.start()
            time.sleep(random.Random(life).uniform(0.1, 0.6))
            server.kill()
            for writer in mine:
                writer.join()
            writers += mine
    return writers


def check(found: list[int], writers: list[Writer]) -> None:
    assert len(found) == len(set(found))
    acknowledged = {number for writer in writers for number in writer.acknowledged}
    lost, copies = len(acknowledged - set(found)), len(found) - len(set(found))
    print(f"{len(acknowledged)} acknowledged, {lost} lost, {copies} copies")  # noqa: T201  # the figures of this run
    assert acknowledged
    assert acknowledged <= set(found) <= {number for writer in writers for number in writer.tried}


@pytest.mark.slow
def test_no_record_of_kinesis_is_lost(tmp_path: Path) -> None:
    def prepare(server: LocalServer) -> None:
        kinesis = service_client("kinesis", server.endpoint)
        kinesis.create_stream(StreamName="kept", ShardCount=4)
        wait_active(kinesis, "kept")

    writers = survivors(tmp_path / "lake", "kinesis", prepare)
    found: list[int] = []
    with serving(tmp_path / "lake") as server:
        kinesis = service_client("kinesis", server.endpoint)
        for shard in kinesis.list_shards(StreamName="kept")["Shards"]:
            numbers = [int(record["Data"]) for record in read_all(kinesis, "kept", shard["ShardId"])]
            for first in {number // 100_000 for number in numbers}:  # each writer's are in its order
                mine = [number for number in numbers if number // 100_000 == first]
                assert mine == sorted(mine)
            found += numbers
    check(found, writers)


@pytest.mark.slow
def test_no_item_or_change_of_a_table_is_lost(tmp_path: Path) -> None:
    writers = survivors(
        tmp_path / "lake",
        "dynamodb",
        lambda server: make_table(service_client("dynamodb", server.endpoint), "kept", StreamSpecification=WHOLE),
    )
    with serving(tmp_path / "lake") as server:
        dynamodb = service_client("dynamodb", server.endpoint)
        items = [int(item["n"]["N"]) for item in all_items(dynamodb, "kept")]
        changes = read_changes(service_client("dynamodbstreams", server.endpoint), arn_of(dynamodb, "kept"))
    check(items, writers)
    assert sorted(int(change["dynamodb"]["NewImage"]["n"]["N"]) for change in changes) == sorted(items)
