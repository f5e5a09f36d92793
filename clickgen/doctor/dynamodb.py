"""A DynamoDB table: its state, what its stream shows, and its capacity against the wished rate."""

from collections.abc import Iterator
from math import ceil

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.permissions import probe_writing
from clickgen.doctor.visit import Answer, Refused, Visit
from clickgen.model.amounts import wanted
from clickgen.pipeline.description import flow
from clickgen.pipeline.resources import Table

WRITE_UNIT = 1024
"""Bytes that one write unit covers [DynamoDB guide]."""

MOST_ITEM_BYTES = 400 << 10
"""Of an item [DynamoDB guide, quotas]."""

ON_DEMAND_UNITS = 4_000
"""Write units a second that a new table on demand takes; it grows to twice its busiest [DynamoDB guide]."""

_WITH_NEW_IMAGE = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")


def examine_table(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    answer = visit.ask("dynamodb", "describe_table", TableName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"DynamoDB table {name}", "dynamodb:DescribeTable")
        return
    table = answer["Table"]
    if table["TableStatus"] not in {"ACTIVE", "UPDATING"}:
        yield problem(station, f"it is {table['TableStatus']}, not ACTIVE", "wait until it is, or create it again")
        return
    yield from _keys(visit, station, table)
    yield from _stream(visit, station, table)
    yield from _capacity(visit, station, table)
    if visit.description.entry == station:
        yield probe_writing(visit, station, "dynamodb", "batch_write_item", RequestItems={})


def _keys(visit: Visit, station: str, table: Answer) -> Iterator[Finding]:
    described = visit.description.resources.get(station)
    keys = [key["AttributeName"] for key in table["KeySchema"]]
    if isinstance(described, Table):
        expected = [key for key in (described.key, described.sort_key) if key]
        if keys != expected:
            what = f"its key is {' and '.join(keys)}, the pipeline file says {' and '.join(expected)}"
            yield problem(
                station, what, "items without that key are refused: create the table with the key of the file"
            )
            return
    yield fine(station, f"active, key {' and '.join(keys)}")


def _stream(visit: Visit, station: str, table: Answer) -> Iterator[Finding]:
    readers = flow(visit.description.resources).get(station, [])
    if not readers:
        return
    stream = table.get("StreamSpecification", {})
    words = " and ".join(readers)
    if not stream.get("StreamEnabled"):
        what = f"it has no stream, and {words} reads it: nothing goes on from here"
        yield problem(station, what, "enable it: aws dynamodb update-table --stream-specification ...=NEW_IMAGE")
    elif stream["StreamViewType"] not in _WITH_NEW_IMAGE:
        what = f"its stream shows {stream['StreamViewType']}: {words} cannot see what was written"
        yield problem(station, what, "disable it and enable it with NEW_IMAGE; its readers need the new ARN")
    else:
        yield fine(station, f"its stream shows {stream['StreamViewType']}")


def _capacity(visit: Visit, station: str, table: Answer) -> Iterator[Finding]:
    wishes = visit.wishes
    if wishes.event_bytes > MOST_ITEM_BYTES:
        yield problem(station, f"an item has at most {MOST_ITEM_BYTES:,} B, an event {wishes.event_bytes:,}")
    units = int(table.get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0))
    if wishes.rate is None or visit.description.entry != station:
        return
    needed = ceil(wishes.rate * ceil(wishes.event_bytes / WRITE_UNIT))
    wish = f"{wanted(wishes.rate)}/s of {wishes.event_bytes} B need {needed:,} write units a second"
    if not units:
        if needed > ON_DEMAND_UNITS:
            what = f"{wish}; a new table on demand takes {ON_DEMAND_UNITS:,} at first"
            yield warning(station, what, "raise the rate slowly, or set its warm throughput before")
    elif needed > units:
        yield problem(station, f"{wish}, and it has {units:,}", "raise its write capacity, or make it on demand")
    else:
        yield fine(station, f"{wish}, and it has {units:,}")
