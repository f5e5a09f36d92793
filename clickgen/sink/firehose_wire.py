"""The body of PutRecordBatch built by us in one pass, instead of by botocore's serializer.

Plain boto3 walks every record as a Python object: it validates, copies and encodes it. Here the body is joined
from base64 text once and put in place by botocore's own `before-call` event; botocore still signs it, sends
it, and parses the answer. `FirehoseSink` with `plain=True` sends the same bytes the ordinary way.
"""

import json
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
        client.meta.events.register("before-call.firehose.PutRecordBatch", self._put_body)

    def put(self, batch: Batch, positions: Sequence[int]) -> dict[str, Any]:
        """One PutRecordBatch call; raises what boto3 raises."""
        data, offsets = batch.data, batch.record_offsets
        records = [b64encode(data[offsets[index] : offsets[index + 1]]) for index in positions]
        self._prepared.body = self._head + b'{"Data": "' + b'"}, {"Data": "'.join(records) + b'"}]}'
        try:
            # the one empty record satisfies the serializer; `_put_body` replaces what it makes
            call: Any = self._client.put_record_batch
            return dict(call(DeliveryStreamName=self._stream, Records=[{"Data": b""}]))
        finally:
            self._prepared.body = None

    def _put_body(self, params: dict[str, Any], **_: Any) -> None:
        body = getattr(self._prepared, "body", None)
        if body is not None:
            params["body"] = body
