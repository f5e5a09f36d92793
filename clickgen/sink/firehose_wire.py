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
from typing import TYPE_CHECKING, Any

from clickgen.model.batch import Batch
from clickgen.sink.base64_records import base64_body
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
        from clickgen.sink.firehose_answers import all_accepted

        self._client = client
        self._stream = stream
        self._turn = turn
        self._gate = gate
        self.all_accepted = all_accepted
        self._prepared = threading.local()
        self._head = b'{"DeliveryStreamName":%b,"Records":[{"Data":"' % json.dumps(stream).encode()
        self.direct = direct_caller(client, "Firehose_20150804.PutRecordBatch")
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
            body = self.body(batch, positions)
            if self.direct is None:
                return self._through_botocore(body, len(positions), None)
            head = self.direct.head(body)
            self._turn.give()
            answer = self.direct.call(head, body, self._gate.go)
        finally:
            self._turn.give()
        return self.understood(answer, len(positions))

    def understood(self, answer: "bytes | AWSResponse", records: int) -> dict[str, Any] | None:
        """What a direct call was answered, as `put` says it. answer: as `DirectLine.call` gives it."""
        from clickgen.sink.direct_call import answered

        if isinstance(answer, bytes):
            if self.all_accepted(answer, records):
                return None
            answer = answered(answer, self._client.meta.endpoint_url)
        return self._through_botocore(b"", records, answer)

    def body(self, batch: Batch, positions: Sequence[int]) -> bytes:
        return base64_body(batch, positions, self._head, b'"}]}')

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
        if response_dict["status_code"] == 200 and self.all_accepted(response_dict["body"], records):
            self._prepared.accepted = True
            response_dict["body"] = b"{}"
