"""What is wrong with a JSON file that somebody wrote: every mistake at once, each with its place in the file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.outside_text import one_line
from clickgen.model.suggestion import did_you_mean

M = TypeVar("M", bound=BaseModel)
Place = tuple[int | str, ...]


def parsed(text: str, path: Path) -> dict[str, Any]:
    """The JSON object in the text of a file. Raises UsageProblem with the line where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise UsageProblem(f"{path}: not a JSON file: {problem}", "mend the file and try again") from problem
    if not isinstance(value, dict):
        raise UsageProblem(f"{path}: not a JSON object", "the file must begin with { and end with }")
    return value


def checked(model: type[M], value: dict[str, Any], path: Path, at: Place = ()) -> M:
    """The value as a model; `at` is its place in the file. Raises UsageProblem with a line for each mistake."""
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        lines = [f"{path}: {place_name((*at, *place))}: {what}" for place, what in _mistakes(model, invalid)]
        raise Mistakes("\n".join(map(one_line, lines)), "each line names the place in the file") from invalid


def place_name(place: Place) -> str:
    """A place in a file for people: firehose.ingestion_gb.tiers[0].usd."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _mistakes(model: type[BaseModel], invalid: ValidationError) -> Iterator[tuple[Place, str]]:
    for error in invalid.errors(include_url=False):
        place, kind, message = error["loc"], error["type"], error["msg"]
        if kind == "missing":
            yield place, "missing"
        elif kind == "extra_forbidden":
            known = _keys_at(model, place[:-1])
            yield place, f"unknown key{did_you_mean(str(place[-1]), known) or '; known here: ' + ', '.join(known)}"
        elif kind == "value_error":
            yield place, message.removeprefix("Value error, ")
        else:
            given = error["input"]
            shown = f" (given: {given!r})" if isinstance(given, str | int | float) else ""
            yield place, message[0].lower() + message[1:] + shown


def _keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that the table at this place may have."""
    schema = model.model_json_schema()
    at: dict[str, Any] = schema
    for part in place:
        at = _resolved(schema, at["items"] if isinstance(part, int) else at["properties"][part])
    return list(at["properties"])


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The definition that a part of a JSON schema stands for; of alternatives the one that is a table."""
    for option in part.get("anyOf", ()):
        if "$ref" in option:
            part = option
    name = part.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema["$defs"][name] if name else part
    return found
