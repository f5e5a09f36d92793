"""Removing what a run has left in a place: objects that hold only the run, and nothing that others may need."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from clickgen.model.progress import tracked
from clickgen.verify.landings.objects.place import Fate, Removal, Stored
from clickgen.verify.proof.found.findings import ObjectFindings

NAMED = 1000
_AT_ONCE = 1000

T = TypeVar("T")
Remove = Callable[[Sequence[Stored]], Iterator[Removal]]


class Holds(Enum):
    """What an object holds."""

    ALONE = auto()  # events of the run and nothing else
    SHARED = auto()  # also what is, or may be, somebody else's
    UNREAD = auto()  # not known
    NOTHING = auto()  # nothing of the run


@dataclass(frozen=True, slots=True)
class RunShare:
    """An object that a run shares with others."""

    key: str
    events: int  # of the run, with all copies
    others: int  # whole events of other runs, or without an id
    undecided: int  # damage that may hide anybody's events


@dataclass(slots=True)
class ListedObjects(Generic[T]):
    """How many objects there are, and the first thousand."""

    count: int = 0
    first: list[T] = field(default_factory=list)

    def add(self, one: T) -> None:
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(one)


@dataclass(slots=True)
class Cleaned:
    """What of a place is a run's, and what became of it."""

    place: str
    alone: ListedObjects[str] = field(default_factory=ListedObjects)  # objects that hold nothing but the run
    bytes: int = 0  # of those, as stored
    shared: ListedObjects[RunShare] = field(default_factory=ListedObjects)  # left as they are
    unread: ListedObjects[tuple[str, str]] = field(default_factory=ListedObjects)  # left too, and why not read
    # of the objects that were to be removed; zeros in a dry run
    fates: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    refused: ListedObjects[tuple[str, str]] = field(default_factory=ListedObjects)  # why some were not removed

    @property
    def whole(self) -> bool:
        """Whether everything was read, and nothing that was to be removed is left."""
        return not (self.unread.count or self.fates[Fate.CHANGED] or self.fates[Fate.REFUSED])

    def to_json(self) -> dict[str, Any]:
        """As plain values; names of the first thousand of each kind."""
        return {
            "place": self.place,
            "alone": {"objects": self.alone.count, "bytes": self.bytes, "keys": self.alone.first},
            "shared": {"objects": self.shared.count, "keys": [asdict(share) for share in self.shared.first]},
            "unread": {
                "objects": self.unread.count,
                "keys": [{"key": key, "reason": reason} for key, reason in self.unread.first],
            },
            **{fate.value: number for fate, number in self.fates.items()},
            "refusals": [{"key": key, "reason": reason} for key, reason in self.refused.first],
        }


def clean(place: str, objects: Iterable[tuple[Stored, ObjectFindings]], remove: Remove | None) -> Cleaned:
    """Classify the objects, and remove those that hold nothing but the run, if there is a `remove`.

    objects: one at a time is in memory. Raises what `remove` does; what was removed before stays removed.
    """
    cleaned = Cleaned(place)
    doomed: list[Stored] = []
    with tracked("removing, looked through" if remove else "looked through", "objects") as advance:
        for stored, found in objects:
            match holding(found):
                case Holds.ALONE:
                    cleaned.alone.add(stored.key)
                    cleaned.bytes += stored.size
                    doomed.append(stored)
                case Holds.SHARED:
                    cleaned.shared.add(_share(found))
                case Holds.UNREAD:
                    cleaned.unread.add((stored.key, found.unread))
                case Holds.NOTHING:
                    pass
            if len(doomed) == _AT_ONCE:
                _remove(doomed, remove, cleaned)
                doomed = []
            advance(1)
        _remove(doomed, remove, cleaned)
    return cleaned


def holding(found: ObjectFindings) -> Holds:
    """What an object holds. Behind damage, a cut or damaged object may hide events of anybody."""
    if found.unread:
        return Holds.UNREAD
    if not found.holds_run:
        return Holds.NOTHING
    return Holds.SHARED if found.holds_others or _undecided(found) else Holds.ALONE


def _undecided(found: ObjectFindings) -> int:
    return found.truncated.count + found.stray_corrupt.count + found.stray_truncated.count


def _share(found: ObjectFindings) -> RunShare:
    events = sum(copies.total(copies.once) for copies in found.lanes.values())
    events += sum(len(numbers) for numbers in found.failed.values())
    events += found.alike.total() + found.alike_failed.total()
    events += found.conflicting.count + found.corrupt.count
    return RunShare(found.name, events, found.other_runs.total() + found.foreign, _undecided(found))


def _remove(doomed: Sequence[Stored], remove: Remove | None, cleaned: Cleaned) -> None:
    if remove is None or not doomed:
        return
    for removal in remove(doomed):
        cleaned.fates[removal.fate] += 1
        if removal.fate is Fate.REFUSED:
            cleaned.refused.add((removal.stored.key, removal.reason))
