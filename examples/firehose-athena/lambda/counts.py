"""Hits by page and minute in a DynamoDB table, added to by every invocation.

Firehose repeats an invocation that failed or timed out, with the same records. Each item therefore keeps a mark of
the batches that are in it, and an addition is made on the condition that its batch is not: atomically, so that a
record counts once however often its batch is handed over. A producer that puts an event twice makes two records,
which count twice, as they are in S3 twice.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_KEPT_S = 30 * 24 * 3600  # items expire; the events themselves stay in S3
# all of it within a minute, which a call of the function may take: delivery must not wait for counts
_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=2, read_timeout=3)


class PageMinute(NamedTuple):
    """The key of an item: the page as the event calls it, and the minute as in 2026-11-28T09:30, UTC."""

    client_event: str
    minute: str


class CountsTable:
    """A table with the partition key `client_event` and the sort key `minute`, both text."""

    def __init__(self, name: str) -> None:
        self._table = boto3.resource("dynamodb", config=_RETRIES).Table(name)

    def add(self, hits: Mapping[PageMinute, int], record_ids: Sequence[str]) -> None:
        """Add the hits of a batch of records, unless they are in. Raises what boto3 raises if it cannot."""
        batch = batch_mark(record_ids)
        for key, count in hits.items():
            try:
                self._table.update_item(
                    Key=key._asdict(),
                    UpdateExpression="ADD hits :count, batches :batch_set SET expires_at = :expires",
                    ConditionExpression="NOT contains(batches, :batch)",
                    ExpressionAttributeValues={
                        ":count": count,
                        ":batch": batch,
                        ":batch_set": {batch},
                        ":expires": int(time.time()) + _KEPT_S,
                    },
                )
            except ClientError as problem:
                if problem.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise


def batch_mark(record_ids: Sequence[str]) -> str:
    """A short text that is the same for the same records, in whatever order they are."""
    return hashlib.sha256("\n".join(sorted(record_ids)).encode()).hexdigest()[:16]
