"""One server for the tests of each file; each test takes a database of its own."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.athena_client import Asker
from tests.support.local_server import LocalServer, serving

_NUMBERS = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("athena") / "lake") as server:
        yield server


@pytest.fixture
def athena(server: LocalServer) -> Iterator[Asker]:
    asker = Asker(server)
    name = f"db{next(_NUMBERS)}"
    asker.execution(f"CREATE DATABASE {name}")
    asker.database = name
    yield asker
    asker.client.close()
