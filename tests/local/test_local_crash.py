"""Whatever is acknowledged is in exactly one object, byte for byte, whenever the server is killed."""

import asyncio
import gzip
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.local.drain import drain
from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.state import StreamState
from clickgen.local.platform.lake import Lake
from tests.support.local_server import BUCKET, client_of, objects_in, serving

Step = tuple[Literal["put", "big", "seal", "settle", "pause"], int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "put", "big", "seal", "settle", "pause"]), st.integers(1, 20)),
    max_size=12,
)
LIVES = st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=4)


@contextmanager
def empty_lake() -> Iterator[Lake]:
    with tempfile.TemporaryDirectory() as folder:
        yield Lake(Path(folder) / "lake")


def a_stream(*, compress: bool) -> StreamState:
    destination = {
        "RoleARN": "arn:aws:iam::000000000000:role/r",
        "BucketARN": f"arn:aws:s3:::{BUCKET}",
        "Prefix": "raw/",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 300},
        "CompressionFormat": "GZIP" if compress else "UNCOMPRESSED",
    }
    return new_state({"DeliveryStreamName": "clicks", "S3DestinationConfiguration": destination}, "us-east-1")


async def live(
    lake: Lake, wanted: StreamState, steps: list[Step], acknowledged: list[bytes], *, clean: bool
) -> None:
    """One life of a server: without a clean end it just stops, as if killed."""
    pipeline = EmbeddedPipeline(lake)
    if "clicks" not in pipeline.names:
        pipeline.create(wanted, at_once=True)
    buffer = pipeline.active("clicks").buffer
    for step, number in steps:
        match step:
            case "put" | "big":
                padding = b"." * (200_000 if step == "big" else 0)
                record = b"<%d%s>" % (len(acknowledged), padding)
                buffer.put(record * number, [len(record)] * number)
                acknowledged.append(record * number)
            case "seal":
                buffer.seal()
            case "settle":
                await buffer.settle()
            case _:
                await asyncio.sleep(number / 10_000)
    if clean:
        assert await pipeline.close() == 0


def delivered_puts(lake: Path) -> bytes:
    """All objects, in the order of their first put."""
    contents = {first_put(content): content for content in map(content_of, objects_in(lake))}
    return b"".join(contents[number] for number in sorted(contents))


def content_of(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def first_put(content: bytes) -> int:
    return int(content[1 : content.index(b">")].rstrip(b"."))


@settings(max_examples=40)
@given(LIVES, st.booleans())
def test_every_acknowledged_record_is_in_one_object_after_any_lives(
    lives: list[tuple[list[Step], bool]], compress: bool
) -> None:
    acknowledged: list[bytes] = []
    with empty_lake() as lake:
        for steps, clean in lives:
            lake.hold()
            asyncio.run(live(lake, a_stream(compress=compress), steps, acknowledged, clean=clean))
            lake.release()
        drain(lake.root, 0)
        assert delivered_puts(lake.root) == b"".join(acknowledged)
        assert not [path for path in lake.streams.rglob("*") if path.suffix in {".data", ".journal"}]
        assert not list(lake.aside.iterdir())


def test_a_stream_that_was_being_deleted_is_gone_after_the_next_start() -> None:
    with empty_lake() as lake:

        async def killed_while_deleting() -> None:
            pipeline = EmbeddedPipeline(lake)
            stream = pipeline.create(a_stream(compress=False), at_once=True)
            stream.buffer.put(b"<0>", [3])
            pipeline.delete("clicks")

        async def next_life() -> list[str]:
            pipeline = EmbeddedPipeline(lake)
            await asyncio.sleep(0.05)
            await pipeline.close()
            return pipeline.names

        lake.hold()
        asyncio.run(killed_while_deleting())
        assert asyncio.run(next_life()) == []
        lake.release()
        assert delivered_puts(lake.root) == b"<0>"
        assert not list(lake.streams.iterdir())


class Producer(threading.Thread):
    """Puts numbered records until the server is gone; remembers which were acknowledged and which attempted."""

    def __init__(self, endpoint: str, name: str, seed: int) -> None:
        super().__init__()
        self.acknowledged: list[bytes] = []
        self.attempted: list[bytes] = []
        self._endpoint = endpoint
        self._name = name
        self._random = random.Random(seed)
        self.start()

    def run(self) -> None:
        with client_of(self._endpoint) as client:
            while True:
                size = self._random.randint(1, 300)
                start = len(self.attempted)
                batch = [
                    b"%s-%d|%s\n" % (self._name.encode(), start + index, b"x" * self._random.randint(0, 900))
                    for index in range(size)
                ]
                self.attempted += batch
                records: list[Any] = [{"Data": record} for record in batch]
                try:
                    client.put_record_batch(DeliveryStreamName="clicks", Records=records)
                except (BotoCoreError, ClientError):
                    return
                self.acknowledged += batch


@pytest.mark.parametrize("compression", ["GZIP", pytest.param("UNCOMPRESSED", marks=pytest.mark.slow)])
def test_kill_9_loses_and_doubles_nothing(tmp_path: Path, compression: str) -> None:
    chance = random.Random(compression)
    lake = tmp_path / "lake"
    settings_of_stream = ("--buffer-mb", "1", "--buffer-seconds", "1", "--compression", compression)
    producers: list[Producer] = []
    for life in range(4):
        with serving(lake, "--stream", "clicks", *settings_of_stream) as server:
            now = [Producer(server.endpoint, f"{life}.{number}", life * 10 + number) for number in range(2)]
            time.sleep(chance.uniform(0.05, 0.6))
            server.kill()
        for producer in now:
            producer.join()
        producers += now
    with serving(lake) as server:
        assert server.stop() == 0
    landed = b"".join(map(content_of, objects_in(lake))).splitlines(keepends=True)
    assert len(landed) == len(set(landed))
    acknowledged = {record for producer in producers for record in producer.acknowledged}
    attempted = {record for producer in producers for record in producer.attempted}
    assert len(acknowledged) > 1000
    assert acknowledged <= set(landed) <= attempted
    shutil.rmtree(lake)
