"""A place that a Firehose stream fills, together with the records that the stream could not process."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import merge

from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Event, Landing, Spot


class WithErrorOutput(Landing):
    """A place whose records are not read as objects, and the stream's error output, which is."""

    def __init__(self, records: Landing, errors: Landing) -> None:
        self.name = records.name
        self.buffer_seconds = max(records.buffer_seconds, errors.buffer_seconds)
        self.content_checked = records.content_checked
        self._records = records
        self._errors = errors

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """What is in both, in the order in which it landed."""
        # the errors first: what is not among them by now may still arrive among the records
        errors = list(self._errors.look(now_ms))
        return merge(self._records.look(now_ms), errors, key=lambda found: found.landed_ms)

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        return self._records.spots(events)
