"""PutRecordBatch: records succeed or fail one by one, and the answer says so in their order."""

import uuid

import orjson

from clickgen.local.actions.call import Call
from clickgen.local.actions.records import blobs_of_batch, stream_of
from clickgen.local.errors import ServiceError
from clickgen.local.limits import MAX_RECORDS_A_CALL

_ACCEPTED = [b'{"RecordId":"@%04d"}' % index for index in range(MAX_RECORDS_A_CALL)]  # @: the id of the call


def put_record_batch(call: Call) -> bytes:
    """Keep the records that no fault fails, joined as they came, before answering."""
    blobs = blobs_of_batch(call.body.get("Records"))
    stream = stream_of(call.pipeline, call.body)
    failing = call.faults.failing(len(blobs))
    kept = [blob for index, blob in enumerate(blobs) if index not in failing] if failing else blobs
    if kept:
        delimiter = stream.state.destination.delimiter
        stream.buffer.put(delimiter.join(kept) + delimiter, len(kept))
    return _answer(len(blobs), failing)


def _answer(count: int, failing: dict[int, ServiceError]) -> bytes:
    entries = _ACCEPTED[:count]
    for index, failure in failing.items():
        entries[index] = orjson.dumps({"ErrorCode": failure.code, "ErrorMessage": failure.message})
    responses = b",".join(entries).replace(b"@", uuid.uuid4().hex.encode())
    return b'{"Encrypted":false,"FailedPutCount":%d,"RequestResponses":[%s]}' % (len(failing), responses)
