"""Events for functions that nobody waits for: retried, given up into a bucket, and not lost by a kill."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local.functions.conftest import create_function
from tests.support.local_server import LocalServer, service_client, serving, until

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

# notes each event in a file, and fails as long as the event says so
_NOTING = """
import json, pathlib, time
def handler(event, context):
    with open(event["file"], "a") as file:
        file.write(context.aws_request_id + "\\n")
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if len(open(event["file"]).readlines()) <= event.get("failures", 0):
        raise ValueError("not yet")
    pathlib.Path(event["file"] + ".done").touch()
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "app.py").write_text(_NOTING)
    return folder


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[tuple[LocalServer, "LambdaClient"]]:
    """A server on which a minute lasts 60 ms."""
    with serving(tmp_path / "lake", "--speedup", "1000") as server:
        client = service_client("lambda", server.endpoint)
        yield server, client
        client.close()


def _calls(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def _send(functions: "LambdaClient", **event: object) -> None:
    answer = functions.invoke(FunctionName="noting", InvocationType="Event", Payload=json.dumps(event).encode())
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""


def test_a_failed_event_is_tried_three_times_with_the_same_id(
    fast: tuple[LocalServer, "LambdaClient"], code: Path, tmp_path: Path
) -> None:
    _, functions = fast
    create_function(functions, "noting", code)
    recovers, never = tmp_path / "recovers", tmp_path / "never"
    _send(functions, file=str(recovers), failures=2)
    _send(functions, file=str(never), failures=9)
    until(lambda: len(_calls(recovers)) == 3 and len(_calls(never)) == 3)
    assert len(set(_calls(recovers))) == len(set(_calls(never))) == 1
    time.sleep(0.3)  # five more minutes of the service
    assert len(_calls(never)) == 3
    assert (tmp_path / "recovers.done").exists()


def test_an_event_that_is_given_up_is_kept_in_the_bucket_for_failures(
    fast: tuple[LocalServer, "LambdaClient"], code: Path, tmp_path: Path
) -> None:
    server, functions = fast
    create_function(functions, "noting", code)
    functions.put_function_event_invoke_config(
        FunctionName="noting",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    )
    assert functions.get_function_event_invoke_config(FunctionName="noting")["MaximumRetryAttempts"] == 1
    _send(functions, file=str(tmp_path / "never"), failures=9)
    failures = server.lake / "failures"
    until(lambda: bool(list(failures.rglob("*-*-*T*"))))
    (found,) = failures.rglob("*-*-*T*")
    record = json.loads(found.read_bytes())
    assert found.relative_to(server.lake).parts[:5] == ("failures", "aws", "lambda", "async", "noting")
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["requestContext"]["requestId"] == _calls(tmp_path / "never")[0]
    assert record["requestPayload"]["failures"] == 9
    assert record["responsePayload"]["errorMessage"] == "not yet"


def test_other_destinations_are_refused_in_words(fast: tuple[LocalServer, "LambdaClient"], code: Path) -> None:
    _, functions = fast
    create_function(functions, "noting", code)
    with pytest.raises(ClientError, match="has no SQS, SNS or EventBridge"):
        functions.put_function_event_invoke_config(
            FunctionName="noting",
            DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:000000000000:dead"}},
        )
    with pytest.raises(ClientError, match="too large for the Event invocation type"):
        _send(functions, file="x" * 1_048_577)


def test_an_accepted_event_outlives_a_killed_server(code: Path, tmp_path: Path) -> None:
    lake, files = tmp_path / "lake", [tmp_path / f"event{number}" for number in range(8)]
    with serving(lake) as server:
        functions = service_client("lambda", server.endpoint)
        create_function(functions, "noting", code, Timeout=60)
        for file in files:  # more than run at once: some have begun, some wait
            _send(functions, file=str(file), sleep=0.5)
        until(lambda: any(map(_calls, files)))
        server.stop(signal.SIGKILL)
        functions.close()
    assert not list(tmp_path.glob("*.done"))
    with serving(lake):
        until(lambda: len(list(tmp_path.glob("*.done"))) == len(files))
    assert all(len(set(_calls(file))) == 1 for file in files)
