"""PutRecord and PutRecordBatch: records are kept before they are answered."""

import uuid

import orjson

from clickgen.local.firehose.limits import MAX_RECORDS_A_CALL
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.records import blob_of_record, blobs_of_batch, checked_lengths, stream_of
from clickgen.local.firehose.stream import DeliveryStream
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import Answer, Call

_ACCEPTED = [b'{"RecordId":"@%04d"}' % index for index in range(MAX_RECORDS_A_CALL)]  # @: the id of the call


class Puts:
    """The data plane of one server's streams."""

    def __init__(self, pipeline: EmbeddedPipeline, faults: ServiceFaults) -> None:
        self._pipeline = pipeline
        self._faults = faults

    def put_record(self, call: Call) -> Answer:
        """Keep one record; a fault that would fail a record of a batch fails the call."""
        blob = blob_of_record(call.body.get("Record"))
        stream = stream_of(self._pipeline, call.body)
        faults = self._faults.of(stream.state.name)
        for failure in faults.failing(1).values():
            raise failure
        (blob,) = faults.poisoned([blob])
        record = blob + stream.buffer.delimiter
        stream.buffer.put(record, (len(record),))
        stream.counts.put("PutRecord", 1, len(record), 0)
        return b'{"Encrypted":%s,"RecordId":"%s0000"}' % (_encrypted(stream), uuid.uuid4().hex.encode())

    def put_record_batch(self, call: Call) -> Answer:
        """Keep the records that no fault fails; the answer says which, in their order."""
        blobs, lengths = blobs_of_batch(call.body.get("Records"))
        stream = stream_of(self._pipeline, call.body)
        failing = self._keep(stream, blobs, lengths)
        return _batch_answer(len(blobs), failing, _encrypted(stream))

    def put_for_pipe(self, name: str, blobs: list[bytes]) -> list[str | None]:
        """Keep records as PutRecordBatch does; for each None or the code of its refusal. ServiceError."""
        stream = stream_of(self._pipeline, {"DeliveryStreamName": name})
        failing = self._keep(stream, blobs, checked_lengths(blobs))
        return [failing[index].code if index in failing else None for index in range(len(blobs))]

    def _keep(self, stream: DeliveryStream, blobs: list[bytes], lengths: list[int]) -> dict[int, ServiceError]:
        """Keep the records that no fault fails; the errors of the others."""
        faults = self._faults.of(stream.state.name)
        failing = faults.failing(len(blobs))
        if failing:
            blobs = [blob for index, blob in enumerate(blobs) if index not in failing]
            lengths = list(map(len, blobs))
        if faults.settings.poison:
            blobs = faults.poisoned(blobs)
            lengths = list(map(len, blobs))
        if blobs:
            delimiter = stream.buffer.delimiter
            if delimiter:
                lengths = [length + len(delimiter) for length in lengths]
            stream.buffer.put(delimiter.join(blobs) + delimiter, lengths)
        stream.counts.put("PutRecordBatch", len(blobs), sum(lengths), len(failing))
        return failing


def _encrypted(stream: DeliveryStream) -> bytes:
    """Whether the stream has encryption enabled, as JSON."""
    return b"false" if stream.state.encryption is None else b"true"


def _batch_answer(count: int, failing: dict[int, ServiceError], encrypted: bytes) -> bytes:
    entries = _ACCEPTED[:count]
    for index, failure in failing.items():
        entries[index] = orjson.dumps({"ErrorCode": failure.code, "ErrorMessage": failure.message})
    responses = b",".join(entries).replace(b"@", uuid.uuid4().hex.encode())
    return b'{"Encrypted":%s,"FailedPutCount":%d,"RequestResponses":[%s]}' % (encrypted, len(failing), responses)
