"""Totals of the items of a DynamoDB table, which cannot count by itself: scanned, and counted here."""

from collections.abc import Sequence

import orjson

from clickgen.expect.parsed import ParsedEvents
from clickgen.model.event_id import needle
from clickgen.model.plan import Plan
from clickgen.verify.landings.dynamodb.items import Segment, as_json, segments_of, text_at
from clickgen.verify.landings.dynamodb.table_landing import TableSource
from clickgen.verify.landings.paging import pages_of

_SEGMENTS = 8
_SEGMENT_BYTES = 32 << 20  # less is not worth a segment of its own


def count_items(source: TableSource, plan: Plan, id_path: Sequence[str], counting: ParsedEvents) -> float:
    """Count the run's items of a table, and say how many read units that has used.

    id_path: the names that lead to the event's id. Raises EnvironmentProblem where the table cannot be scanned.
    """
    own = needle(plan.run).decode()
    units = 0.0
    segments = segments_of(source.service, source.name, [], min(_SEGMENTS, 1 + source.bytes // _SEGMENT_BYTES))
    for _, page in pages_of(segments, Segment.next_page, _SEGMENTS):
        mine = (item for item in page.items if (text_at(item, id_path) or "").startswith(own))
        counting.take([orjson.loads(as_json(item)) for item in mine])
        units += page.read_units
    return units
