"""Reading `pipeline.toml`: resources, links and stations, with every error of the file reported at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.mistakes import did_you_mean, mistakes_in, place_name, read_text_file, unknown_key
from clickgen.model.outside_text import one_line
from clickgen.pipeline.derived_stations import derived_stations, stations_of
from clickgen.pipeline.description import (
    ENTRY_KINDS,
    PipelineDescription,
    circle,
    entries,
    flow,
    named_in_sql,
    references,
)
from clickgen.pipeline.physical_names import local_names, references_in_stations
from clickgen.pipeline.resources import (
    RESOURCES,
    Database,
    Function,
    Pipe,
    Resource,
    Table,
    Warehouse,
)
from clickgen.pipeline.traffic import TRAFFIC, read_traffic
from clickgen.profile.toml_text import parse_toml, toml_mistakes
from clickgen.verify.landings.station import KINDS, Station

DEFAULT_NAME = "pipeline.toml"
MOST_STATIONS = 20
_TABLE = "station"
_TEXTS = {
    "name": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}"),  # it becomes the name of a folder
    "entry": re.compile(r"[a-z0-9]+:[A-Za-z0-9_.-]+"),
}
_NAME_EXAMPLE = {"name": "prime-day", "entry": "firehose:clicks"}
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

Problems = list[tuple[str, str]]
"""What is wrong: the path in the file, and words."""


def file_of(path: Path | None) -> Path:
    """The pipeline file that a path means: itself, or the one in that folder; `pipeline.toml` here without one."""
    file = path or Path(DEFAULT_NAME)
    return file / DEFAULT_NAME if file.is_dir() else file


def load_pipeline(path: Path | None) -> PipelineDescription:
    """The pipeline of this file or folder; without one, of `pipeline.toml` in the working directory.

    Raises UsageProblem if there is no file, or with one line for each problem of it: file, line, path in the
    file, what is wrong.
    """
    file = file_of(path)
    try:
        text = read_text_file(file, "the pipeline", "A pipeline is one TOML file", "check its permissions")
    except UsageProblem as problem:
        if not isinstance(problem.__cause__, FileNotFoundError):
            raise
        raise Mistakes(
            f"there is no pipeline file {one_line(str(file))}",
            f"write one that names the places in order, and give it with --pipeline; for example\n\n{_MINIMAL}",
        ) from problem
    return pipeline_of(text, str(file), file.absolute().parent)


def pipeline_of(text: str, origin: str, folder: Path | None = None) -> PipelineDescription:
    """The pipeline that this TOML describes; `origin` names the file in errors. Raises UsageProblem.

    folder: where code and SQL files are looked for; without one they are not.
    """
    values = parse_toml(text, origin)
    problems: Problems = []
    description = _description(values, folder, problems)
    if problems:
        raise toml_mistakes(problems, text, origin)
    return description


def _description(values: dict[str, Any], folder: Path | None, problems: Problems) -> PipelineDescription:
    keys = ["name", "entry", TRAFFIC, _TABLE, *RESOURCES]
    problems += [(key, unknown_key(key, keys)) for key in values if key not in keys]
    name, entry = (_text(values, key, pattern, problems) for key, pattern in _TEXTS.items())
    traffic = read_traffic(values.get(TRAFFIC, {}), folder, problems)
    resources = _resources(values, problems)
    if not problems:  # a table that is wrong would be missed by those that name it
        _check_links(resources, problems)
    if folder is not None:
        _check_files(resources, folder, problems)
    written = _stations(values, problems) if _TABLE in values or not resources else []
    problems += references_in_stations(values.get(_TABLE, []), resources)
    folder = folder or Path()
    if problems:
        return PipelineDescription(name or _name_of(folder), folder, (), {}, None)
    entry = _entry(entry, resources, problems)
    description = PipelineDescription(name or _name_of(folder), folder, (), resources, entry)
    derived = _derived(description, problems)
    names = {station.name for station in derived}
    problems += [
        (f"{_TABLE}[{position}].name", f'there are two stations "{station.name}"')
        for position, station in enumerate(written)
        if station.name in names
    ]
    description = replace(description, written=tuple(written), traffic=traffic)
    return replace(description, stations=() if problems else stations_of(description, local_names(resources)))


def _text(values: dict[str, Any], key: str, pattern: re.Pattern[str], problems: Problems) -> str | None:
    value = values.get(key)
    if value is None or (isinstance(value, str) and pattern.fullmatch(value)):
        return value
    problems.append((key, f"it has to be text like {_NAME_EXAMPLE[key]}"))
    return None


def _name_of(folder: Path) -> str:
    """The folder's name with only what a pipeline's name may have."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).lstrip("-._")[:60] or "pipeline"


def _resources(values: dict[str, Any], problems: Problems) -> dict[str, Resource]:
    resources: dict[str, Resource] = {}
    for kind, model in RESOURCES.items():
        tables = values.get(kind, {})
        if not (isinstance(tables, dict) and all(isinstance(table, dict) for table in tables.values())):
            problems.append((kind, f"each resource is a table of its own: write [{kind}.NAME]"))
            continue
        for name, table in tables.items():
            path = f"{kind}.{name}"
            try:
                resources[f"{kind}:{name}"] = model.model_validate(table)
            except ValidationError as invalid:
                problems += _field_problems(invalid, model, path)
    return resources


def _check_links(resources: Mapping[str, Resource], problems: Problems) -> None:
    for reference in references(resources):
        if reference.target not in resources:
            meant = did_you_mean(reference.target, resources)
            known = ", ".join(address for address in resources if address.partition(":")[0] in reference.kinds)
            problems.append(
                (reference.path, f'there is no "{reference.target}"{meant or f"; it may be one of: {known}"}')
            )
        elif reference.target.partition(":")[0] not in reference.kinds:
            problems.append((reference.path, f"it has to be of the kind {' or '.join(reference.kinds)}"))
    for address, resource in resources.items():
        path = address.replace(":", ".", 1)
        for source in _stream_sources(resource):
            table = resources.get(source)
            if isinstance(table, Table) and table.stream is None:
                problems.append((path, f'{source} has no stream: add stream = "NEW_IMAGE" to it'))
    round_trip = circle(flow(resources))
    if round_trip:
        problems.append((round_trip[0].replace(":", ".", 1), f"events go in a circle: {' → '.join(round_trip)}"))


def _stream_sources(resource: Resource) -> list[str]:
    match resource:
        case Pipe(source=source):
            return [source]
        case Function(on=triggers):
            return [trigger.source for trigger in triggers]
    return []


def _check_files(resources: Mapping[str, Resource], folder: Path, problems: Problems) -> None:
    for address, resource in resources.items():
        path = address.replace(":", ".", 1)
        match resource:
            case Function(code=code, handler=handler):
                module = Path(*handler.split(".")[:-1]).with_suffix(".py")
                if not (folder / code).is_dir():
                    problems.append((f"{path}.code", f"there is no folder {folder / code}"))
                elif not (folder / code / module).is_file():
                    problems.append((f"{path}.handler", f"there is no file {folder / code / module}"))
            case Database(setup=files) | Warehouse(setup=files):
                for file in files:
                    _check_sql(folder / file, f"{path}.setup", resources, problems)


def _check_sql(file: Path, path: str, resources: Mapping[str, Resource], problems: Problems) -> None:
    if not file.is_file():
        problems.append((path, f"there is no file {file}"))
        return
    for target in named_in_sql(file.read_text(errors="replace")):
        if target not in resources:
            problems.append(
                (path, f'{file} names "{target}", which there is not{did_you_mean(target, resources)}')
            )


def _entry(entry: str | None, resources: Mapping[str, Resource], problems: Problems) -> str | None:
    if not resources:
        if entry is not None:
            problems.append(("entry", "it names a resource, and this file has none"))
        return None
    if entry is None:
        found = entries(resources)
        if len(found) == 1:
            return found[0]
        candidates = found or [one for one in resources if one.partition(":")[0] in ENTRY_KINDS]
        problems.append(
            ("entry", f'say where events are sent, like entry = "{(candidates or ["firehose:clicks"])[0]}"')
        )
        return None
    if entry not in resources:
        problems.append(("entry", f'there is no "{entry}"{did_you_mean(entry, resources)}'))
    elif entry.partition(":")[0] not in ENTRY_KINDS:
        problems.append(("entry", f"events can be sent to {', '.join(ENTRY_KINDS)}, not to {entry}"))
    return entry


def _derived(description: PipelineDescription, problems: Problems) -> list[Station]:
    if description.entry is None or problems:
        return []
    try:
        return derived_stations(description, local_names(description.resources))
    except ValidationError as invalid:
        station = str(invalid.title)
        problems += [("verify", f"{station}: {error['loc']}: {error['msg']}") for error in invalid.errors()]
        return []


def _stations(values: dict[str, Any], problems: Problems) -> list[Station]:
    tables = values.get(_TABLE, [])
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        problems.append((_TABLE, "each station is a table of its own: write [[station]]"))
        return []
    if not 0 < len(tables) <= MOST_STATIONS:
        problems.append(
            ("", f"a pipeline has 1 to {MOST_STATIONS} stations, written [[station]]; here {len(tables)}")
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


def _station(table: dict[str, Any], path: str, problems: Problems) -> Station | None:
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
    for place, what in mistakes_in(kind, invalid):
        yield place_name((path, *place)), what
