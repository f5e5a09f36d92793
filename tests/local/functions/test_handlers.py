"""Users' handlers: what they are given, what becomes of what they return, raise, print and break."""

import base64
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.functions.conftest import MakeFunction, called
from tests.support.local_server import until

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


_EXIT = "Runtime.ExitError"


def test_a_handler_is_given_event_and_context_and_its_answer_comes_back(
    functions: "LambdaClient", make: MakeFunction
) -> None:
    name = make(
        """
def handler(event, context):
    return {"event": event, "name": context.function_name, "memory": context.memory_limit_in_mb,
            "arn": context.invoked_function_arn, "id": context.aws_request_id, "version": context.function_version,
            "group": context.log_group_name, "left": context.get_remaining_time_in_millis(),
            "custom": context.client_context.custom}
""",
        MemorySize=192,
        Timeout=7,
    )
    given = base64.b64encode(json.dumps({"custom": {"who": "me"}}).encode()).decode()
    answer = called(functions, name, {"a": [1, None, "ü"]}, ClientContext=given)
    assert answer["event"] == {"a": [1, None, "ü"]}
    assert (answer["name"], answer["memory"], answer["version"]) == (name, "192", "$LATEST")
    assert answer["arn"] == f"arn:aws:lambda:eu-west-1:000000000000:function:{name}"
    assert answer["group"] == f"/aws/lambda/{name}"
    assert 6000 < answer["left"] <= 7000
    assert answer["custom"] == {"who": "me"}
    assert called(functions, name, {}, ClientContext=given)["id"] != answer["id"]


def test_a_handler_reaches_the_embedded_services_and_sees_nothing_of_the_server(
    functions: "LambdaClient", make: MakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
import os, boto3
def handler(event, context):
    found = boto3.client("lambda").get_function_configuration(FunctionName=context.function_name)
    return {"env": dict(os.environ), "handler": found["Handler"], "cwd": os.getcwd()}
"""
    name = make(source, Environment={"Variables": {"TABLE": "clicks"}})
    answer = called(functions, name)
    environment = answer["env"]
    assert answer["handler"] == "app.handler"
    assert environment["TABLE"] == "clicks"
    assert environment["AWS_REGION"] == "eu-west-1"
    assert environment["LAMBDA_TASK_ROOT"] == answer["cwd"]
    assert environment["_HANDLER"] == "app.handler"
    assert not [variable for variable in environment if variable.startswith(("PYTEST", "CLICKGEN", "PYTHONPATH"))]


def test_warm_processes_keep_their_globals(functions: "LambdaClient", make: MakeFunction) -> None:
    name = make("calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)\n")
    assert [called(functions, name) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("def handler(event, context):\n    raise KeyError('page')\n", "KeyError", "'page'"),
        ("def handler(event, context):\n    return {1, 2}\n", "Runtime.MarshalError", "set is not JSON"),
        ("import nosuchthing\n", "Runtime.ImportModuleError", "No module named 'nosuchthing'"),
        ("def handler(:\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("def other(event, context): pass\n", "Runtime.HandlerNotFound", "'handler' missing on module 'app'"),
        ("raise OSError('at import')\n", "OSError", "at import"),
        ("def handler(e, c):\n    return 'x' * 6_291_600\n", "Function.ResponseSizeTooLarge", "6291556 bytes"),
        ("import os\ndef handler(e, c):\n    os._exit(9)\n", _EXIT, "error: exit status 9"),
        ("import os\nos._exit(3)\n", _EXIT, "error: exit status 3"),
        ("import sys\ndef handler(e, c):\n    sys.exit(0)\n", _EXIT, "without providing a reason"),
        (
            "import os\ndef handler(e, c):\n    os.kill(os.getpid(), 11)\n",
            "Runtime.ExitError",
            "segmentation fault",
        ),
        (
            "def handler(e, c):\n    b = bytearray()\n    while 1: b += b'x' * 9**7\n",
            "Runtime.ExitError",
            "killed",
        ),
        ("def handler(e, c):\n    while 1: pass\n", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_failures_are_answered_as_the_runtime_words_them(
    functions: "LambdaClient", make: MakeFunction, source: str, kind: str, message: str
) -> None:
    name = make(source, Timeout=1)
    for _ in range(2):  # the second time in a new process, where the first has ended
        answer = functions.invoke(FunctionName=name)
        assert answer["StatusCode"] == 200
        assert answer["FunctionError"] == "Unhandled"
        error = json.loads(answer["Payload"].read())
        assert error["errorType"] == kind
        assert message in error["errorMessage"]


def test_an_exception_brings_the_stack_of_the_users_code_alone(
    functions: "LambdaClient", make: MakeFunction
) -> None:
    name = make("def inner():\n    1 / 0\ndef handler(event, context):\n    inner()\n")
    error = called(functions, name)
    assert [line.split(",")[-1].split()[1] for line in error["stackTrace"]] == ["handler", "inner"]
    assert error["requestId"]


def test_a_process_that_dies_while_it_waits_is_replaced(functions: "LambdaClient", make: MakeFunction) -> None:
    name = make(
        "import os, threading\ndef handler(event, context):\n"
        "    threading.Timer(0.1, os._exit, [1]).start()\n    return os.getpid()\n"
    )
    first = called(functions, name)
    until(lambda: not Path(f"/proc/{first}/cmdline").exists() or not Path(f"/proc/{first}/cmdline").read_bytes())
    assert called(functions, name) != first


def test_memory_over_the_limit_is_reported(functions: "LambdaClient", make: MakeFunction) -> None:
    name = make("def handler(event, context):\n    return len(b'x' * event)\n", MemorySize=128)
    assert called(functions, name, 50_000_000) == 50_000_000
    answer = functions.invoke(FunctionName=name, Payload=b"200000000", LogType="Tail")
    assert "signal: killed" in answer["Payload"].read().decode()
    assert "Error Type: Runtime.OutOfMemory" in base64.b64decode(answer["LogResult"]).decode()


def test_a_hanging_handler_delays_nobody_else(functions: "LambdaClient", make: MakeFunction) -> None:
    hanging = make("import re\ndef handler(event, context):\n    re.match(r'(a*)*b', 'a' * 64)\n", Timeout=2)
    other = make("def handler(event, context):\n    return event\n")
    errors: list[Any] = []
    thread = threading.Thread(target=lambda: errors.append(called(functions, hanging)))
    thread.start()
    called(functions, other, 0)
    begin = time.monotonic()
    assert [called(functions, other, number) for number in range(5)] == list(range(5))
    assert time.monotonic() - begin < 1.5
    thread.join(10)
    assert errors[0]["errorType"] == "Sandbox.Timedout"


def test_a_log_has_prints_log_records_and_the_lines_of_lambda(
    functions: "LambdaClient", make: MakeFunction
) -> None:
    name = make(
        """
import logging, sys, os
logging.getLogger().setLevel(logging.INFO)
def handler(event, context):
    print("printed"); print("to stderr", file=sys.stderr); logging.info("logged"); os.system("echo from a child")
"""
    )
    answer = functions.invoke(FunctionName=name, LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    request = lines[0].split()[2]
    assert lines[0] == f"START RequestId: {request} Version: $LATEST"
    assert lines[-2] == f"END RequestId: {request}"
    assert lines[-1].startswith(f"REPORT RequestId: {request}\tDuration: ")
    assert "\tInit Duration: " in lines[-1]
    assert {"printed", "to stderr", "from a child"} < set(lines)
    assert any(line.startswith("[INFO]\t") and line.endswith(f"\t{request}\tlogged") for line in lines)
    again = functions.invoke(FunctionName=name, LogType="Tail")
    assert "Init Duration" not in base64.b64decode(again["LogResult"]).decode()


def test_requests_that_are_too_large_or_are_not_json_are_refused(
    functions: "LambdaClient", make: MakeFunction
) -> None:
    name = make("def handler(event, context):\n    return len(event)\n")
    assert called(functions, name, "x" * 6_291_454) == 6_291_454
    with pytest.raises(ClientError, match="must be smaller than 6291456 bytes") as refused:
        called(functions, name, "x" * 6_291_455)
    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"
    with pytest.raises(ClientError, match="Could not parse request body into json") as refused:
        functions.invoke(FunctionName=name, Payload=b"{")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"
    with pytest.raises(ClientError, match="not found: arn:aws:lambda:eu-west-1:000000000000:function:none"):
        functions.invoke(FunctionName="none")


def test_more_calls_than_reserved_are_throttled(functions: "LambdaClient", make: MakeFunction) -> None:
    name = make("import time\ndef handler(event, context):\n    time.sleep(event)\n")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    called(functions, name, 0)
    thread = threading.Thread(target=lambda: called(functions, name, 1))
    thread.start()
    time.sleep(0.3)
    with pytest.raises(ClientError, match="ReservedFunctionConcurrentInvocationLimitExceeded") as refused:
        called(functions, name, 0)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    thread.join()
    functions.delete_function_concurrency(FunctionName=name)
    called(functions, name, 0)
