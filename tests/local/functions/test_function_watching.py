"""What can be seen of functions while the server runs, and faults that are set for them."""

import base64
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.exceptions import ClientError

from clickgen.local.functions.log import MAX_FILE_BYTES
from tests.local.functions.conftest import MakeFunction, called
from tests.support.local_server import LocalServer

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_ECHO = "def handler(event, context):\n    print('got', event)\n    return event\n"


def _set(server: LocalServer, name: str, **faults: object) -> None:
    body: Any = {"station": f"lambda:{name}", "faults": faults}
    answer = requests.post(
        f"{server.endpoint}/_clickgen/faults", json=body, headers={"x-clickgen-admin": "1"}, timeout=10
    )
    assert answer.status_code == 200, answer.text


def test_logs_are_followed_by_the_number_of_their_lines(
    functions: "LambdaClient", make: MakeFunction, server: LocalServer
) -> None:
    name = make(_ECHO)
    url = f"{server.endpoint}/_clickgen/logs/{name}"
    called(functions, name, 1)
    first = requests.get(url, timeout=10).json()
    assert any(line.endswith("Z got 1") for line in first["lines"])
    assert first["last"] == len(first["lines"])
    called(functions, name, 2)
    after = requests.get(url, params={"after": first["last"]}, timeout=10).json()
    assert [line.split("Z ", 1)[1].split()[0] for line in after["lines"]] == ["START", "got", "END", "REPORT"]
    assert requests.get(url, params={"after": after["last"]}, timeout=10).json()["lines"] == []


def test_the_status_counts_invocations_and_has_the_last_error(
    functions: "LambdaClient", make: MakeFunction, server: LocalServer
) -> None:
    name = make("def handler(event, context):\n    return 1 / event\n")
    for event in (1, 0, 2):
        called(functions, name, event)
    stations = requests.get(f"{server.endpoint}/_clickgen/status", timeout=10).json()["stations"]
    (found,) = [station for station in stations if station["station"] == f"lambda:{name}"]
    assert (found["state"], found["arrived"], found["left"], found["failed"]) == ("Active", 3, 2, 1)
    assert found["last_error"] == "ZeroDivisionError: division by zero"


def test_faults_make_invocations_fail_without_their_handler(
    functions: "LambdaClient", make: MakeFunction, server: LocalServer
) -> None:
    name = make(_ECHO)
    _set(server, name, lambda_error=1.0)
    answer = functions.invoke(FunctionName=name, LogType="Tail", Payload=b"5")
    assert answer["FunctionError"] == "Unhandled"
    assert b"fault" in answer["Payload"].read()
    assert "got" not in base64.b64decode(answer["LogResult"]).decode()
    _set(server, name, lambda_error=0.0, fail_calls=1.0)
    for expected in ("TooManyRequestsException", "ServiceException"):
        with pytest.raises(ClientError) as refused:
            called(functions, name, 5)
        assert refused.value.response["Error"]["Code"] == expected
    _set(server, name)
    assert called(functions, name, 5) == 5


def test_a_handler_that_never_stops_printing_fills_no_disk_and_delays_nobody(
    functions: "LambdaClient", make: MakeFunction, server: LocalServer
) -> None:
    flooding = make(
        "import threading\ndef flood():\n    while True: print('x' * 1000)\n"
        "def handler(event, context):\n    threading.Thread(target=flood, daemon=True).start()\n    return event\n"
    )
    other = make(_ECHO)
    assert called(functions, flooding, 1) == 1
    begin = time.monotonic()
    while time.monotonic() - begin < 1:
        assert called(functions, other, 5) == 5
    folder = server.lake / ".firehose" / "functions" / "logs" / flooding
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3 * MAX_FILE_BYTES
    functions.delete_function(FunctionName=flooding)
    assert not folder.exists()
