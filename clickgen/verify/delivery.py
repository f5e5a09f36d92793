"""Verifying a delivery: look at what landed, compare it with the ledger, and wait while more may come."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from clickgen.ledger.claims import Claims, read_claims
from clickgen.ledger.folder import RunFolder
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock
from clickgen.read.open import open_chunks
from clickgen.verify.compare import Terms, compare
from clickgen.verify.findings import ObjectFindings
from clickgen.verify.locate import Locator, with_places
from clickgen.verify.marks import Marks
from clickgen.verify.place import ObjectChanged, Stored
from clickgen.verify.planted import Planted
from clickgen.verify.report import Report
from clickgen.verify.scan import scan_object
from clickgen.verify.where import Where

EARLIER_MS = 5 * 60 * 1000  # clocks of sender and store may differ: AWS refuses requests that are further off
_LATE_FACTOR, _LATE_S = 1.5, 60
_READINGS = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """About to read: objects and stored bytes that have not been read yet. older: left out, older than the run."""

    place: str
    objects: int
    bytes: int
    older: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Accepted events are not there yet, or more may come; looking goes on for `seconds` at most."""

    accepted: int
    absent: int
    live: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class NotDrained:
    """What the embedded pipeline still holds could not be delivered first."""

    reason: str


Notice = Reading | Waiting | NotDrained


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a verification.

    wait: seconds to look for what is absent, beyond the deadline too; None: until the deadline, or not at
    all while the run is live. stay: look until then even if all is there, for late copies. ids_only: an id
    is enough, content may differ. drain: delivers what the embedded pipeline still holds, after which
    nothing more can come; raises EnvironmentProblem where it cannot.
    """

    exclusive: bool = False
    ids_only: bool = False
    wait: float | None = None
    stay: bool = False
    drain: Callable[[], None] | None = None


class Verification:
    """One verification of one run. Later looks read only objects that are new or have changed."""

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        where: Where,
        request: Request,
        clock: Clock,
        tell: Callable[[Notice], None],
        planted: Planted | None = None,
        *,
        text: bool = False,
    ) -> None:
        """planted: what of the run is wrong on purpose; None where nothing is.

        text: whether the events of the run are lines of text, and not JSON objects.
        """
        self._folder = folder
        self._plan = plan
        self._where = where
        self._request = request
        self._clock = clock
        self._tell = tell
        self._planted = planted
        self._marks = Marks(plan.run, plan.id_field, text=text)
        self._read: dict[str, tuple[Stored, ObjectFindings]] = {}
        self._drained = False
        self._told_not_drained = False

    def report(self) -> Report:
        """Look, and look again, until the verdict is final or the time is up."""
        started_ms = self._clock.wall_ms()
        while True:
            self._drain()
            now_ms = self._clock.wall_ms()
            self._look(now_ms)
            claims = read_claims(self._folder, self._plan)  # after the look: what was found had been leased
            end_ms, final_ms = self._limits(claims, started_ms)
            overdue = now_ms >= final_ms
            found = compare(
                claims,
                [findings for _, findings in self._read.values()],
                Terms(self._plan.run, overdue, self._request.exclusive),
                self._planted,
            )
            settled = not claims.live and not (found.pending or (self._request.stay and not overdue))
            if settled or now_ms >= end_ms:
                return with_places(found, [findings for _, findings in self._read.values()], self._rescan)
            left_s = (end_ms - now_ms) / 1000
            self._tell(Waiting(found.account.accepted, found.pending, claims.live, left_s))
            self._clock.sleep(min(left_s, self._interval()))

    def _limits(self, claims: Claims, started_ms: int) -> tuple[int, int]:
        """When looking ends, and from when on what is not there is missing (Unix time in milliseconds)."""
        if self._drained and not claims.live:
            return started_ms, started_ms
        late_s = self._where.buffer_seconds * _LATE_FACTOR + _LATE_S
        deadline_ms = (claims.last_sent_ms or self._plan.created_ms) + int(late_s * 1000)
        if self._request.wait is not None:
            end_ms = started_ms + int(self._request.wait * 1000)
            return end_ms, max(deadline_ms, end_ms)
        return (started_ms if claims.live and not self._request.stay else deadline_ms), deadline_ms

    def _interval(self) -> float:
        return min(10.0, max(1.0, self._where.buffer_seconds / 30))

    def _drain(self) -> None:
        if self._request.drain is None or self._drained or self._folder.is_live():
            return
        try:
            self._request.drain()
        except EnvironmentProblem as problem:
            if not self._told_not_drained:
                self._tell(NotDrained(problem.message))
            self._told_not_drained = True
        else:
            self._drained = True

    def _look(self, now_ms: int) -> None:
        """Bring the findings up to what is there now, reading what has not been read."""
        for _ in range(_READINGS):
            listed, older = self._list(now_ms)
            if self._planted is not None:
                self._planted.expect(
                    read_claims(self._folder, self._plan)
                )  # after: what is listed had been leased
            self._read = {key: kept for key, kept in self._read.items() if listed.get(key) == kept[0]}
            fresh = [stored for key, stored in listed.items() if key not in self._read]
            if fresh or not self._read:
                sizes = sum(stored.size for stored in fresh)
                self._tell(Reading(self._where.place.name, len(fresh), sizes, older))
            changed = [stored.key for stored in fresh if not self._take(stored)]
            if not changed:
                return
        raise EnvironmentProblem(
            f"{changed[0]} in {self._where.place.name} changes each time it is read",
            "something is writing to it; try again when it has ended",
        )

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
        planted = None if self._planted is None else self._planted.lines
        scan_object(chunks, self._marks, findings, ids_only=self._request.ids_only, planted=planted)
