"""Where the events of a run land: what every kind of place can tell a verification."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clickgen.verify.proof.found.findings import ObjectFindings

Event = tuple[int, int]
"""An event of a run, as lane and number."""

Spot = tuple[str, int | None]
"""Where a copy of an event is: an object, or what the place has instead of objects, and the offset in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Objects are about to be read."""

    place: str
    objects: int  # those that have not been read yet
    bytes: int  # of those, as stored
    older: int  # left out, as they are older than the run
    known: int = 0  # read at an earlier time, and unchanged since


@dataclass(frozen=True, slots=True)
class Gone:
    """The folder or the file that the run delivered to no longer exists."""

    place: str


@dataclass(frozen=True, slots=True)
class Asking:
    """About to put a question to a service that may take its time, or the price of the answer."""

    place: str
    words: str


class Landing(Protocol):
    """Somewhere that the events of a run land: objects, a table, the shards of a stream."""

    name: str  # what people call it: a path, s3://bucket/prefix, a table
    buffer_seconds: int  # how long a delivery there may take, as far as that is known
    content_checked: bool  # whether more of the events is compared there than their ids

    def look(self, now_ms: int, /) -> Iterable[ObjectFindings]:
        """All that the place holds of the run now, in the order in which it landed, one object at a time.

        now_ms: Unix time in milliseconds. What has been seen before need not be read again. A place that does not
        keep when something landed gives 0 for it. Raises UsageProblem or EnvironmentProblem if it cannot look.
        """

    def spots(self, _: Collection[Event], /) -> Mapping[Event, Sequence[Spot]]:
        """Where copies of these events are, by the last look; nothing from a place that cannot say."""
        return {}
