"""A run whose ledger and lake are written by hand, so that a test knows exactly what is right and wrong there."""

import gzip
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import Home
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import FirehoseDestination
from clickgen.model.event_id import EventId, format_id, seal
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Place, Plan
from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.delivery import Notice, Request, Verification

RUN = "67404b1c9d2e"
OTHER_RUN = "5f0000aa0b0c"
CREATED_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
SENT_MS = CREATED_MS + 5_000
LANDED_MS = CREATED_MS + 65_000
BUFFER_S = 60
AFTER_DEADLINE_MS = SENT_MS + 150_000 + 1
ID_AT = len(b'{"event_id":"')
FOREIGN = b'{"user":17,"page":"/help"}'


def event(number: int, lane: int = 0, run: str = RUN) -> bytes:
    """A whole event, without its line end."""
    body = b'{"event_id":"%b","event_type":"view","n":%d,"page":{"path":"/p/%d","tags":["a","b"]},"ok":true}'
    return seal(body % (format_id(EventId(run, lane, number, 0)), number, number), ID_AT)


def events(first: int, end: int, lane: int = 0, run: str = RUN) -> list[bytes]:
    """Whole events with the numbers `first` up to, not including, `end`."""
    return [event(number, lane, run) for number in range(first, end)]


def lines(parts: Iterable[bytes]) -> bytes:
    """Each part as a line."""
    return b"".join(part + b"\n" for part in parts)


class HeldClock:
    """A clock that moves when somebody sleeps; `at` is called with the time of day after each sleep."""

    def __init__(self, wall_ms: int, at: Callable[[int], None] = lambda _: None) -> None:
        self._wall_ms = wall_ms
        self._at = at
        self.slept = 0.0

    def now(self) -> float:
        return self._wall_ms / 1000

    def wall_ms(self) -> int:
        return self._wall_ms

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self._wall_ms += max(1, round(seconds * 1000))
        self._at(self._wall_ms)


class Planted:
    """A run with its ledger, and a lake to put objects into."""

    def __init__(
        self,
        folder: Path,
        *,
        lanes: int = 1,
        planned: int | None = None,
        place: Place | None = None,
        ending: Ending = Ending.COMPLETE,
    ) -> None:
        self.home = folder / "home"
        self.lake = folder / "lake"
        self.lake.mkdir(parents=True)
        self.run = Home(self.home).new_run(RUN)
        self.plan = Plan(
            run=RUN,
            command="send",
            created_ms=CREATED_MS,
            start_ms=CREATED_MS,
            lanes=lanes,
            planned=planned,
            destination=FirehoseDestination(stream="clicks", region="us-east-1"),
            place=place,
        )
        self.run.write_plan(self.plan)
        self._ledger = LedgerWriter(self.run.ledger_file)
        self.end(ending)

    def end(self, ending: Ending) -> None:
        """Note how the run ended."""
        self._ledger.close_run({}, {}, ending)

    def claim(
        self, first: int, end: int, state: State = State.ACCEPTED, *, lane: int = 0, attempts: int = 1
    ) -> None:
        """Note a lease and its outcome."""
        if state is not State.UNSENT:
            self._ledger.lease([Lease(lane, first, end)])
        sent = 0 if state is State.UNSENT else SENT_MS
        noted = 0 if state is State.UNSENT else attempts
        self._ledger.note([Outcome(lane, first, end, state, noted, sent, sent)])

    def lease(self, first: int, end: int, lane: int = 0) -> None:
        """Note a lease whose outcome never came."""
        self._ledger.lease([Lease(lane, first, end)])

    def put(self, key: str, data: bytes, *, packed: bool = False, landed_ms: int = LANDED_MS) -> Path:
        """Let an object land."""
        path = self.lake / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data) if packed else data)
        os.utime(path, ns=(landed_ms * 1_000_000, landed_ms * 1_000_000))
        return path

    def verify(
        self,
        *,
        clock: HeldClock | None = None,
        tell: Callable[[Notice], None] = lambda _: None,
        where: SearchScope | None = None,
        text: bool = False,
        ids_only: bool = False,
        **request: Any,
    ) -> DeliveryReport:
        """Verify against the whole lake, after the deadline unless a clock says otherwise.

        text: the events of the run are lines, not JSON.
        """
        place = where or SearchScope(FolderPlace(self.lake), None, BUFFER_S)
        held = clock or HeldClock(AFTER_DEADLINE_MS)
        reader = Reader(text=text, ids_only=ids_only)
        objects = ObjectLanding(self.run, self.plan, place, reader, tell)
        return Verification(self.run, self.plan, objects, Request(**request), held, tell).report()


def crashed(folder: Path, planned: int = 50) -> Planted:
    """A run that was killed after 20 of its events were accepted and 10 more were leased."""
    run = Planted(folder, planned=planned, ending=Ending.OPEN)
    run.claim(0, 20)
    run.lease(20, 30)
    run.put("1", lines(events(0, 20)))
    return run


def found(report: DeliveryReport) -> dict[str, int]:
    """The counts of a report that are not zero, without the account's own."""
    names: Sequence[str] = (
        "delivered", "missing", "pending", "recovered", "explained", "unexplained", "conflicting",
        "corrupt", "truncated", "other_runs", "foreign", "failed", "dropped",
    )  # fmt: skip
    return {name: getattr(report, name) for name in names if getattr(report, name)}
