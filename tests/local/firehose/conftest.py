"""What several tests of Firehose need."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickgen.local.platform.lake import Lake
from tests.support.local_server import LocalServer, client_of, serving

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.hold()
    return lake


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("firehose") / "lake", "--stream", "clicks") as running:
        yield running


@pytest.fixture(scope="module")
def firehose(server: LocalServer) -> Iterator["FirehoseClient"]:
    with client_of(server.endpoint) as client:
        yield client
