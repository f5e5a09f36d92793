"""One server for the tests of the catalogue; each test takes a database of its own."""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.local_server import LocalServer, service_client, serving

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

_NUMBERS = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("glue") / "lake") as server:
        yield server


@pytest.fixture(scope="module")
def glue(server: LocalServer) -> Iterator["GlueClient"]:
    client = service_client("glue", server.endpoint)
    yield client
    client.close()


@pytest.fixture
def database(glue: "GlueClient") -> str:
    name = f"db{next(_NUMBERS)}"
    glue.create_database(DatabaseInput={"Name": name})
    return name
