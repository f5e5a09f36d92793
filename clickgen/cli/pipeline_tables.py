"""The place of `verify PLACE totals --pipeline`, and the run and the table of `expect --pipeline`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from clickgen.cli.app import App
from clickgen.cli.located_pipeline import LocatedPipeline, NamesSource, locate, needed_to_verify, without_running
from clickgen.cli.place import station_of
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.pipeline.description import PipelineDescription
    from clickgen.verify.landings.station import OnAws

S = TypeVar("S", bound="OnAws")

_OTHER_WAYS = ("dsn", "cluster")  # to Redshift, instead of the pipeline's workgroup


def station_in_pipeline(
    kind: type[S], given: Mapping[str, Any], app: App, pipeline: str | None, source: NamesSource
) -> S:
    """The place that these options describe; what they leave open the pipeline says, if there is one.

    Raises UsageProblem if it has no such place, or several and nothing says which.
    """
    if pipeline is None:
        return station_of(kind, given)
    from clickgen.pipeline.physical_names import broken_references, with_names

    located = locate(app.home_path, pipeline, source, _needed)
    resources = located.description.resources
    for key, what in broken_references(given, resources):
        raise UsageProblem(f"--{key}: {what}", f"resources of {located.description.name}: {', '.join(resources)}")
    chosen = {key: value for key, value in given.items() if value is not None}
    known = _known(kind, located, chosen)
    if any(way in chosen for way in _OTHER_WAYS):
        known = {key: value for key, value in known.items() if key not in {"workgroup", "database"}}
    merged = {key: known.get(key) if value is None else value for key, value in given.items()}
    return located.there(with_names(station_of(kind, merged), resources, located.name_of))


def _needed(description: "PipelineDescription") -> set[str]:
    from clickgen.pipeline.catalogue_tables import catalogue_tables

    databases = {table.database for table in catalogue_tables(description) if ":" in table.database}
    tables = set(filter(_is_table, description.resources))
    return needed_to_verify(description) | databases | tables


def _known(kind: "type[OnAws]", located: LocatedPipeline, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the pipeline says of its place of this kind."""
    from clickgen.verify.landings.station import KINDS

    places = _places(kind, located)
    named = chosen.get("table") or chosen.get("at") or chosen.get("stream")
    if len(places) > 1:
        entry = located.description.entry
        fitting = [name for name, place in places.items() if named in place.values()] if named else []
        places = {name: place for name, place in places.items() if name in (fitting or [entry or ""])} or places
    word = next(word for word, each in KINDS.items() if each is kind)
    if named and len(places) != 1:
        return {}
    if not places:
        raise UsageProblem(
            f"{located.description.name} has no place of the kind {word}",
            "name the table with --table" if "table" in kind.model_fields else "name the place with --at",
        )
    if len(places) > 1:
        key = "table" if "table" in kind.model_fields else "at"
        names = ", ".join(str(place.get(key) or name) for name, place in places.items())
        raise UsageProblem(
            f"{located.description.name} has several places of the kind {word}: {names}", f"name one with --{key}"
        )
    return next(iter(places.values()))


def _places(kind: "type[OnAws]", located: LocatedPipeline) -> dict[str, dict[str, Any]]:
    """The places of a kind, by station: what their stations say, without what only `delivery` has."""
    from clickgen.verify.landings.station import AthenaStation, DynamoDbStation

    found = {
        station.name: station.model_dump(exclude_none=True, exclude={"name", "place", "query_timeout"})
        for station in located.stations
        if isinstance(station, kind)
    }
    if kind is DynamoDbStation and not found:  # tables whose items are not events, but counts of them
        found = {
            name: {"table": located.name_of(name)} for name in located.description.resources if _is_table(name)
        }
    if kind is AthenaStation and not found:
        table = only_table(located)
        tables = located_tables(located) if table is None else {table: table}
        found = {name: {"table": name} for name in tables}
    if kind is AthenaStation and located.running is not None:
        results = _results(located)
        found = {name: results | place for name, place in found.items()}
    return found


def _is_table(address: str) -> bool:
    return address.startswith("dynamodb:")


def _results(located: LocatedPipeline) -> dict[str, str]:
    """Where Athena writes results: on this machine there is no workgroup that says it."""
    bucket = next((one for one in located.description.resources if one.startswith("s3:")), None)
    return {} if bucket is None else {"output": f"s3://{located.name_of(bucket)}/athena-results/"}


def located_tables(located: LocatedPipeline) -> dict[str, str]:
    """All tables of the catalogue that the pipeline's file speaks of."""
    from clickgen.pipeline.catalogue_tables import catalogue_tables

    return {(name := table.name(located.name_of)): name for table in catalogue_tables(located.description)}


def only_table(located: LocatedPipeline) -> str | None:
    """The table of the catalogue that the events are in, if the pipeline's file leaves no doubt.

    One that the file names goes before those that crawlers make beside it.
    """
    from clickgen.pipeline.catalogue_tables import catalogue_tables

    tables = catalogue_tables(located.description)
    named = dict.fromkeys(table.name(located.name_of) for table in tables if not table.made_by_crawler)
    crawled = dict.fromkeys(table.name(located.name_of) for table in tables)
    names = list(named or crawled)
    return names[0] if len(names) == 1 else None


class Analysed(NamedTuple):
    """Whose answers `expect --pipeline` gives, and the table and dialect of its query."""

    folder: "RunFolder"
    table: str | None
    dialect: str | None


def analysed(app: App, run: str | None, pipeline: str, source: NamesSource, *, sql: bool) -> Analysed:
    """The named run, or the latest that was sent to this pipeline; and where the pipeline's analysts look for it.

    sql: whether the table matters. Raises UsageProblem if no run was sent there.
    """
    from clickgen.verify.landings.station import RedshiftStation

    def needed(description: "PipelineDescription") -> set[str]:
        entry = set() if description.entry is None else {description.entry}
        return entry | _needed(description) if sql else entry

    located = without_running(pipeline, source, needed)
    folder = app.home.find_run(run) if run is not None else _latest_sent_to(app, located)
    if not sql:
        return Analysed(folder, None, None)
    table = only_table(located)
    if table is not None:
        return Analysed(folder, table, "athena")
    warehouses = [station.table for station in located.stations if isinstance(station, RedshiftStation)]
    return Analysed(folder, *((warehouses[0], "redshift") if len(warehouses) == 1 else (None, None)))


def _latest_sent_to(app: App, located: LocatedPipeline) -> "RunFolder":
    from clickgen.sink.registry import parse_address

    entry = parse_address(located.entry)
    for folder in reversed(app.home.all_runs()):
        destination = folder.read_plan().destination
        if (destination.kind, destination.stream.rstrip("/")) == (entry.kind, entry.name.rstrip("/")):
            return folder
    raise UsageProblem(
        f"no run in {app.home.runs} was sent to {located.entry}, where events enter {located.description.name}",
        f"send one: clickgen send --pipeline {located.description.folder}, or name a run",
    )
