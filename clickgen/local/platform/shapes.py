"""The shapes of control-plane requests.

Member names are those of the service. `parse` checks one request and words every broken constraint as AWS does.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from clickgen.local.platform.errors import validation_errors


class Shape(BaseModel):
    """A structure of the API. Unknown members are kept in `model_extra`, to be refused by name."""

    # a request that never comes costs nothing at the start of the server
    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)


_CONSTRAINTS = {
    "missing": "not be null",
    "string_pattern_mismatch": "satisfy regular expression pattern: {pattern}",
    "string_too_short": "have length greater than or equal to {min_length}",
    "too_short": "have length greater than or equal to {min_length}",
    "string_too_long": "have length less than or equal to {max_length}",
    "too_long": "have length less than or equal to {max_length}",
    "greater_than_equal": "have value greater than or equal to {ge}",
    "less_than_equal": "have value less than or equal to {le}",
    "literal_error": "satisfy enum value set: [{expected}]",
}
"""pydantic's kinds of errors in the words of AWS."""

AnyShape = TypeVar("AnyShape", bound=Shape)


def parse(shape: type[AnyShape], body: dict[str, Any]) -> AnyShape:
    """The request as a `shape`; a ValidationException that lists every broken constraint otherwise."""
    try:
        return shape.model_validate(body)
    except ValidationError as broken:
        raise validation_errors([_problem(dict(error)) for error in broken.errors()]) from None


def unknown_members(value: object) -> Iterator[str]:
    """The names of members, at any depth of a request, that its shapes do not have."""
    if isinstance(value, Shape):
        yield from value.model_extra or {}
        for member in type(value).model_fields:
            yield from unknown_members(getattr(value, member))
    elif isinstance(value, list):
        for item in value:
            yield from unknown_members(item)


def _problem(error: dict[str, Any]) -> str:
    where = ".".join(_member(step) for step in error["loc"])
    return f"Value at '{where}' failed to satisfy constraint: Member must {_constraint(error)}"


def _member(step: str | int) -> str:
    """AWS counts from 1 and writes members with a small first letter."""
    return str(step + 1) if isinstance(step, int) else step[:1].lower() + step[1:]


def _constraint(error: dict[str, Any]) -> str:
    context = {name: _plain(value) for name, value in error.get("ctx", {}).items()}
    template = _CONSTRAINTS.get(error["type"])
    return template.format(**context) if template else f"be of its type ({error['msg']})"


def _plain(value: object) -> str:
    """A pattern without its anchors, an enumeration without quotes."""
    return str(value).removeprefix("^").removesuffix(r"\z").replace("'", "").replace(" or ", ", ")
