"""One server for the tests of DynamoDB; each test takes tables of its own."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.local_server import LocalServer, service_client, serving, until

TableOf = Callable[..., str]
_NUMBERS = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("dynamodb") / "lake") as server:
        yield server


@pytest.fixture(scope="module")
def dynamodb(server: LocalServer) -> Iterator[Any]:
    client = service_client("dynamodb", server.endpoint)
    yield client
    client.close()


@pytest.fixture(scope="module")
def streams(server: LocalServer) -> Iterator[Any]:
    client = service_client("dynamodbstreams", server.endpoint)
    yield client
    client.close()


@pytest.fixture
def table_of(dynamodb: Any) -> TableOf:
    """Makes an active table by its keys, like "id" or "user:S, at:N"; its name."""
    return lambda keys="id", **options: make_table(dynamodb, f"clicks-{next(_NUMBERS)}", keys, **options)


def make_table(dynamodb: Any, name: str, keys: str = "id", **options: Any) -> str:
    definitions, schema = keys_of(keys)
    dynamodb.create_table(
        **{"BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions, **options},
        TableName=name,
        KeySchema=schema,
    )
    wait_active(dynamodb, name)
    return name


def keys_of(keys: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """AttributeDefinitions and KeySchema."""
    pairs = [(key.strip() + ":S").split(":")[:2] for key in keys.split(",")]
    definitions = [{"AttributeName": name, "AttributeType": kind} for name, kind in pairs]
    schema = [
        {"AttributeName": name, "KeyType": kind} for (name, _), kind in zip(pairs, ("HASH", "RANGE"), strict=False)
    ]
    return definitions, schema


def wait_active(dynamodb: Any, name: str) -> None:
    until(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")


def code_of(refused: "pytest.ExceptionInfo[Any]") -> str:
    return str(refused.value.response["Error"]["Code"])
