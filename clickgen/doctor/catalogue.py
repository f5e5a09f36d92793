"""Crawlers and tables of the catalogue: whether they ran, and whether the tables fit what landed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.visit import MOST_OBJECTS, Answer, Refused, Visit
from clickgen.model.amounts import counted, instant
from clickgen.model.errors import ClickgenError
from clickgen.pipeline.catalogue_tables import CatalogueTable, catalogue_tables
from clickgen.pipeline.resources import Crawler
from clickgen.sink.aws import make_client
from clickgen.verify.inspections.glue.catalogue import read_table
from clickgen.verify.inspections.glue.data import listed, sampled, shape_of
from clickgen.verify.inspections.glue.fit import Fit, compare
from clickgen.verify.landings.objects.bucket import BucketPlace

_SAMPLE = 4  # files: a diagnosis takes seconds; `clickgen verify glue table` looks into more
_MOST_TABLES = 20  # of one database
_MOST_MISFITS = 5
_COMPARED_BY = "for all of it: clickgen verify glue table --table"


def examine_crawler(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    answer = visit.ask("glue", "get_crawler", Name=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"crawler {name}", "glue:GetCrawler")
        return
    crawler = answer["Crawler"]
    last = crawler.get("LastCrawl")
    run = "clickgen local crawl" if visit.running else f"aws glue start-crawler --name {name}"
    if crawler["State"] != "READY":
        yield fine(station, f"it is {crawler['State']}")
    elif last is None:
        yield problem(station, "it has never run: the catalogue knows nothing of what landed", f"run it: {run}")
    elif last["Status"] == "FAILED":
        reason = last.get("ErrorMessage") or "it does not say why"
        yield problem(station, f"its last run failed: {reason}", f"mend that and run it: {run}")
    else:
        began: datetime = last["StartTime"]
        later = _landed_since(visit, crawler, began)
        ran = f"it last ran at {instant(int(began.timestamp() * 1000))}"
        if later:
            yield warning(
                station, f"{ran}, and objects landed since: their partitions may be missing", f"run it: {run}"
            )
        else:
            yield fine(station, ran)


def _landed_since(visit: Visit, crawler: Answer, began: datetime) -> bool:
    """Whether an object is younger than the crawl, in one of the places that it looks at."""
    for place in _places(visit, crawler["Targets"]):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        objects = visit.objects(bucket, prefix)
        if not isinstance(objects, Refused) and objects and objects[-1]["LastModified"] > began:
            return True
    return False


def _places(visit: Visit, targets: Answer) -> Iterator[str]:
    yield from (target["Path"] for target in targets.get("S3Targets", []))
    for target in targets.get("CatalogTargets", []):
        for table in target["Tables"]:
            answer = visit.ask("glue", "get_table", DatabaseName=target["DatabaseName"], Name=table)
            if not isinstance(answer, Refused):
                yield answer["Table"].get("StorageDescriptor", {}).get("Location", "")


def examine_database(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    """The database, and each of its tables against what is where it points to."""
    answer = visit.ask("glue", "get_tables", DatabaseName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"database {name}", "glue:GetTables")
        return
    tables = [one for one in answer["TableList"] if one.get("TableType") != "VIRTUAL_VIEW"]
    for table in tables[:_MOST_TABLES]:
        yield from examine_catalogue_table(visit, station, f"{name}.{table['Name']}")
    there = {one["Name"] for one in tables}
    for expected in catalogue_tables(visit.description):
        if expected.database == station and expected.table not in there and not _crawler_speaks(visit, expected):
            what = f"there is no table {name}.{expected.table}, which {expected.of} needs"
            yield problem(station, what, "create it, with CREATE EXTERNAL TABLE for example")
    if not tables:
        yield fine(station, f"database {name} is there, without tables")


def _crawler_speaks(visit: Visit, expected: CatalogueTable) -> bool:
    """Whether a missing table is a crawler's to make, which is said of the crawler."""
    resource = visit.description.resources[expected.of]
    return isinstance(resource, Crawler) and expected.made_by_crawler


def examine_catalogue_table(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    """A table against the files where it points to; one that cannot be compared is a warning."""
    try:
        fit = _fit(visit, name)
    except ClickgenError as refused:
        yield warning(station, f"table {name} could not be compared: {refused.message}", refused.hint)
        return
    if fit is None:
        yield fine(station, f"table {name} is there; nothing is where it points to yet")
        return
    spoiling = [misfit for misfit in fit.misfits if misfit.spoils]
    step = f"mend the table, or what writes there; {_COMPARED_BY} {name}"
    for misfit in spoiling[:_MOST_MISFITS]:
        mend = step if misfit.kind != "partition" else f"run its crawler, or: MSCK REPAIR TABLE {name}"
        yield problem(station, f"table {name} does not fit: {misfit.kind} {misfit.name}: {misfit.detail}", mend)
    if len(spoiling) > _MOST_MISFITS:
        yield problem(station, f"table {name} does not fit in {len(spoiling) - _MOST_MISFITS} more ways", step)
    others = [misfit for misfit in fit.misfits if not misfit.spoils]
    if others:
        first = others[0]
        more = f", and {counted(len(others) - 1, 'other')} like it" if len(others) > 1 else ""
        what = f"table {name}: {first.kind} {first.name}: {first.detail}{more}"
        yield warning(station, what, f"{_COMPARED_BY} {name}")
    if not fit.misfits:
        yield fine(station, f"table {name} fits {counted(fit.files, 'file')}, {fit.read} looked into")


def _fit(visit: Visit, name: str) -> Fit | None:
    """None if nothing has landed where the table points to."""
    table = read_table(visit.client("glue"), name)
    bucket, _, prefix = table.location.removeprefix("s3://").partition("/")
    place = BucketPlace(partial(_s3, visit), bucket, prefix)
    files = listed(place, MOST_OBJECTS)
    if not files:
        return None
    shapes = [shape_of(place, stored) for stored in sampled(files, _SAMPLE)]
    keys = [stored.key.removeprefix(prefix).lstrip("/") for stored in files]
    fit = compare(table, table.location, keys, shapes, datetime.now(UTC))
    if len(files) < MOST_OBJECTS:
        return fit
    # of partitions that seem empty the files may not have been listed
    return replace(fit, misfits=[one for one in fit.misfits if one.spoils or one.kind != "partition"])


def _s3(visit: Visit, **options: Any) -> Any:
    return make_client("s3", visit.access, **options)
