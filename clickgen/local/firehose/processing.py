"""What happens to the records of a stream between their spool and their object: one step after the other.

The order is the service's: KPL records are taken apart, compressed ones unpacked, aggregates de-aggregated, the
Lambda called, delimiters appended, partitions found. Formats are converted later, with the object.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.failures import Failure, error_line
from clickgen.local.firehose.flow import Flow, Record
from clickgen.local.firehose.outgoing import Addition, Gathering
from clickgen.local.firehose.partition_query import compile_query
from clickgen.local.firehose.partitions import Groups, Partitions
from clickgen.local.firehose.routes import Routes
from clickgen.local.firehose.spool import Spool, data_of
from clickgen.local.firehose.transform import Transform
from clickgen.local.firehose.unpacking import Unpacking
from clickgen.local.platform.limits import MEBIBYTE

_MAX_ADDITION_BYTES = 4 * MEBIBYTE  # of the records that one journal entry describes, unless one is larger


@dataclass(frozen=True)
class Processed:
    """What was made of an incoming spool.

    groups: records by what they gather for, ready to be appended.
    errors: lines about records that failed, in the same way.
    failed, last_failure: how many they are, and why the last one failed, or None.
    damage: what of the spool cannot be read, or None.
    """

    groups: Sequence[tuple[Gathering, Sequence[Record], Sequence[Addition]]]
    errors: Sequence[Addition]
    failed: int
    last_failure: str | None
    damage: str | None


class Processing:
    """The processing of a stream under one version of its settings."""

    def __init__(self, context: StreamContext, destination: StreamDestination, routes: Routes) -> None:
        self._routes = routes
        self._delimiter = destination.delimiter
        self._unpacking = Unpacking(destination)
        self._transform: Transform | None = None
        if destination.transform is not None:
            about = {"deliveryStreamArn": context.stream.arn, "region": context.stream.region}
            if destination.kinesis_stream is not None:
                about["sourceKinesisStreamArn"] = destination.kinesis_stream
            self._transform = Transform(destination.transform, about, context)
        self._partitions: Partitions | None = None
        if destination.partitioning is not None:
            query = destination.partitioning.query
            self._partitions = Partitions(routes, None if query is None else compile_query(query))

    async def process(self, spool: Spool, *, verify: bool) -> Processed:
        """What becomes of the records of a spool; OSError if it is to be tried again."""
        flow, damage = await asyncio.to_thread(self._read, spool, verify=verify)
        if self._transform is not None:
            flow = await self._transform.run(flow)
        return await asyncio.to_thread(self._finish, flow, damage)

    def _read(self, spool: Spool, *, verify: bool) -> tuple[Flow, str | None]:
        contents = spool.read(verify=verify)
        flow = Flow()
        for put, payload in data_of(spool.data, contents.puts):
            sources = orjson.loads(put.notes) if put.notes else [None] * put.records
            flow.records += [
                Record(data, source["approximateArrivalTimestamp"] if source else put.arrived, source)
                for data, source in zip(put.split(payload), sources, strict=True)
            ]
        return self._unpacking.run(flow), contents.damage

    def _finish(self, flow: Flow, damage: str | None) -> Processed:
        groups: Groups = [(self._routes.records, flow.records)] if flow.records else []
        failed = flow.failed
        if self._partitions is not None:
            groups, failed = self._partitions.group(flow)
        delimiter = self._delimiter
        ready = [
            (gathering, records, additions_of(gathering, [(one.data + delimiter, one.arrived) for one in records]))
            for gathering, records in groups
        ]
        last = f"{failed[-1][1].code}: {failed[-1][1].message}" if failed else None
        return Processed(ready, error_additions(self._routes, failed), len(failed), last, damage)


def additions_of(gathering: Gathering, pieces: Sequence[tuple[bytes, int]]) -> list[Addition]:
    """Records with their arrivals, as additions of a size that a journal entry may have."""
    additions: list[Addition] = []
    batch: list[bytes] = []
    size, arrived = 0, 0
    for data, data_arrived in pieces:
        if batch and size + len(data) > _MAX_ADDITION_BYTES:
            additions.append(Addition(gathering, b"".join(batch), list(map(len, batch)), arrived))
            batch, size = [], 0
        if not batch:
            arrived = data_arrived
        batch.append(data)
        size += len(data)
    if batch:
        additions.append(Addition(gathering, b"".join(batch), list(map(len, batch)), arrived))
    return additions


def error_additions(routes: Routes, failed: Sequence[tuple[Record, Failure]]) -> list[Addition]:
    """Lines about records that failed, for the error output of each kind."""
    lines: dict[str, list[tuple[bytes, int]]] = {}
    for record, failure in failed:
        line = error_line(record.data, record.arrived, failure)
        lines.setdefault(failure.error_type, []).append((line, record.arrived))
    return [
        addition
        for error_type, pieces in lines.items()
        for addition in additions_of(routes.errors(error_type), pieces)
    ]
