"""A producer as many sites have one: it gathers clicks, sends them in batches, and repeats what was refused."""

import json
import time
import uuid
from typing import Any

import boto3

MOST_RECORDS = 500  # of one call of PutRecordBatch
MOST_ATTEMPTS = 5


class ClickTracker:
    """Takes clicks one by one. The client and its endpoint are those of the environment."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._firehose = boto3.client("firehose")
        self._waiting: list[bytes] = []

    def track(self, page: str, **fields: Any) -> str:
        """Note a click; the id of its event."""
        event_id = str(uuid.uuid4())
        self._waiting.append(json.dumps({"event_id": event_id, "page": page, **fields}).encode() + b"\n")
        if len(self._waiting) == MOST_RECORDS:
            self.flush()
        return event_id

    def flush(self) -> None:
        """Send what is waiting. Firehose may refuse some records of a call, which then have to be sent again."""
        for attempt in range(MOST_ATTEMPTS):
            if not self._waiting:
                return
            time.sleep(0 if attempt == 0 else 0.1 * 2**attempt)
            records = [{"Data": event} for event in self._waiting]
            answer = self._firehose.put_record_batch(DeliveryStreamName=self._stream, Records=records)
            answers = zip(self._waiting, answer["RequestResponses"], strict=True)
            self._waiting = [event for event, one in answers if "ErrorCode" in one]
        if self._waiting:
            raise RuntimeError(f"{len(self._waiting)} clicks were refused {MOST_ATTEMPTS} times")
