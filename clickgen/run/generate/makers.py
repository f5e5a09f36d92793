"""From lanes to what is stored: objects of one lane, or all lanes as one stream."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple, Protocol

from clickgen.feed.generated_lanes import Traffic
from clickgen.ledger.folder import RunFolder
from clickgen.model.outcome import Lease
from clickgen.model.plan import Place, Plan
from clickgen.run.generate.formats import FileForm, suffix_of
from clickgen.run.generate.merge import LanesInOrder
from clickgen.run.generate.objects import Drafted, LaneObjects, Naming
from clickgen.run.generate.stream import OutputStream
from clickgen.schema.samples import sample_events
from clickgen.sink.aws import Access, make_client
from clickgen.sink.object_store import BucketStore, FolderStore, ObjectStore, link_in_the_way
from clickgen.traffic.simulation import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane

PIECE_EVENTS = 8192  # of a stream: some 3 MB


class Ready(NamedTuple):
    """Events that may be stored once they are leased.

    store: does it and says how many bytes that were; raises NotStored. objects: how many it makes. held: bytes of
    memory until then.
    """

    leases: list[Lease]
    store: Callable[[], int]
    objects: int
    held: int = 0


class Maker(Protocol):
    """Makes events, a little at a time."""

    @property
    def connections(self) -> int:
        """How much of what is ready may be stored at once; 1: only in its order."""

    @property
    def ended(self) -> bool:
        """Whether everything was made."""

    @property
    def due(self) -> float:
        """How far it has come, in seconds."""

    @property
    def drifted_from(self) -> dict[int, int]:
        """The first event since a field changed of each lane that has come so far."""

    def make(self) -> list[Ready]:
        """Make some more; what can be stored now. Raises OSError."""

    def discard(self) -> None:
        """Leave what was made and is not ready."""


class ObjectMaker:
    """The objects of one lane."""

    def __init__(self, folder: RunFolder, traffic: Traffic, lane: int, first: int) -> None:
        plan = traffic.plan
        self._shelf = open_shelf(traffic)
        self.connections = self._shelf.connections
        naming = Naming(
            plan.run, plan.place.prefix if plan.place else "", suffix_of(plan.format, gzipped=plan.gzip)
        )
        source = traffic.open_lane(lane, first)
        self._sources = {lane: source}
        self._objects = LaneObjects(
            lane, source, plan.start_ms, file_form(traffic), naming, drafts_of(folder, plan)
        )

    @property
    def ended(self) -> bool:
        """Whether all of the lane was made."""
        return self._objects.ended

    @property
    def due(self) -> float:
        """How far it has come, in seconds."""
        return self._objects.due

    @property
    def drifted_from(self) -> dict[int, int]:
        """The lane's first event since a field changed, once it has come so far."""
        return _changed_from(self._sources)

    def make(self) -> list[Ready]:
        """Write a block."""
        return [
            Ready([draft.events], partial(self._store, draft), objects=1) for draft in self._objects.write_block()
        ]

    def discard(self) -> None:
        """Remove the draft that is open."""
        self._objects.discard()

    def _store(self, draft: Drafted) -> int:
        self._shelf.store(draft.path, draft.key)
        return draft.size


class StreamMaker:
    """All lanes in the order of time, into one file or standard output."""

    connections = 1

    def __init__(self, folder: RunFolder, traffic: Traffic) -> None:
        plan = traffic.plan
        self._stream = OutputStream(folder, plan, file_form(traffic))
        self._numbers = self._stream.resume()
        self._begun = dict(self._numbers)
        self._sources = {lane: traffic.open_lane(lane, n) for lane, n in self._numbers.items()}
        self._merged = LanesInOrder(self._sources)
        self.ended = False
        self.due = 0.0

    @property
    def drifted_from(self) -> dict[int, int]:
        """The first event since a field changed of each lane that has come so far."""
        return _changed_from(self._sources)

    def make(self) -> list[Ready]:
        """Make a piece of `PIECE_EVENTS` events; of a file that cannot be cut, write it at once."""
        before, chunks, size = dict(self._numbers), [], 0
        room = PIECE_EVENTS
        while room:
            stretch = self._merged.take(room)
            if stretch is None:
                self.ended = True
                break
            chunks.append(stretch.data)
            size += len(stretch.data)
            for lane, count in stretch.counts.items():
                self._numbers[lane] += count
                room -= count
            self.due = stretch.last_due
        if not self._stream.in_pieces:
            self._stream.write(chunks)
            return (
                [Ready(_between(self._begun, self._numbers), self._stream.finish, objects=1)] if self.ended else []
            )
        store = partial(self._stream.append, chunks, dict(self._numbers))
        made = [Ready(_between(before, self._numbers), store, objects=0, held=size)] if chunks else []
        return [*made, Ready([], self._stream.finish, objects=1)] if self.ended else made

    def discard(self) -> None:
        """Nothing is held that was not made ready."""


def open_maker(folder: RunFolder, lanes: dict[int, int]) -> Maker:
    """A maker of these lanes, each from its number on: one lane as objects, or all of them as a stream."""
    traffic = _traffic(folder.path)
    if traffic.plan.destination.kind in ("file", "stdout"):
        return StreamMaker(folder, traffic)
    ((lane, first),) = lanes.items()
    return ObjectMaker(folder, traffic, lane, first)


@lru_cache(maxsize=1)
def _traffic(folder: Path) -> Traffic:
    """What the lanes of a run share is read once by each process."""
    return Traffic.of(RunFolder(folder), RunFolder(folder).read_plan())


def file_form(traffic: Traffic) -> FileForm:
    """What the run's files look like; UsageProblem if the schema does not fit into them."""
    plan = traffic.plan
    sample = sample_events(traffic.layout, vocabulary_of(traffic.tables)) if plan.format != "jsonl" else b""
    return FileForm(plan.format, gzipped=plan.gzip, sample=sample)


def open_shelf(traffic: Traffic) -> ObjectStore:
    """Where a run's objects go."""
    to, place = traffic.plan.destination, traffic.plan.place
    assert place is not None  # noqa: S101  # objects have a place
    if place.lake is not None:
        return FolderStore(folder_of(place))
    client = make_client("s3", Access(to.region, to.aws_profile, to.endpoint_url))
    return BucketStore(client, place.bucket)


def drafts_of(folder: RunFolder, plan: Plan) -> Path:
    """The folder of a run's drafts: out of every reader's sight, on the file system they are to end up on."""
    if plan.place is None or plan.place.lake is None:
        return folder.path / "drafts"
    return folder_of(plan.place) / f".clickgen-{folder.run}"


def folder_of(place: Place) -> Path:
    """The folder that stands for a bucket; EnvironmentProblem if it is a link out of its lake."""
    assert place.lake is not None  # noqa: S101  # the caller has seen to it
    folder = Path(place.lake) / place.bucket
    if place.bucket and folder.is_symlink():
        raise link_in_the_way(folder)
    return folder


def _changed_from(sources: Mapping[int, NaturalLane]) -> dict[int, int]:
    return {lane: source.changed_from for lane, source in sources.items() if source.changed_from is not None}


def _between(before: dict[int, int], after: dict[int, int]) -> list[Lease]:
    return [Lease(lane, first, after[lane]) for lane, first in before.items() if after[lane] > first]
