"""Kinesis Data Streams: PutRecords through boto3, one attempt a call; a visitor's events share a partition key.

Limits: API reference of PutRecords and the Developer Guide, "Quotas and limits": 500 records or 10 MiB a call,
partition keys included, 256 characters a key. A record, its key included, may have 1 MiB unless the stream was
made for larger ones (DescribeStreamSummary, `MaxRecordSizeInKiB`, up to 10 MiB). A provisioned stream bills a
record in PUT payload units of 25 KB, so a packed record is filled up to one; an on-demand stream bills it rounded
up to 1 KB (pricing page).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clickgen.model.batch import Batch, CallResult, SinkLimits
from clickgen.model.destination import KinesisDestination
from clickgen.sink.answers import attempt, read_entries
from clickgen.sink.aws import access_to, make_client
from clickgen.sink.interface import Gate, Leave, at_once
from clickgen.sink.kind import Opening, SinkKind, name_reader

KEY_BYTES = 256
RECORDS = 500
PUT_UNIT, ON_DEMAND_UNIT = 25 * 1024, 1024
_CALL_BYTES = 10 * 1024 * 1024
_RECORD_BYTES = 1024 * 1024
# a call's and a record's bytes count the key, whose length is not known before: the longest is set aside
LIMITS = SinkLimits(
    records=RECORDS,
    record_bytes=_RECORD_BYTES - KEY_BYTES,
    call_bytes=_CALL_BYTES - RECORDS * KEY_BYTES,
    bill_unit=PUT_UNIT,
    pack_bytes=PUT_UNIT - KEY_BYTES,
    pack_events=PUT_UNIT,
)
# what recorded events often call the visitor, or the device that stands for one
_COMMON_NAMES = ("visitor_id", "user_pseudo_id", "anonymousId", "duid", "device_id")
_VISITOR = rb'"(?:%b)"\s*:\s*(?:"((?:[^"\\]|\\.)+)"|([-+.\w]+))'
_ANY_ID = rb"([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"
_HINTS = {
    "ResourceNotFoundException": "check the stream's name, the region and the account",
    "AccessDeniedException": "sending needs the permission kinesis:PutRecords on the stream",
    "KMSDisabledException": "the stream's KMS key is disabled; enable it, or change the stream's encryption",
    "KMSInvalidStateException": "the stream's KMS key cannot be used; see the stream's encryption settings",
    "KMSAccessDeniedException": "sending to the stream needs the permission kms:GenerateDataKey on its key",
    "KMSNotFoundException": "the stream's KMS key is gone; see the stream's encryption settings",
    "KMSOptInRequired": "the account has no access to KMS, which encrypts the stream",
}


def limits_for(record_bytes: int | None, *, on_demand: bool) -> SinkLimits:
    """The limits of a stream. record_bytes: the most that a record may have, key included, or None (default)."""
    # the largest record must fit a call as well
    most = min(record_bytes or _RECORD_BYTES, _CALL_BYTES - (RECORDS - 1) * KEY_BYTES) - KEY_BYTES
    return replace(LIMITS, record_bytes=most, bill_unit=ON_DEMAND_UNIT if on_demand else PUT_UNIT)


class KinesisSink:
    """One stream. `client` must have botocore's own retries off, so that every attempt is in the ledger.

    visitor_field: the name of the field that names the visitor, or None for those in common use. id_field: where
    an event that names no visitor has its id, which then is the key; "" in lines of text. A packed record has the
    key of its first event.
    """

    def __init__(
        self,
        client: Any,
        stream: str,
        id_field: str,
        visitor_field: str | None = None,
        limits: SinkLimits = LIMITS,
    ) -> None:
        # Any: the stubs of kinesis are an extra of their own
        self._client = client
        self._gate = Gate(client)
        self._stream = stream
        own_id = rb'"%b"\s*:\s*"([^"\\]+)"' % re.escape(id_field.encode()) if id_field else _ANY_ID
        names = _COMMON_NAMES if visitor_field is None else (visitor_field,)
        visitor = _VISITOR % b"|".join(re.escape(name.encode()) for name in names)
        self._key = re.compile(visitor + b"|" + own_id)
        self.limits = limits

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        positions = range(len(batch)) if records is None else records
        with self._gate.held(leave):
            return attempt(
                lambda: read_entries(self._call(batch, positions).get("Records", []), positions, "SequenceNumber"),
                _HINTS,
            )

    def _call(self, batch: Batch, positions: Sequence[int]) -> dict[str, Any]:
        entries = [
            {"Data": data, "PartitionKey": self.partition_key(data)} for data in map(batch.record, positions)
        ]
        return dict(self._client.put_records(StreamName=self._stream, Records=entries))

    def partition_key(self, record: bytes) -> str:
        """The visitor of a record's first event, found in its bytes; else that event's id; else a constant."""
        first = record[: record.find(b"\n") + 1] or record
        own_id = None
        for match in self._key.finditer(first):
            visitor = match[1] or match[2]
            if visitor is not None and visitor != b"null":
                return visitor[:KEY_BYTES].decode("utf-8", "replace")[:KEY_BYTES]
            own_id = own_id or match[3]
        return (own_id or b"clickgen")[:KEY_BYTES].decode("utf-8", "replace")


def _limits(to: KinesisDestination) -> SinkLimits:
    return limits_for(to.record_bytes, on_demand=to.on_demand)


def _open(to: KinesisDestination, opening: Opening) -> KinesisSink:
    client = make_client("kinesis", access_to(to), connections=opening.connections)
    return KinesisSink(client, to.stream, opening.id_field, opening.visitor_field, _limits(to))


KIND = SinkKind(
    prefix="kinesis:",
    form="kinesis:NAME",
    # API reference of CreateStream
    read_name=name_reader(r"[a-zA-Z0-9_.-]{1,128}", "1 to 128 letters, digits, _ . or -"),
    on_network=True,
    limits=_limits,
    open=_open,
    paid_for="ingestion",
    verified_as="kinesis",
)
