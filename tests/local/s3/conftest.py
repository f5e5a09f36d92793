"""One server for the tests of S3; each test takes a bucket of its own."""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.local_server import LocalServer, service_client, serving

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NUMBERS = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("s3") / "lake") as server:
        yield server


@pytest.fixture(scope="module")
def s3(server: LocalServer) -> Iterator["S3Client"]:
    client = service_client("s3", server.endpoint)
    yield client
    client.close()


@pytest.fixture
def bucket(s3: "S3Client") -> str:
    name = f"bucket-{next(_NUMBERS)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name
