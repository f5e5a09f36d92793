"""Objects are loaded into Redshift by COPY after they are in S3: again until it works, also after a kill."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.lake import Lake
from tests.support.processed_stream import landed

COMMAND = {"DataTableName": "clicks", "DataTableColumns": "a, b", "CopyOptions": "FORMAT AS JSON 'auto'"}
ROLE = "arn:aws:iam::000000000000:role/r"


class Warehouse:
    """Redshift for the tests: fails so often, then loads."""

    def __init__(self, lake: Lake, failing: int = 0) -> None:
        self.statements: list[tuple[str, str]] = []
        self.objects: list[int] = []
        self._lake = lake
        self._failing = failing

    async def copy(self, database: str, statement: str) -> int:
        self.statements.append((database, statement))
        self.objects.append(len(list((self._lake.root / "lake" / "load").rglob("clicks-*"))))
        await asyncio.sleep(0)
        if len(self.statements) <= self._failing:
            raise ServiceError("ValidationException", "relation does not exist")
        return 1


async def run(
    lake: Lake, warehouse: Warehouse, records: list[bytes], *, retry: int = 3600, close: bool = True
) -> int:
    pipeline = EmbeddedPipeline(lake, Surroundings(ServiceClock(2000), warehouse=warehouse))
    if not pipeline.names:
        destination: dict[str, Any] = {
            "RoleARN": ROLE,
            "ClusterJDBCURL": "jdbc:redshift://127.0.0.1:5439/dev",
            "CopyCommand": {
                "DataTableName": "clicks",
                "DataTableColumns": "a, b",
                "CopyOptions": "FORMAT AS JSON 'auto'",
            },
            "Username": "admin",
            "Password": "Secret123",
            "RetryOptions": {"DurationInSeconds": retry},
            "S3Configuration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", "Prefix": "load/"},
        }
        body = {"DeliveryStreamName": "clicks", "RedshiftDestinationConfiguration": destination}
        pipeline.create(new_state(body, "us-east-1"), at_once=True)
    stream = pipeline.active("clicks")
    for record in records:
        stream.buffer.put(record, [len(record)])
    if not close:
        stream.buffer.seal()
        while not warehouse.statements:
            await asyncio.sleep(0.005)
        return 0
    await stream.buffer.settle()
    assert stream.report().left + stream.report().failed == len(records)
    return await pipeline.close()


def pending(lake: Lake) -> list[Path]:
    return list(lake.streams.glob("*/copies/*"))


@pytest.mark.parametrize("failing", [0, 2])
def test_an_object_is_loaded_once_it_is_there(lake: Lake, failing: int) -> None:
    warehouse = Warehouse(lake, failing)
    assert asyncio.run(run(lake, warehouse, [b'{"a":1}', b'{"a":2}'])) == 0
    assert landed(lake, "load") == b'{"a":1}{"a":2}'
    (path,) = (lake.root / "lake" / "load").rglob("clicks-*")
    url = f"s3://lake/{path.relative_to(lake.root / 'lake')}"
    statement = f"COPY clicks (a, b) FROM '{url}' CREDENTIALS 'aws_iam_role={ROLE}' FORMAT AS JSON 'auto';"
    assert warehouse.statements == (failing + 1) * [("default/dev", statement)]
    assert set(warehouse.objects) == {1}
    assert pending(lake) == []


def test_what_cannot_be_loaded_is_listed_in_a_manifest(lake: Lake) -> None:
    asyncio.run(run(lake, Warehouse(lake, failing=100), [b"{}"], retry=0))
    (manifest,) = (lake.root / "lake" / "load" / "errors" / "manifests").rglob("clicks-*")
    (entry,) = json.loads(manifest.read_bytes())["entries"]
    assert (lake.root / entry["url"].removeprefix("s3://")).read_bytes() == b"{}"
    assert pending(lake) == []


def test_what_a_killed_server_had_to_load_is_loaded_by_the_next(lake: Lake) -> None:
    asyncio.run(run(lake, Warehouse(lake, failing=1), [b"{}"], close=False))
    assert len(pending(lake)) == 1
    warehouse = Warehouse(lake)
    assert asyncio.run(run(lake, warehouse, [])) == 0
    assert len(warehouse.statements) == 1
    assert pending(lake) == []
