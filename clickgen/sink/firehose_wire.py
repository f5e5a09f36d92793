"""PutRecordBatch without a Python object for every record, through botocore's own events.

Plain boto3 walks every record of a call and of its answer. Here the body is joined from base64 text once and put
in place by the `before-call` event; botocore still signs and sends it. An answer that plainly says that every
record was accepted is recognised as bytes in `before-parse`; any other is parsed in full. `FirehoseSink` with
`plain=True` goes the ordinary way and must come to the same results.
"""

import json
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pybase64 import b64encode

from clickgen.model.batch import Batch

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient


class Wire:
    """Puts prepared bodies into a client's PutRecordBatch calls; one body a thread at a time."""

    def __init__(self, client: "FirehoseClient", stream: str) -> None:
        self._client = client
        self._stream = stream
        self._prepared = threading.local()
        self._head = b'{"DeliveryStreamName": ' + json.dumps(stream).encode() + b', "Records": ['
        events = client.meta.events
        events.register("before-call.firehose.PutRecordBatch", self._put_body)
        events.register("before-parse.firehose.PutRecordBatch", self._recognise)

    def put(self, batch: Batch, positions: Sequence[int]) -> dict[str, Any] | None:
        """One PutRecordBatch call: None if every record was accepted, else the answer.

        Raises what boto3 raises.
        """
        data, offsets = batch.data, batch.record_offsets
        records = [b64encode(data[offsets[index] : offsets[index + 1]]) for index in positions]
        self._prepared.body = self._head + b'{"Data": "' + b'"}, {"Data": "'.join(records) + b'"}]}'
        self._prepared.records = len(records)
        self._prepared.accepted = False
        try:
            # the one empty record satisfies the serializer; `_put_body` replaces what it makes
            call: Any = self._client.put_record_batch
            answer = call(DeliveryStreamName=self._stream, Records=[{"Data": b""}])
            return None if self._prepared.accepted else dict(answer)
        finally:
            self._prepared.body = None

    def _put_body(self, params: dict[str, Any], **_: Any) -> None:
        body = getattr(self._prepared, "body", None)
        if body is not None:
            params["body"] = body

    def _recognise(self, response_dict: dict[str, Any], **_: Any) -> None:
        """Spare the parser an answer in which nothing failed and each record has an id."""
        body = response_dict["body"]
        if response_dict["status_code"] != 200 or _TROUBLE.search(body) or not _NONE_FAILED.search(body):
            return
        if body.count(b'"RecordId"') == getattr(self._prepared, "records", None):
            self._prepared.accepted = True
            response_dict["body"] = b"{}"


_NONE_FAILED = re.compile(rb'"FailedPutCount"\s*:\s*0\s*[,}]')
_TROUBLE = re.compile(rb'"ErrorCode"|"ErrorMessage"|"RecordId"\s*:\s*(?:""|null)')
