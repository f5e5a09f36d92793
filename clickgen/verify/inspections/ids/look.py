"""Looking for the ids of a list in the objects of a place."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from clickgen.pace.clock import Clock
from clickgen.read.objects import scan
from clickgen.read.pieces import Bad
from clickgen.verify.inspections.ids.expected_ids import ExpectedIds, ids_in, in_batches
from clickgen.verify.inspections.ids.report import IdsReport, Sighting
from clickgen.verify.landings.objects.place import ObjectChanged, ObjectPlace, ObjectUnread, Stored
from clickgen.verify.landings.objects.scanner import readable
from clickgen.verify.proof.compare.report import Verdict

_EXAMPLES = 10
_FIELDS_SHOWN = 20
_LOOK_AGAIN_S = 0.5  # at first, then twice as long each time
_SLOWEST_LOOK_S = 5.0  # or as long as the last look took


class Odd(NamedTuple):
    """Something in an object that is not an event with an id."""

    damaged: bool  # not a JSON object; else an event without the field
    fields: tuple[str, ...] = ()  # of such an event


class IdSource(Protocol):
    """A place, and how the ids in its objects are read."""

    name: str
    field: str

    def objects(self) -> Iterator[Stored]:
        """What is there; raises as `ObjectPlace.objects` does."""

    def ids(self, stored: Stored) -> Iterator[str | Odd]:
        """What an object holds; raises as `ObjectPlace.read` does."""


class JsonObjects:
    """Objects that hold JSON, in any layout and compression."""

    def __init__(self, place: ObjectPlace, field: str) -> None:
        self.name = place.name
        self.field = field
        self._place = place
        self._path = tuple(field.split("."))

    def objects(self) -> Iterator[Stored]:
        """Everything there."""
        return self._place.objects([""])

    def ids(self, stored: Stored) -> Iterator[str | Odd]:
        """The ids of its events."""
        path = self._path
        for piece in scan(readable(self._place, stored, "clickgen verify parquet delivery --ids FILE")):
            if isinstance(piece, Bad):
                yield Odd(damaged=True)
                continue
            found = False
            for text in ids_in(piece.value, path):
                found = True
                yield text
            if not found:
                yield Odd(damaged=False, fields=tuple(piece.value)[:_FIELDS_SHOWN])


class _Tally:
    """What one look has found so far."""

    def __init__(self, expected: ExpectedIds) -> None:
        self._expected = expected
        self.copies = self.foreign = self.without_id = self.damaged = self.objects = self.bytes = 0
        self.doubled_ids: list[Sighting] = []
        self.foreign_ids: list[Sighting] = []
        self.unread: list[str] = []
        self.fields: tuple[str, ...] = ()

    def read(self, source: IdSource, stored: Stored) -> None:
        """Count what an object holds."""
        self.objects += 1
        self.bytes += stored.size
        try:
            for batch in in_batches(self._texts(source, stored)):
                self._see(batch, stored.key)
        except ObjectUnread as problem:
            self.unread.append(f"{stored.key}: {problem.message}")
        except ObjectChanged:
            self.unread.append(f"{stored.key}: it changed while it was read")

    def _texts(self, source: IdSource, stored: Stored) -> Iterator[str]:
        for found in source.ids(stored):
            if isinstance(found, str):
                yield found
            elif found.damaged:
                self.damaged += 1
            else:
                self.without_id += 1
                self.fields = self.fields or found.fields

    def _see(self, batch: list[str], key: str) -> None:
        foreign, before = self._expected.see(batch)
        self.foreign += int(foreign.sum())
        self.copies += int(before.sum())
        for kept, odd in ((self.foreign_ids, foreign), (self.doubled_ids, before)):
            room = _EXAMPLES - len(kept)
            kept += [Sighting(batch[at], key) for at in np.flatnonzero(odd)[: max(0, room)].tolist()]


def look_for_ids(
    expected: ExpectedIds,
    source: IdSource,
    clock: Clock,
    *,
    wait_s: float = 0.0,
    exclusive: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> IdsReport:
    """Read all that is there, and again for as long as `wait_s` allows and something is missing.

    Raises what the place raises if it does not exist or cannot be read.
    """
    deadline = clock.now() + wait_s
    pause = _LOOK_AGAIN_S
    while True:
        began = clock.now()
        report = _looked(expected, source, exclusive=exclusive)
        done = report.verdict is Verdict.VERIFIED or report.doubled or not report.missing
        now = clock.now()
        if done or now >= deadline:
            return report
        tell(f"{report.missing:,} of {report.expected:,} ids are not there yet")
        clock.sleep(min(max(pause, now - began), deadline - now))
        pause = min(2 * pause, _SLOWEST_LOOK_S)


def _looked(expected: ExpectedIds, source: IdSource, *, exclusive: bool) -> IdsReport:
    expected.forget()
    tally = _Tally(expected)
    for stored in source.objects():
        tally.read(source, stored)
    return IdsReport(
        where=source.name,
        field=source.field,
        expected=len(expected),
        listed_again=expected.repeated,
        found=expected.found,
        doubled=expected.doubled,
        copies=tally.copies,
        foreign=tally.foreign,
        without_id=tally.without_id,
        damaged=tally.damaged,
        unread=len(tally.unread),
        objects=tally.objects,
        bytes=tally.bytes,
        exclusive=exclusive,
        missing_ids=tuple(expected.missing(_EXAMPLES)) if expected.found < len(expected) else (),
        listed_again_ids=tuple(expected.listed_again(_EXAMPLES)) if expected.repeated else (),
        doubled_ids=tuple(tally.doubled_ids),
        foreign_ids=tuple(tally.foreign_ids),
        unread_objects=tuple(tally.unread[:_EXAMPLES]),
        fields=tally.fields,
    )
