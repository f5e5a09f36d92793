"""The runtime of a function: it loads the user's handler and calls it for each event that the server sends.

It runs in the user's interpreter, which may be older than clickgen's and lack its packages: standard library only.
Frames travel over a socket, so that whatever a handler prints is a line of its log. From the server: the sizes of
what follows, JSON about the invocation, the event. To the server: the kind of answer, its size, the answer.

Arguments: the descriptor of the socket, the most bytes of data the process may have, the server's process id,
and the folders to import from.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import os
import resource
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_REQUEST = struct.Struct("!II")
_ANSWER = struct.Struct("!BI")
READY, INIT_FAILED, RETURNED, FAILED = range(4)
"""The kinds of answers."""

MAX_RESPONSE_BYTES = 6_291_556
"""The longest answer of a handler, as the service words its limit: 6 MB and 100 bytes."""

_PR_SET_PDEATHSIG = 1  # of linux/prctl.h
_SIGKILL = 9

Handler = Callable[[Any, Any], Any]


class Unusable(Exception):
    """The handler cannot be loaded or its answer cannot be sent: an error of the runtime, with its type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ClientContext:
    """`context.client_context`: what the caller put into X-Amz-Client-Context."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = given.get("client")


class Identity:
    """`context.identity`: nobody signs in with Cognito here."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """The second argument of a handler."""

    def __init__(self, invocation: dict[str, Any]) -> None:
        environment = os.environ
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["arn"]
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        client = invocation.get("client_context")
        self.client_context = ClientContext(client) if isinstance(client, dict) else None
        self.identity = Identity()
        self.tenant_id = None
        self._deadline: float = invocation["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function times out."""
        return max(0, int((self._deadline - time.time()) * 1000))

    def log(self, message: object) -> None:
        """Write to the log, without a line's end."""
        sys.stdout.write(str(message))


class _RequestId(logging.Filter):
    """Gives every log record the id of the invocation it was made in."""

    current = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.current
        return True


def load(handler: str) -> Handler:
    """The user's function `module.function`; Unusable in the words of the runtime."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise Unusable("Runtime.MalformedHandlerName", f"Bad handler '{handler}': it is not MODULE.FUNCTION")
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        traceback.print_exc()
        raise Unusable("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise Unusable(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}"
        ) from error
    found = getattr(module, function_name, None)
    if not callable(found):
        raise Unusable("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return found  # type: ignore[no-any-return]  # whatever a user's module has


def call(handler: Handler, event: bytes, invocation: dict[str, Any]) -> tuple[int, bytes]:
    """Call the handler; the kind of answer and the answer."""
    _RequestId.current = invocation["request_id"]
    try:
        result = handler(json.loads(event), Context(invocation))
        return RETURNED, _marshalled(result)
    except Exception as error:  # noqa: BLE001  # whatever a user's handler raises is its answer
        return FAILED, described(error, invocation["request_id"])


def described(error: BaseException, request_id: str | None = None) -> bytes:
    """The error object of the runtime; it is logged too."""
    unusable = isinstance(error, Unusable)
    kind = error.kind if isinstance(error, Unusable) else type(error).__name__
    frames = [] if unusable else traceback.extract_tb(error.__traceback__)
    own = str(Path(__file__).absolute())
    frames = [frame for frame in frames if frame.filename != own and "importlib" not in frame.filename]
    stack = traceback.format_list(frames)
    sys.stdout.write(f"[ERROR] {kind}: {error}\n")
    if stack:
        sys.stdout.write("Traceback (most recent call last):\n" + "".join(stack))
    answer: dict[str, Any] = {"errorMessage": str(error), "errorType": kind}
    if request_id is not None:
        answer["requestId"] = request_id
    return json.dumps({**answer, "stackTrace": stack}).encode()


def _marshalled(result: object) -> bytes:
    try:
        payload = json.dumps(result, default=_decimal).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unusable("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    if len(payload) > MAX_RESPONSE_BYTES:
        raise Unusable(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
        )
    return payload


def _decimal(value: object) -> float:
    """Decimals, which boto3 gives for DynamoDB's numbers, are answered as numbers."""
    if type(value).__name__ == "Decimal":
        return float(value)  # type: ignore[arg-type]  # a Decimal has __float__
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _exactly(connection: socket.socket, size: int) -> bytearray:
    """`size` bytes; the process ends if the server is gone."""
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        part = connection.recv_into(view[got:])
        if not part:
            os._exit(0)
        got += part
    return data


def _answer(connection: socket.socket, kind: int, payload: bytes) -> None:
    """Send it after everything printed so far."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a handler may have closed it
            stream.flush()
    connection.sendall(_ANSWER.pack(kind, len(payload)) + payload)


def _end_with(server: int) -> None:
    """Have the system end this process when the server dies, whatever the handler does then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != server:
            os._exit(0)


def _limit_data(size: int) -> None:
    """Keep a handler that allocates fast from taking the machine before the server sees it."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _log_as_lambda() -> None:
    """Give `logging` the format that it has in Lambda."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text file, as it always starts
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_RequestId())
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


def main() -> None:
    """Load the handler, then answer events until the server closes the socket."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    _end_with(int(sys.argv[3]))
    _limit_data(int(sys.argv[2]))
    sys.path[:1] = sys.argv[4:]
    _log_as_lambda()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001  # whatever a user's module raises when it is imported
        _answer(connection, INIT_FAILED, described(error))
        return
    _answer(connection, READY, b"")
    while True:
        about, size = _REQUEST.unpack(_exactly(connection, _REQUEST.size))
        invocation = json.loads(_exactly(connection, about))
        _answer(connection, *call(handler, bytes(_exactly(connection, size)), invocation))


if __name__ == "__main__":
    main()
