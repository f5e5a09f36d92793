"""Reading the file that names the stations of a pipeline, with every error of it told at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.outside_text import one_line
from clickgen.model.suggestion import did_you_mean
from clickgen.model.text_file import read_text_file
from clickgen.profile.lines import TomlLines
from clickgen.profile.toml_text import parse_toml
from clickgen.verify.landings.station import KINDS, Pipeline, Station

DEFAULT_NAME = "pipeline.toml"
_TABLE = "station"
_MOST_TOLD = 100
_MINIMAL = """\
    [[station]]
    name = "raw"
    place = "s3"

    [[station]]
    name = "curated"
    place = "s3"
    at = "s3://my-bucket/curated/"
    content = "ids"
"""


def load_pipeline(path: Path | None) -> Pipeline:
    """The pipeline that this file describes; without one, `pipeline.toml` in the working directory.

    Raises UsageProblem where there is no file, or with one line for each problem of it: file, line, path in the
    file, what is wrong.
    """
    file = path or Path(DEFAULT_NAME)
    try:
        text = read_text_file(file, "the pipeline", "A pipeline is one TOML file", "check its permissions")
    except UsageProblem as problem:
        if not isinstance(problem.__cause__, FileNotFoundError):
            raise
        raise Mistakes(
            f"there is no pipeline file {one_line(str(file))}",
            f"write one that names the places in order, and give it with --pipeline; for example\n\n{_MINIMAL}",
        ) from problem
    return pipeline_of(text, str(file))


def pipeline_of(text: str, origin: str) -> Pipeline:
    """The pipeline that this TOML describes; `origin` names the file in errors. Raises UsageProblem."""
    values = parse_toml(text, origin)
    problems: list[tuple[str, str]] = []
    stations = _stations(values, problems)
    if problems:
        lines = TomlLines(text)
        told = [_line(origin, lines.of(path), path, what) for path, what in problems[:_MOST_TOLD]]
        raise Mistakes(
            "\n".join(map(one_line, told)), "Each line names the place in the file; mend them all and try again."
        )
    return Pipeline(stations=tuple(stations))


def _stations(values: dict[str, Any], problems: list[tuple[str, str]]) -> list[Station]:
    problems += [(key, _unknown(key, [_TABLE])) for key in values if key != _TABLE]
    tables = values.get(_TABLE, [])
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        problems.append((_TABLE, "each station is a table of its own: write [[station]]"))
        return []
    if not 0 < len(tables) <= Pipeline.MOST:
        problems.append(
            ("", f"a pipeline has 1 to {Pipeline.MOST} stations, written [[station]]; here {len(tables)}")
        )
    stations: list[Station] = []
    for position, table in enumerate(tables):
        path = f"{_TABLE}[{position}]"
        station = _station(table, path, problems)
        if station is None:
            continue
        if station.name in {other.name for other in stations}:
            problems.append((f"{path}.name", f'there are two stations "{station.name}"'))
        stations.append(station)
    return stations


def _station(table: dict[str, Any], path: str, problems: list[tuple[str, str]]) -> Station | None:
    place = table.get("place")
    kind = KINDS.get(place) if isinstance(place, str) else None
    if kind is None:
        known = ", ".join(KINDS)
        if "place" not in table:
            problems.append((f"{path}.place", f"missing: one of {known}"))
        else:
            meant = did_you_mean(place, KINDS) if isinstance(place, str) else ""
            problems.append((f"{path}.place", f"there is no place {place!r}{meant or f'; known here: {known}'}"))
        return None
    try:
        return kind.model_validate(table)
    except ValidationError as invalid:
        problems += _field_problems(invalid, kind, path)
        return None


def _field_problems(invalid: ValidationError, kind: type[BaseModel], path: str) -> Iterator[tuple[str, str]]:
    for error in invalid.errors(include_url=False):
        inner = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
        key = str(error["loc"][-1]) if error["loc"] else ""
        yield path + inner, _say(error["type"], error["msg"], key, error["input"], kind)


def _say(error: str, message: str, key: str, given: object, kind: type[BaseModel]) -> str:
    if error == "missing":
        wanted = kind.model_fields[key].description or ""
        return f"missing: {wanted[:1].lower()}{wanted[1:].removesuffix('.')}"
    if error == "extra_forbidden":
        return _unknown(key, list(kind.model_fields))
    if error == "value_error":
        return message.removeprefix("Value error, ")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float) else ""
    return message[0].lower() + message[1:] + shown


def _unknown(key: str, known: list[str]) -> str:
    return f"unknown key{did_you_mean(key, known) or '; known here: ' + ', '.join(known)}"


def _line(origin: str, number: int | None, path: str, what: str) -> str:
    place = f"{origin}:{number}" if number else origin
    return f"{place}: {path}: {what}" if path else f"{place}: {what}"
