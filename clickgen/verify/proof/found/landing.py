"""Where the events of a run land: what every kind of place can tell a verification."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clickgen.verify.proof.found.findings import ObjectFindings

Event = tuple[int, int]
"""An event of a run, as lane and number."""

Spot = tuple[str, int | None]
"""Where a copy of an event stands: an object, or what the place has in its stead, and the offset in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """About to read: objects and stored bytes that have not been read yet.

    older: left out, older than the run. known: read at an earlier time, and unchanged since.
    """

    place: str
    objects: int
    bytes: int
    older: int
    known: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """The folder or the file that the run delivered to is not there any more."""

    place: str


@dataclass(frozen=True, slots=True)
class Asking:
    """About to put a question to a service that may take its time, or the answer's price."""

    place: str
    words: str


class Landing(Protocol):
    """Somewhere that the events of a run land: objects, a table, the shards of a stream."""

    @property
    def name(self) -> str:
        """What people call it: a path, s3://bucket/prefix, a table."""

    @property
    def buffer_seconds(self) -> int:
        """How long a delivery there may take, as far as it is known."""

    @property
    def content_checked(self) -> bool:
        """Whether more of the events is compared there than their ids."""

    def look(self, now_ms: int) -> Iterable[ObjectFindings]:
        """All that is there now of the run, in the order in which it landed, an object or its like at a time.

        now_ms: Unix time in milliseconds. What has been seen before need not be read again. A place that does not
        keep when something landed gives 0 for it. Raises UsageProblem or EnvironmentProblem where it cannot look.
        """

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        """Where copies of these events stand, as far as the place can say, of what was last looked at."""
