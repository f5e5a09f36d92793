"""Objects in a bucket or a folder: listed, read, and read again if they change."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from xxhash import xxh3_64_hexdigest

from clickgen import __version__
from clickgen.feed.layouts import is_text
from clickgen.ledger.claims import Claims, key_times_ms, landed_since_ms
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.amounts import counted
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Plan
from clickgen.model.progress import tracked
from clickgen.sink.aws import Access
from clickgen.sink.registry import address_text
from clickgen.verify.landings.objects.place import FolderPlace, ObjectChanged, ObjectUnread, Removal, Stored
from clickgen.verify.landings.objects.scanner import ObjectScanner, Scanned, grouped, processors, scan_in_processes
from clickgen.verify.landings.objects.search_scope import SearchScope, find_place
from clickgen.verify.landings.objects.sidecars import Sidecars, SidecarsFailed, ToRead
from clickgen.verify.landings.rewritten import behind_its_transform, expectations_of
from clickgen.verify.landings.station import FileStation, S3Station, access_of
from clickgen.verify.proof.compare.locate import Locator, spots_in
from clickgen.verify.proof.compare.planted_disorder import Planted
from clickgen.verify.proof.content.expectations import Expectations
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.findings_store import VERSION, from_bytes
from clickgen.verify.proof.found.landing import Event, Gone, Landing, Reading, Spot
from clickgen.verify.proof.run_under_test import RunUnderTest
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern

_READINGS = 4
# a process of its own must have this much to do to be worth its start
_WORTH_BYTES, _WORTH_OBJECTS = 24 << 20, 2000


@dataclass(frozen=True, slots=True)
class Reader:
    """How objects are read."""

    text: bool = False  # the run's events are lines of text, not JSON objects
    ids_only: bool = False  # an id is enough, content may differ
    planted: Planted | None = None  # what of the run is wrong on purpose
    workers: int | None = None  # processes that scan, or None for one a processor
    fresh: bool = False  # read everything again, whatever was found before
    expected: Expectations | None = None  # what events that a transform rewrote are compared with


class ObjectLanding(Landing):
    """The objects that can hold a run. Later looks, even in other processes, read only what is new or has changed.

    Findings stay on disk, so that memory is bounded however many objects there are.
    """

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        where: SearchScope,
        reader: Reader,
        tell: Callable[[Reading | Gone], None],
    ) -> None:
        self.name = where.place.name
        self.buffer_seconds = where.buffer_seconds
        self.content_checked = not reader.ids_only
        self._folder = folder
        self._plan = plan
        self._where = where
        self._reader = reader
        self._tell = tell
        planted = None if reader.planted is None else reader.planted.lines
        marks = RunIdPattern(plan.run, plan.id_field, text=reader.text)
        content = None if reader.expected is None else reader.expected.content
        self._scanner = ObjectScanner(where.place, marks, reader.ids_only, planted, content)
        self._settings = ""
        self._kept: Sidecars | None = None
        self._announced = False

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """Update the findings to what is there now, reading what has not been read; then give them.

        The findings of an object that cannot be read, while others can, say why.
        """
        return (found for _, found in self.look_at_each(now_ms))

    def look_at_each(self, now_ms: int) -> Iterator[tuple[Stored, ObjectFindings]]:
        """Look, and give the objects with their findings."""
        try:
            return self._landed(self._updated(now_ms))
        except SidecarsFailed:
            self._kept = Sidecars(None, self._settings)
            return self._landed(self._updated(now_ms))

    def remove(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        """Remove the objects that are still what was looked at; what became of each."""
        return self._where.place.remove(objects)

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        """The objects and offsets of the first copies, by reading the few objects that hold them again."""
        if self._kept is None:
            return {}
        holding = {
            stored.key: (stored, found)
            for stored, found in self._landed(self._kept)
            if any(lane in found.lanes and number in found.lanes[lane].once for lane, number in events)
        }

        def rescan(locator: Locator) -> None:
            # the witnesses in an object that is gone since stay without a place
            with suppress(ObjectChanged, ObjectUnread):
                self._scanner.scan(holding[locator.name][0], locator)

        return spots_in(events, [found for _, found in holding.values()], rescan)

    def _updated(self, now_ms: int) -> Sidecars:
        planted, expected = self._reader.planted, self._reader.expected
        for _ in range(_READINGS):
            claims = read_claims(self._folder, self._plan)
            sidecars = self._sidecars(claims)
            listing = _Listing(self._listed(claims, now_ms), landed_since_ms(self._plan, claims))
            to_read = sidecars.take_listing(listing)
            for expecting in (planted, expected):
                if expecting is not None:  # after: what is listed had been leased
                    expecting.expect(read_claims(self._folder, self._plan))
            if to_read.objects or not (self._announced or self._where.errors_only):
                place = self._where.place
                if isinstance(place, FolderPlace) and place.gone:
                    self._tell(Gone(self.name))
                self._tell(Reading(self.name, to_read.objects, to_read.bytes, listing.older, to_read.known))
                self._announced = True
            changed = self._read(sidecars, to_read)
            if changed is None:
                return sidecars
        raise EnvironmentProblem(
            f"{changed} in {self.name} changes each time it is read",
            "something is writing to it; try again when it has ended",
        )

    def _sidecars(self, claims: Claims) -> Sidecars:
        if self._kept is None:
            place = self._where.identity
            self._settings = _settings(place, self._plan, self._reader, claims)
            self._kept = Sidecars(_file(self._folder, place), self._settings, fresh=self._reader.fresh)
        return self._kept

    def _landed(self, sidecars: Sidecars) -> Iterator[tuple[Stored, ObjectFindings]]:
        for stored, found in sidecars.landed():
            yield stored, self._found_again(stored) if found is None else found

    def _found_again(self, stored: Stored) -> ObjectFindings:
        """What is in an object whose kept findings are damaged."""
        [scanned] = self._scanner.scan_group([stored])
        found = None if scanned.findings is None else from_bytes(scanned.findings)
        reason = scanned.unread or "it has just changed"
        return found or ObjectFindings(stored.key, stored.landed_ms, stored.size, unread=reason)

    def _listed(self, claims: Claims, now_ms: int) -> Iterator[Stored]:
        return self._where.objects(*key_times_ms(self._plan, claims, now_ms), now_ms)

    def _read(self, sidecars: Sidecars, to_read: ToRead) -> str | None:
        """Read what is to be read and keep the findings; the key of an object that changed meanwhile, or None.

        Raises EnvironmentProblem if nothing may be read at all.
        """
        changed = None
        denied: list[Scanned] = []
        readable = to_read.known
        with tracked("reading", "objects", to_read.objects) as advance:
            for scanned in self._scanned(grouped(sidecars.to_read()), to_read):
                sidecars.keep(
                    [(one.stored, one.findings) for one in scanned if one.findings is not None],
                    [(one.stored, one.unread, one.lasting) for one in scanned if one.unread],
                )
                denied += [one for one in scanned if one.denied]
                readable += sum(not one.denied for one in scanned)
                for one in scanned:
                    if one.findings is None and not one.unread:
                        changed = one.stored.key
                advance(len(scanned))
        if denied and not readable:
            raise _nothing_allowed(self.name, denied)
        return changed

    def _scanned(self, groups: Iterator[list[Stored]], to_read: ToRead) -> Iterator[list[Scanned]]:
        workers = processors() if self._reader.workers is None else self._reader.workers
        worth = max(to_read.bytes // _WORTH_BYTES, to_read.objects // _WORTH_OBJECTS)
        # planted damage has many lines, and each process would need them all
        if self._scanner.planted is not None or min(workers, worth) < 2:
            return map(self._scanner.scan_group, groups)
        return scan_in_processes(self._scanner, groups, min(workers, worth))


def _nothing_allowed(name: str, denied: Sequence[Scanned]) -> EnvironmentProblem:
    """The problem that every object of a place is there and none may be read."""
    first = denied[0]
    return EnvironmentProblem(
        f"none of the {counted(len(denied), 'object')} in {name} may be read; {first.stored.key}: {first.unread}",
        f"allow that action on the objects below {name}, or name another account's profile with --aws-profile",
    )


class _Listing:
    """Objects without those that are older than the run, which are only counted."""

    def __init__(self, objects: Iterator[Stored], earliest_ms: int) -> None:
        self._objects = objects
        self._earliest_ms = earliest_ms
        self.older = 0

    def __iter__(self) -> Iterator[Stored]:
        with tracked("listing", "objects") as advance:
            for stored in self._objects:
                advance(1)
                if stored.landed_ms < self._earliest_ms:
                    self.older += 1
                else:
                    yield stored


def _file(folder: RunFolder, place: str) -> Path:
    return folder.path / "sidecars" / f"{xxh3_64_hexdigest(place.encode('utf-8', 'surrogateescape'))}.db"


def _settings(place: str, plan: Plan, reader: Reader, claims: Claims) -> str:
    """A digest of everything that findings depend on, apart from the objects themselves.

    Planted lines are known as far as the run had got, so that findings from before a run went on are not believed.
    """
    depends = [
        __version__,
        str(VERSION),
        place,
        plan.run,
        plan.id_field,
        f"text={reader.text} ids={reader.ids_only}",
    ]
    if reader.expected is not None:
        depends.append(f"content={reader.expected.rules}")
    if reader.planted is not None:
        depends += [f"{lane}:{claimed.planned}:{len(claimed.unsent)}" for lane, claimed in claims.lanes.items()]
    return xxh3_64_hexdigest("\n".join(depends).encode("utf-8", "surrogateescape"))


def open_objects(station: S3Station, run: RunUnderTest) -> ObjectLanding:
    """The objects that can hold the run.

    Raises UsageProblem or EnvironmentProblem if no place is known or the fields cannot be compared.
    """
    where = find_place(run.plan, station.at, access_of(station), station.stream)
    reader = Reader(
        text=is_text(run.plan),
        ids_only=station.content == "ids",
        planted=run.planted,
        workers=station.workers,
        fresh=station.fresh,
        expected=expectations_of(station, run),
    )
    return ObjectLanding(run.folder, run.plan, where, reader, run.tell)


def open_error_output(where: SearchScope, run: RunUnderTest) -> ObjectLanding:
    """What the stream that fills this place could not process."""
    # by ids: what a transform made of an event does not fit its check bits any more
    reader = Reader(text=is_text(run.plan), ids_only=True, planted=run.planted)
    return ObjectLanding(run.folder, run.plan, replace(where, errors_only=True), reader, run.tell)


def open_kept_errors(at: str, access: Access, run: RunUnderTest) -> ObjectLanding:
    """What a function could not process and kept at this place. Raises as `find_place` does."""
    return open_error_output(find_place(run.plan, at, access), run)


def open_files(station: FileStation, run: RunUnderTest) -> Landing:
    """The file or folder that the station names, else the run's own file, as somewhere that events land.

    Raises UsageProblem if there is none or the fields cannot be compared.
    """
    went_to = run.plan.destination
    if station.at is None and went_to.kind != "file":
        raise UsageProblem(
            f"run {run.plan.run} went to {address_text(went_to.kind, went_to.stream)}, not to a file",
            "say where its events are: --at FILE, or a folder; objects in S3: clickgen verify s3 delivery",
        )
    at = station.at or "s3://"
    if not at.startswith("s3://") and not Path(at).expanduser().exists():
        raise UsageProblem(f"there is no file or folder {at}", "say where the events are: --at FILE, or a folder")
    where = find_place(run.plan, station.at, Access())
    expected = expectations_of(station, run)
    reader = Reader(is_text(run.plan), station.content == "ids", run.planted, expected=expected)
    files = ObjectLanding(run.folder, run.plan, where, reader, run.tell)
    return behind_its_transform(station, run, files)
