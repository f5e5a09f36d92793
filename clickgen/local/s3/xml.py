"""XML as S3 writes and reads it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from clickgen.local.platform.errors import ServiceError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

Element: TypeAlias = ElementTree.Element
Content: TypeAlias = "str | int | bool | Mapping[str, Any] | Iterable[Any] | None"
"""What is in an element: text, members, several of them for an element that repeats, or None for none at all."""


def document(root: str, content: Content) -> bytes:
    """A whole answer."""
    element = _element(root, content).replace(f"<{root}>", f'<{root} xmlns="{NAMESPACE}">', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element}'.encode(errors="surrogateescape")


def error_document(code: str, message: str, resource: str, request_id: str) -> bytes:
    """An error, which has no namespace."""
    members = {"Code": code, "Message": message, "Resource": resource, "RequestId": request_id}
    body = "".join(_element(name, content) for name, content in members.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{body}</Error>'.encode(errors="replace")


def parsed(body: bytes) -> Element:
    """The root of a document; MalformedXML."""
    malformed = ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise malformed
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # entities are refused above, sizes by the caller
    except ElementTree.ParseError:
        raise malformed from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(element: Element, name: str, default: str = "") -> str:
    """The text of a member."""
    return element.findtext(name) or default


def iso(seconds: float) -> str:
    """A time as it stands in documents."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _element(name: str, content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, bool):
        content = "true" if content else "false"
    if isinstance(content, str | int):
        return f"<{name}>{escape(str(content))}</{name}>"
    if isinstance(content, Mapping):
        return f"<{name}>{''.join(_element(member, inner) for member, inner in content.items())}</{name}>"
    return "".join(_element(name, one) for one in content)
