"""Between the classes of reports and the JSON objects that `--json` prints: one definition serves both."""

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from typing import Any, TypeVar

R = TypeVar("R")

_BESIDE = "beside the document"


def beside_document(default: str) -> Any:
    """A field that a report has in Python only, not in JSON."""
    return field(default=default, compare=False, repr=False, metadata={_BESIDE: True})


def document_of(report: Any) -> dict[str, Any]:
    """A report as plain values, in the order of its fields, without those that are None as they are by default."""
    return {
        each.name: _plain(value)
        for each in fields(report)
        if not each.metadata.get(_BESIDE) and ((value := getattr(report, each.name)) is not None or each.default)
    }


def report_of(kind: type[R], document: Mapping[str, Any], **beside: Any) -> R:
    """The report that a JSON object describes; raises pydantic's ValidationError if it is another object.

    beside: values of the fields that are not in JSON.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415  # commands only write

    return TypeAdapter(kind).validate_python({**document, **beside})


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return document_of(value)
    if hasattr(value, "_asdict"):  # a NamedTuple
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
