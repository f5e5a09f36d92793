"""What totals are of: the items of a DynamoDB table, which are counted here, or Parquet files as one table."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import orjson

from clickgen.expect.parsed import ParsedEvents
from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import needle
from clickgen.model.plan import Plan
from clickgen.verify.inspections.totals.columns import is_measure
from clickgen.verify.landings.aws_reads import pages_of
from clickgen.verify.landings.dynamodb.items import SEGMENTS, Segment, as_json, segments_of, text_at
from clickgen.verify.landings.dynamodb.table_landing import TableSource
from clickgen.verify.landings.sql.duck import DuckQuery, create_view
from clickgen.verify.landings.sql.parquet_files import ParquetFiles, local_files

TABLE = "events"


def count_items(source: TableSource, plan: Plan, id_path: Sequence[str], counting: ParsedEvents) -> float:
    """Count the run's items of a table, and return how many read units that has used.

    id_path: the names that lead to the event's id. Raises EnvironmentProblem if the table cannot be scanned.
    """
    own = needle(plan.run).decode()
    units = 0.0
    segments = segments_of(source.service, source.name, [], source.bytes)
    for _, page in pages_of(segments, Segment.next_page, SEGMENTS):
        mine = (item for item in page.items if (text_at(item, id_path) or "").startswith(own))
        counting.take([orjson.loads(as_json(item)) for item in mine])
        units += page.read_units
    return units


@dataclass(frozen=True, slots=True)
class CountedItems:
    """Items that are counts themselves, each of a group."""

    columns: tuple[str, ...]  # attributes that some item has
    rows: list[tuple[object, ...]]
    read_units: float  # what reading them cost


def counted_items(source: TableSource, by: Sequence[str], named: Mapping[str, str]) -> CountedItems:
    """The items of a table as rows of what is compared: dimensions and measures, by their names.

    named: attributes that have another name, by what they are: {"hits": "count"}. An item without the attributes
    of `by` is something else, and left out. Raises EnvironmentProblem if the table cannot be scanned.
    """
    called = {attribute: name for name, attribute in named.items()}
    units, found = 0.0, []
    segments = segments_of(source.service, source.name, [], source.bytes)
    for _, page in pages_of(segments, Segment.next_page, SEGMENTS):
        found += [orjson.loads(as_json(item)) for item in page.items]
        units += page.read_units
    dimensions = [named.get(name, name) for name in by]
    groups = [item for item in found if all(attribute in item for attribute in dimensions)]
    present = dict.fromkeys(attribute for item in groups for attribute in item)
    columns = [one for one in present if one in dimensions or is_measure(called.get(one, one).lower())]
    rows = [tuple(item.get(column) for column in columns) for item in groups]
    return CountedItems(tuple(columns), rows, units)


@contextmanager
def parquet_query(files: ParquetFiles, now_ms: int) -> Iterator[DuckQuery]:
    """The files that are there now as the table `events`, while the block lasts; those in S3 are fetched.

    now_ms: Unix time. Raises UsageProblem if there are none, EnvironmentProblem if they cannot be read.
    """
    listed, older = files.listed(now_ms)
    if older and not listed:
        raise UsageProblem(
            f"the Parquet files in {files.place.name}, {older:,} of them, are older than the run",
            "they were written before it was sent; say where its events are: --at PLACE",
        )
    if not listed:
        raise UsageProblem(f"there are no Parquet files in {files.place.name}", "say where they are: --at PLACE")
    with local_files(files.place, listed) as paths:
        query = DuckQuery(files.place.name)
        query.ask("SET TimeZone = 'UTC'")
        create_view(query, TABLE, paths)
        yield query
