"""Whether a request keeps the rules of the service's model: what is required, enums, ranges, lengths, patterns."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.terraform.requests import Request, input_shape


def broken_rules(request: Request) -> Iterator[str]:
    """What the service would refuse, with the path in the request."""
    yield from _broken(input_shape(request.service, request.operation), request.arguments, "")


def _broken(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if name not in value and name not in _ELSEWHERE:
                yield f"{path}.{name} is required"
        for name, inner in value.items():
            yield from _broken(shape.members[name], inner, f"{path}.{name}")
        return
    yield from _outside(shape, value, path)
    if isinstance(shape, ListShape):
        for position, inner in enumerate(value):
            yield from _broken(shape.member, inner, f"{path}[{position}]")
    elif isinstance(shape, MapShape):
        for key, inner in value.items():
            yield from _broken(shape.value, inner, f"{path}.{key}")


_ELSEWHERE = frozenset(
    [
        "Code",  # the provider uploads the archive
        "Id",
    ]
)
"""Required members that the provider gives itself."""


def _outside(shape: Shape, value: Any, path: str) -> Iterator[str]:
    enum = getattr(shape, "enum", None)
    if enum and value not in enum:
        yield f"{path} is {value!r}, not one of {', '.join(enum)}"
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    measured = value if number else len(value) if isinstance(value, str | list | dict) else None
    if measured is not None:
        what = f"{value!r}" if number else f"{measured} long"
        if least is not None and measured < float(least):
            yield f"{path} is {what}, less than {least}"
        if most is not None and measured > float(most):
            yield f"{path} is {what}, more than {most}"
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled and isinstance(value, str) and not compiled.fullmatch(value):
        yield f"{path} is {value!r}, which does not match {pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Patterns are written for Java; None for one that Python has no words for."""
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
