"""Objects in a bucket or a folder: listed, read, and read again where they change."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from clickgen.ledger.claims import read_claims
from clickgen.ledger.folder import RunFolder
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.read.open import open_chunks
from clickgen.verify.findings import ObjectFindings
from clickgen.verify.landing import Event, Reading, Spot
from clickgen.verify.locate import Locator, spots_in
from clickgen.verify.marks import Marks
from clickgen.verify.place import ObjectChanged, Stored
from clickgen.verify.planted import Planted
from clickgen.verify.scan import scan_object
from clickgen.verify.where import Where

EARLIER_MS = 5 * 60 * 1000  # clocks of sender and store may differ: AWS refuses requests that are further off
_READINGS = 4


@dataclass(frozen=True, slots=True)
class Reader:
    """How objects are read. text: whether the run's events are lines of text, and not JSON objects.

    ids_only: an id is enough, content may differ. planted: what of the run is wrong on purpose.
    """

    text: bool = False
    ids_only: bool = False
    planted: Planted | None = None


class Objects:
    """The objects that can hold a run. Later looks read only those that are new or have changed."""

    def __init__(
        self, folder: RunFolder, plan: Plan, where: Where, reader: Reader, tell: Callable[[Reading], None]
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._where = where
        self._reader = reader
        self._tell = tell
        self._marks = Marks(plan.run, plan.id_field, text=reader.text)
        self._read: dict[str, tuple[Stored, ObjectFindings]] = {}

    @property
    def name(self) -> str:
        """The place's."""
        return self._where.place.name

    @property
    def buffer_seconds(self) -> int:
        """The stream's hint."""
        return self._where.buffer_seconds

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """Bring the findings up to what is there now, reading what has not been read; then give them."""
        planted = self._reader.planted
        for _ in range(_READINGS):
            listed, older = self._list(now_ms)
            if planted is not None:  # after: what is listed had been leased
                planted.expect(read_claims(self._folder, self._plan))
            self._read = {key: kept for key, kept in self._read.items() if listed.get(key) == kept[0]}
            fresh = [stored for key, stored in listed.items() if key not in self._read]
            if fresh or not self._read:
                sizes = sum(stored.size for stored in fresh)
                self._tell(Reading(self.name, len(fresh), sizes, older))
            changed = [stored.key for stored in fresh if not self._take(stored)]
            if not changed:
                return iter(self._landed())
        raise EnvironmentProblem(
            f"{changed[0]} in {self.name} changes each time it is read",
            "something is writing to it; try again when it has ended",
        )

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        """The objects and offsets of the first copies, by reading again those few objects that hold them."""
        return spots_in(events, self._landed(), self._rescan)

    def _landed(self) -> list[ObjectFindings]:
        findings = (findings for _, findings in self._read.values())
        return sorted(findings, key=lambda found: (found.landed_ms, found.name))

    def _list(self, now_ms: int) -> tuple[dict[str, Stored], int]:
        """What is to be read, by key, and how many objects were left out because they are older than the run."""
        claims = read_claims(self._folder, self._plan)
        created_ms = min(
            self._plan.created_ms, claims.first_sent_ms or self._plan.created_ms
        )  # the clock may jump
        last_ms = now_ms if claims.live else max(claims.last_sent_ms, created_ms)
        prefixes = self._where.prefixes(*self._laid_out(created_ms, last_ms))
        listed: dict[str, Stored] = {}
        older = 0
        for stored in self._where.place.objects(prefixes):
            if stored.landed_ms < created_ms - EARLIER_MS:
                older += 1
            else:
                listed[stored.key] = stored
        return listed, older

    def _laid_out(self, first_ms: int, last_ms: int) -> tuple[int, int]:
        """The times in the keys of what was sent meanwhile: those of generated objects are their events'."""
        plan = self._plan
        if plan.command != "generate" or plan.duration_s is None:
            return first_ms, last_ms
        return plan.start_ms, plan.start_ms + round(plan.duration_s * 1000)

    def _take(self, stored: Stored) -> bool:
        """Read an object; False where it is no longer what was listed."""
        findings = ObjectFindings(stored.key, stored.landed_ms, stored.size)
        try:
            self._scan(stored, findings)
        except ObjectChanged:
            return False
        self._read[stored.key] = stored, findings
        return True

    def _rescan(self, locator: Locator) -> None:
        stored, _ = self._read[locator.name]
        # one that has gone since leaves its witnesses without a place
        with suppress(ObjectChanged):
            self._scan(stored, locator)

    def _scan(self, stored: Stored, findings: ObjectFindings) -> None:
        chunks = open_chunks(self._where.place.read(stored))
        planted = None if self._reader.planted is None else self._reader.planted.lines
        scan_object(chunks, self._marks, findings, ids_only=self._reader.ids_only, planted=planted)
