"""PutRecord and PutRecordBatch: records are kept before they are answered."""

import uuid

import orjson

from clickgen.local.firehose.limits import MAX_RECORDS_A_CALL
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.records import blob_of_record, blobs_of_batch, stream_of
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
        return b'{"Encrypted":false,"RecordId":"%s0000"}' % uuid.uuid4().hex.encode()

    def put_record_batch(self, call: Call) -> Answer:
        """Keep the records that no fault fails; the answer says which, in their order."""
        blobs, lengths = blobs_of_batch(call.body.get("Records"))
        count = len(blobs)
        stream = stream_of(self._pipeline, call.body)
        faults = self._faults.of(stream.state.name)
        failing = faults.failing(count)
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
        return _batch_answer(count, failing)


def _batch_answer(count: int, failing: dict[int, ServiceError]) -> bytes:
    entries = _ACCEPTED[:count]
    for index, failure in failing.items():
        entries[index] = orjson.dumps({"ErrorCode": failure.code, "ErrorMessage": failure.message})
    responses = b",".join(entries).replace(b"@", uuid.uuid4().hex.encode())
    return b'{"Encrypted":false,"FailedPutCount":%d,"RequestResponses":[%s]}' % (len(failing), responses)
