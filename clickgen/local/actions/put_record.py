"""PutRecord: one record; what fails is the call."""

import uuid

from clickgen.local.actions.call import Call
from clickgen.local.actions.records import blob_of_record, stream_of


def put_record(call: Call) -> bytes:
    """Keep one record before answering; a fault that would fail a record of a batch fails the call."""
    blob = blob_of_record(call.body.get("Record"))
    stream = stream_of(call.pipeline, call.body)
    for failure in call.faults.failing(1).values():
        raise failure
    stream.buffer.put(blob + stream.state.destination.delimiter, 1)
    return b'{"Encrypted":false,"RecordId":"%s0000"}' % uuid.uuid4().hex.encode()
