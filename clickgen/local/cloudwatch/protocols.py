"""The three protocols of CloudWatch: rpc-v2-cbor, which SDKs of today speak, JSON, and the older query protocol.

Each turns a request into an operation with its members as JSON has them, and an answer into a response.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import orjson

from clickgen.local.cloudwatch.cbor import Instant, decode, encode
from clickgen.local.platform.errors import ServiceError, serialization_error
from clickgen.local.platform.service import whole_body
from clickgen.local.platform.web import web

_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_OPERATION = re.compile(r"/service/[^/]+/operation/(\w+)/?")


@dataclass(frozen=True)
class Request:
    """An operation, its members, and how to answer."""

    operation: str
    members: dict[str, Any]
    answer: Callable[[str, dict[str, Any]], web.Response]


def protocol_of(request: web.Request) -> Callable[[ServiceError], web.Response]:
    """How an error is answered in the protocol of a request that cannot be read."""
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return _cbor_error
    return _json_error if "x-amz-target" in request.headers else _query_error


async def read_request(request: web.Request) -> Request:
    """A request in whichever protocol it is; ServiceError if it cannot be read."""
    body = await whole_body(request)
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        found = _OPERATION.fullmatch(request.path)
        try:
            members = decode(body) if body else {}
        except ValueError as error:
            raise serialization_error(str(error)) from None
        return _checked(found.group(1) if found else "", members, _cbor_answer)
    if "x-amz-target" in request.headers:
        try:
            members = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError as error:
            raise serialization_error(f"The body is not valid JSON: {error}.") from None
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        return _checked(operation, members, _json_answer)
    pairs = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True)) | dict(request.query)
    operation = pairs.pop("Action", "")
    pairs.pop("Version", None)
    return _checked(operation, _nested(pairs), _query_answer)


def _checked(operation: str, members: Any, answer: Callable[[str, dict[str, Any]], web.Response]) -> Request:
    if not isinstance(members, dict):
        raise serialization_error("The body is not a structure.")
    return Request(operation, members, answer)


def _nested(pairs: dict[str, str]) -> dict[str, Any]:
    """`MetricData.member.1.Value=3` as the structure it means."""
    tree: dict[str, Any] = {}
    for name, value in pairs.items():
        node = tree
        *path, last = [step for step in name.split(".") if step != "member"]
        for step in path:
            inner = node.setdefault(step, {})
            if not isinstance(inner, dict):
                raise serialization_error(f"The parameter {name} contradicts another one.")
            node = inner
        node[last] = value
    structure = _with_lists(tree)
    return structure if isinstance(structure, dict) else {}


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(name.isdecimal() for name in node):
        return [_with_lists(node[name]) for name in sorted(node, key=int)]
    return {name: _with_lists(value) for name, value in node.items()}


def _cbor_answer(_operation: str, answer: dict[str, Any]) -> web.Response:
    return _cbor(answer, 200, {})


def _cbor_error(error: ServiceError) -> web.Response:
    fault = "Sender" if error.status < 500 else "Receiver"
    headers = {"x-amzn-query-error": f"{error.code};{fault}"}
    return _cbor({"__type": error.code, "message": error.message}, error.status, headers)


def _cbor(body: dict[str, Any], status: int, headers: dict[str, str]) -> web.Response:
    fixed = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    return web.Response(body=encode(body), status=status, headers=fixed | headers | _request_id())


def _json_answer(_operation: str, answer: dict[str, Any]) -> web.Response:
    headers = {"Content-Type": "application/x-amz-json-1.0"} | _request_id()
    return web.Response(body=orjson.dumps(answer, default=float), headers=headers)


def _json_error(error: ServiceError) -> web.Response:
    fault = "Sender" if error.status < 500 else "Receiver"
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-query-error": f"{error.code};{fault}"}
    body = orjson.dumps({"__type": error.code, "message": error.message})
    return web.Response(body=body, status=error.status, headers=headers | _request_id())


def _query_answer(operation: str, answer: dict[str, Any]) -> web.Response:
    result = f"<{operation}Result>{_xml(answer)}</{operation}Result>" if answer else ""
    return _query(f"{operation}Response", result, 200)


def _query_error(error: ServiceError) -> web.Response:
    kind = "Sender" if error.status < 500 else "Receiver"
    code, message = escape(error.code), escape(error.message)
    return _query(
        "ErrorResponse",
        f"<Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>",
        error.status,
    )


def _query(root: str, content: str, status: int) -> web.Response:
    request_id = _request_id()
    metadata = f"<RequestId>{request_id['x-amzn-RequestId']}</RequestId>"
    if root != "ErrorResponse":
        metadata = f"<ResponseMetadata>{metadata}</ResponseMetadata>"
    text = f'<{root} xmlns="{_NAMESPACE}">{content}{metadata}</{root}>'
    headers = {"Content-Type": "text/xml"} | request_id
    return web.Response(body=text.encode(), status=status, headers=headers)


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(inner)}</member>" for inner in value)
    if isinstance(value, Instant):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def _request_id() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}
