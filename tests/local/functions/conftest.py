"""One server for the tests of Lambda, and a function made of a text of Python."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.local_server import LocalServer, service_client, serving

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

ROLE = "arn:aws:iam::000000000000:role/anybody"
_NUMBERS = count()

MakeFunction = Callable[..., str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("functions") / "lake") as server:
        yield server


@pytest.fixture(scope="module")
def functions(server: LocalServer) -> Iterator["LambdaClient"]:
    client = service_client("lambda", server.endpoint)
    yield client
    client.close()


@pytest.fixture
def make(functions: "LambdaClient", tmp_path: Path) -> MakeFunction:
    """Make a function of a module's text with a `handler`; its name."""

    def made(source: str, **settings: Any) -> str:
        name = f"f{next(_NUMBERS)}"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "app.py").write_text(source)
        create_function(functions, name, folder, **settings)
        return name

    return made


def create_function(functions: "LambdaClient", name: str, folder: Path, **settings: Any) -> None:
    """Create a function whose code is used in place, and wait until it is active."""
    functions.create_function(
        FunctionName=name,
        Role=ROLE,
        Code={"S3Bucket": "hot-reload", "S3Key": str(folder)},
        **{"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 5, **settings},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def called(functions: "LambdaClient", name: str, event: object = None, **options: Any) -> Any:
    """What a function returned for an event; the error object if it failed."""
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **options)
    return json.loads(answer["Payload"].read())
