"""PutRecordBatch without a Python object for every record.

Plain boto3 visits every record of a call and of its answer. Here the body is joined from base64 text once, signed
and sent on a line of its own (`direct_line.py`), and an answer that plainly says that every record was accepted is
recognised. Any other answer is given to a call of botocore's by its `before-send` event, as if that call had got
it: what an answer means is written down in one place. Where only botocore knows the way, as through a proxy, its
call is sent as well: `before-call` puts the body in its place, and `before-parse` recognises the answer.
`FirehoseSink` with `plain=True` uses boto3 as usual and must give the same results.
"""

import json
import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from pybase64 import b64encode

from clickgen.model.batch import Batch
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.interface import Gate

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from types_boto3_firehose import FirehoseClient


class Wire:
    """Puts prepared bodies into a client's PutRecordBatch calls; one body a thread at a time.

    turn: held from the first byte of a body until the signed call is ready to leave. gate: passed then.
    """

    def __init__(self, client: "FirehoseClient", stream: str, turn: GilTurn, gate: Gate) -> None:
        from clickgen.sink.direct_call import direct_caller

        self._client = client
        self._stream = stream
        self._turn = turn
        self._gate = gate
        self._prepared = threading.local()
        self._head = b'{"DeliveryStreamName": ' + json.dumps(stream).encode() + b', "Records": ['
        self._direct = direct_caller(client, "Firehose_20150804.PutRecordBatch")
        events: Any = client.meta.events
        events.register("before-call.firehose.PutRecordBatch", self._put_body)
        events.register("before-send.firehose.PutRecordBatch", self._leave)
        events.register("before-parse.firehose.PutRecordBatch", self._recognise)

    def put(self, batch: Batch, positions: Sequence[int]) -> dict[str, Any] | None:
        """One PutRecordBatch call: None if every record was accepted, else the answer.

        Raises what boto3 raises.
        """
        self._turn.take_to_send()
        try:
            body = self._body(batch, positions)
            if self._direct is None:
                return self._through_botocore(body, len(positions), None)
            request = self._direct.request(body)
            self._turn.give()
            answer = self._direct.call(request, self._gate.go)
        finally:
            self._turn.give()
        if isinstance(answer, bytes):
            if _all_accepted(answer, len(positions)):
                return None
            answer = self._direct.answered(answer)
        return self._through_botocore(body, len(positions), answer)

    def _body(self, batch: Batch, positions: Sequence[int]) -> bytes:
        texts = base64_texts(batch, positions)
        # one join is one copy of what may be megabytes
        texts[0] = self._head + b'{"Data": "' + texts[0]
        texts[-1] += b'"}]}'
        return b'"}, {"Data": "'.join(texts)

    def _through_botocore(self, body: bytes, records: int, answer: "AWSResponse | None") -> dict[str, Any] | None:
        """The call as botocore makes it. answer: what it was answered, if it was sent before."""
        prepared = self._prepared
        prepared.body, prepared.records, prepared.answer, prepared.accepted = body, records, answer, False
        try:
            # the one empty record satisfies the serializer; `_put_body` replaces what it makes
            call: Any = self._client.put_record_batch
            answered = call(DeliveryStreamName=self._stream, Records=[{"Data": b""}])
            return None if prepared.accepted else dict(answered)
        finally:
            prepared.body = prepared.answer = None

    def _leave(self, **_: Any) -> "AWSResponse | None":
        self._turn.give()
        answer: AWSResponse | None = getattr(self._prepared, "answer", None)
        return answer

    def _put_body(self, params: dict[str, Any], **_: Any) -> None:
        body = getattr(self._prepared, "body", None)
        if body is not None:
            params["body"] = body

    def _recognise(self, response_dict: dict[str, Any], **_: Any) -> None:
        """Keep an answer in which nothing failed and each record has an id from the parser."""
        records = getattr(self._prepared, "records", None)
        if response_dict["status_code"] == 200 and _all_accepted(response_dict["body"], records):
            self._prepared.accepted = True
            response_dict["body"] = b"{}"


def _all_accepted(body: bytes, records: int | None) -> bool:
    """Whether an answer is JSON to its end and plainly says of each record that it was accepted."""
    try:
        answer = orjson.loads(body)
        entries = answer["RequestResponses"]
        ids = [entry["RecordId"] for entry in entries]
        none_failed = type(answer["FailedPutCount"]) is int and answer["FailedPutCount"] == 0
    except (ValueError, TypeError, KeyError):
        return False
    # an entry that has more than an id may have an error
    plain = len(ids) == records and set(map(len, entries)) == {1} and set(map(type, ids)) == {str}
    return none_failed and plain and all(ids)


def base64_texts(batch: Batch, positions: Sequence[int]) -> list[bytes]:
    """Each record in base64.

    Every call of the encoder releases the interpreter to other threads, which for small records costs several
    times the encoding itself; so they are encoded in one call, each padded with NULs to whole groups of three
    bytes.
    """
    data, offsets = batch.data, batch.record_offsets
    if len(data) > _SMALL * len(batch):
        return [b64encode(data[offsets[index] : offsets[index + 1]]) for index in positions]
    sizes = np.diff(offsets)
    if len(positions) < len(batch):
        sizes = sizes[positions]
    missing = -sizes % 3
    events = bytes(data)  # slices of bytes are made in half the time of slices of a view
    filled = [
        events[offsets[index] : offsets[index + 1]] + _FILL[fill]
        for index, fill in zip(positions, missing.tolist(), strict=True)
    ]
    text = bytearray(b64encode(b"".join(filled)))
    ends = np.cumsum((sizes + missing) // 3 * 4)
    letters = np.frombuffer(text, dtype=np.uint8)
    for fill in (1, 2):
        letters[ends[missing >= fill] - fill] = _PADDING
    whole = bytes(text)
    return [whole[begin:end] for begin, end in pairwise([0, *ends.tolist()])]


_SMALL = 1024  # bytes of a record
_FILL = (b"", b"\0", b"\0\0")
_PADDING = ord("=")
