"""Takes clicks from the stream of a DynamoDB table, enriches them and puts them into Firehose.

Only insertions count: a click never changes, and what the table deletes when it expires stays in the warehouse.
What Firehose does not take, even after retries, is reported as failed (`batchItemFailures`): Lambda hands over
everything from the first of these on again, so a click may reach the warehouse twice, but none is left out.
"""

import logging
import os
from functools import cache
from typing import Any

from clicks import click_of
from delivery import FirehoseDelivery

logger = logging.getLogger()
logger.setLevel(logging.INFO)

_MARGIN_S = 5.0  # of the time that a call may take: enough to answer


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The answer of an event source mapping: the sequence numbers of the records that failed."""
    numbers: list[str] = []
    lines: list[bytes] = []
    for record in event["Records"]:
        if record["eventName"] != "INSERT":
            continue
        try:
            lines.append(click_of(record["dynamodb"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            # it would fail for ever and hold up its shard; the table still has it
            logger.exception("not a click, left out: %s", record["dynamodb"].get("Keys"))
            continue
        numbers.append(record["dynamodb"]["SequenceNumber"])
    seconds = context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
    failed = _delivery().put(lines, seconds)
    logger.info("%d records, %d clicks, %d not taken", len(event["Records"]), len(lines), len(failed))
    return {"batchItemFailures": [{"itemIdentifier": numbers[place]} for place in failed]}


@cache
def _delivery() -> FirehoseDelivery:
    """The delivery stream, whose client is made once for all calls of this process."""
    return FirehoseDelivery(os.environ["DELIVERY_STREAM"])
