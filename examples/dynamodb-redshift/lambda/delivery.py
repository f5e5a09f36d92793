"""Putting many lines into a Firehose stream: full calls, and again what was not taken."""

import logging
import random
import time
from collections.abc import Iterator, Sequence

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger()

MOST_RECORDS = 500  # of a call of PutRecordBatch
MOST_BYTES = 4 * 1024 * 1024
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
_TIMEOUTS = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


class FirehoseDelivery:
    """A delivery stream."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = boto3.client("firehose", config=_TIMEOUTS)

    def put(self, lines: Sequence[bytes], seconds: float) -> list[int]:
        """Put lines, trying again for so many seconds; the places of those that were not taken, in order."""
        deadline = time.monotonic() + seconds
        failed: list[int] = []
        for places in calls(lines):
            failed += self._put_until(deadline, lines, places)
        return failed

    def _put_until(self, deadline: float, lines: Sequence[bytes], places: list[int]) -> list[int]:
        """Put the lines of one call until all are taken or time is up; the places of the rest."""
        pause = _FIRST_PAUSE_S
        while places:
            places = self._put_once(lines, places)
            waited = pause * random.uniform(0.5, 1.0)
            if not places or time.monotonic() + waited > deadline:
                break
            time.sleep(waited)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        return places

    def _put_once(self, lines: Sequence[bytes], places: list[int]) -> list[int]:
        """One call; the places of the lines that it did not take."""
        try:
            answer = self._client.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": lines[place]} for place in places]
            )
        except (ClientError, BotoCoreError) as problem:
            logger.warning("no record of %d was taken: %s", len(places), problem)
            return places
        outcomes = zip(places, answer["RequestResponses"], strict=True)
        refused = [(place, outcome["ErrorCode"]) for place, outcome in outcomes if "ErrorCode" in outcome]
        if refused:
            logger.warning("%d records of %d were not taken: %s", len(refused), len(places), refused[0][1])
        return [place for place, _ in refused]


def calls(lines: Sequence[bytes]) -> Iterator[list[int]]:
    """The places of the lines of each call, within what a call may hold."""
    places: list[int] = []
    size = 0
    for place, line in enumerate(lines):
        if places and (len(places) == MOST_RECORDS or size + len(line) > MOST_BYTES):
            yield places
            places, size = [], 0
        places.append(place)
        size += len(line)
    if places:
        yield places
