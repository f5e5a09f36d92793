"""Looking at the events that landed: each of the run's is compared with what the schema promises of its fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple

from clickgen.ledger.claims import Claims, key_times_ms, landed_since_ms
from clickgen.model.event_id import ID_LENGTH, needle, parse_id
from clickgen.model.plan import Plan
from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import JsonObject
from clickgen.verify.inspections.shape.fold import PlantedDepartures, ShapeFold
from clickgen.verify.inspections.shape.promise import ShapePromise
from clickgen.verify.inspections.shape.report import First, ShapeReport
from clickgen.verify.landings.objects.place import ObjectChanged, ObjectPlace, ObjectUnread, Stored
from clickgen.verify.landings.objects.prefix import error_prefixes
from clickgen.verify.landings.objects.search_scope import SearchScope

_LEARNED_EVENTS = 2_000  # of the first objects, where nothing else says what was promised


class _Event(NamedTuple):
    """An event of the run, its bytes, where its id begins in them, and the object that it is in."""

    value: dict[str, Any]
    data: bytes
    id_at: int
    stored: Stored

    def give_to(self, fold: ShapeFold) -> None:
        """Fold it in; its id is read only if it is reported."""
        departures = fold.take(self.value)
        if departures:
            text = self.data[self.id_at : self.id_at + ID_LENGTH]
            first = First(self.stored.key, self.stored.landed_ms, text.decode("ascii", "backslashreplace"))
            fold.depart(departures, parse_id(text), first)


@dataclass(slots=True)
class _Counts:
    objects: int = 0
    others: int = 0
    bad: int = 0
    unread: int = 0


def look_at_shapes(
    plan: Plan,
    claims: Claims,
    where: SearchScope,
    promise: tuple[str, ShapePromise] | None,
    planted: PlantedDepartures,
    *,
    now_ms: int,
    sample: int | None = None,
) -> ShapeReport:
    """The fields of the run's events in a place, compared with a promise.

    promise: with what it was learned from; None: it is learned from the first objects. now_ms: Unix time in
    milliseconds. sample: how many events of an object are looked at, None for all. Raises UsageProblem or
    EnvironmentProblem if the place cannot be read.
    """
    counts = _Counts()
    events = _events(plan.run, where.place, _listed(plan, claims, where, now_ms), counts, sample)
    if promise is None:
        firsts = list(islice(events, _LEARNED_EVENTS))
        learned_from, learned = "the first objects", ShapePromise(event.value for event in firsts)
    else:
        firsts, (learned_from, learned) = [], promise
    fold = ShapeFold(learned, planted)
    for event in chain(firsts, events):
        event.give_to(fold)
    return ShapeReport(
        run=plan.run,
        place=where.place.name,
        learned_from=learned_from,
        objects=counts.objects,
        events=fold.events,
        others=counts.others,
        bad=counts.bad,
        unread=counts.unread,
        drifts=fold.drifts(),
        more=fold.more,
        fields=fold.shares(),
    )


def _listed(plan: Plan, claims: Claims, where: SearchScope, now_ms: int) -> Iterator[Stored]:
    """The objects that can hold events of the run, without the error output."""
    since_ms = landed_since_ms(plan, claims)
    stream = where.stream
    errors = () if stream is None else tuple(error_prefixes(stream.prefix, stream.error_prefix))
    for stored in where.objects(*key_times_ms(plan, claims, now_ms), now_ms):
        recent = stored.landed_ms >= since_ms
        if recent and not (errors and stored.key.startswith(errors)):
            yield stored


def _events(
    run: str, place: ObjectPlace, objects: Iterator[Stored], counts: _Counts, sample: int | None
) -> Iterator[_Event]:
    for stored in objects:
        counts.objects += 1
        try:
            yield from islice(_events_in(needle(run), place, stored, counts), sample)
        except ObjectUnread:
            counts.unread += 1
        except ObjectChanged:  # rewritten while it was read: what was seen of it was there
            continue


def _events_in(mark: bytes, place: ObjectPlace, stored: Stored, counts: _Counts) -> Iterator[_Event]:
    for piece in scan(open_chunks(place.read(stored))):
        if not isinstance(piece, JsonObject):
            counts.bad += 1
            continue
        at = piece.data.find(mark)
        if at < 0 or "rawData" in piece.value:
            counts.others += 1
            continue
        yield _Event(piece.value, piece.data, at, stored)
