"""Reading the ledger: what the run claims of every event, whatever state its last process left it in."""

import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from pyroaring import BitMap64

from clickgen.ledger.claims import ATTEMPT_DTYPE, Claims, LaneClaims, LedgerDamage
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.lease_file import LEASED, ORPHANED, Unmatched, is_lease, read_lease_file
from clickgen.ledger.store import ENDING, lease_file_of, row_crc
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.event_id import MAX_NUMBER
from clickgen.model.outcome import Lease, State
from clickgen.model.plan import Plan

_KINDS = frozenset([LEASED, ORPHANED, *(state.value for state in State)])
_LAST_ROW = 1 << 62
_BUSY_S = 10  # another process holds it for milliseconds, one that was killed until the kernel has let go of it
_PASSING = (  # it is not the ledger that is wrong: what it takes to read it is not there now
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
)


def read_claims(folder: RunFolder, plan: Plan) -> Claims:
    """Read a run's ledger; what cannot be read counts as unknown, never as accepted.

    EnvironmentProblem if nothing of it can be read.
    """
    live = folder.is_live()
    if not folder.ledger_file.exists():
        raise _unreadable(folder, FileNotFoundError("there is no such file"))
    read = _read_files(folder)
    if read.damage.rows and not read.tallies:
        raise _unreadable(folder, sqlite3.DatabaseError("none of its entries can be believed"))
    lanes = {}
    for lane in range(plan.lanes):
        tally = read.tallies.get(lane) or _Tally()
        if lane in read.closing:
            planned = read.closing[lane]
        elif plan.planned is not None:
            planned = plan.lane_planned(lane, plan.planned)
        else:
            planned = tally.leased_end
        lanes[lane] = tally.settle(planned, damaged=read.damage.rows > 0)
    # runs of versions that did not note how they ended: closed, and with nothing left to send
    closed = read.closing.keys() >= lanes.keys() and not any(len(lane.unsent) for lane in lanes.values())
    return Claims(lanes, live, _ending(read.facts, closed=closed), read.damage, read.facts, read.entries)


class _Tally:
    """One lane's entries, taken in the order in which they were written."""

    def __init__(self) -> None:
        self.leased = BitMap64()
        self.orphaned = BitMap64()
        self.states = {state: BitMap64() for state in State}
        self.sends: list[tuple[int, int, int, int, int]] = []
        self.leased_end = 0

    def take(self, kind: str, first: int, end: int, attempts: int, sent_ms: int, answered_ms: int) -> None:
        self.leased_end = max(self.leased_end, end)
        if kind == LEASED:
            self.leased.add_range(first, end)
            return
        self.leased.remove_range(first, end)
        if kind == ORPHANED:
            self.orphaned.add_range(first, end)
            return
        self.states[State(kind)].add_range(first, end)
        if attempts:
            accepted_ms = answered_ms if kind == State.ACCEPTED.value else 0
            self.sends.append((first, end, attempts, sent_ms, accepted_ms))

    def take_lost(self, first: int, end: int) -> None:
        """A lease that is no longer in the ledger: its events may have left any number of times."""
        self.leased_end = max(self.leased_end, end)
        self.orphaned.add_range(first, end)

    def settle(self, planned: int, *, damaged: bool) -> LaneClaims:
        accepted = self.states[State.ACCEPTED]
        undecided = self.leased | self.orphaned
        if damaged:
            # leases are consecutive, so what none of them covers was in a row that cannot be believed
            gaps = BitMap64()
            gaps.add_range(0, self.leased_end)
            undecided |= gaps.difference(*self.states.values())
        unknown = (self.states[State.UNKNOWN] | undecided) - accepted
        rejected = self.states[State.REJECTED] - accepted - unknown
        attempted = accepted | unknown | rejected
        if attempted:
            planned = max(planned, attempted.max() + 1)
        unsent = BitMap64()
        unsent.add_range(0, planned)
        unsent -= attempted
        sends = np.array(sorted(self.sends), dtype=ATTEMPT_DTYPE)
        return LaneClaims(planned, accepted, unknown, rejected, unsent, self.leased, undecided, sends)


@dataclass(slots=True)
class _Read:
    """What was read of a ledger, lane by lane."""

    tallies: dict[int, _Tally] = field(default_factory=dict)
    closing: dict[int, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    damage: LedgerDamage = field(default_factory=LedgerDamage)
    entries: int = 0

    def tally(self, lane: int) -> _Tally:
        return self.tallies.setdefault(lane, _Tally())


def _read_files(folder: RunFolder) -> _Read:
    """The ledger, and what only the lease file still knows."""
    lease_file = lease_file_of(folder.ledger_file)
    try:
        kept = read_lease_file(lease_file)  # first: while the run is live, the ledger is ahead of it
    except OSError as problem:
        raise EnvironmentProblem(
            f"the ledger of run {folder.run} cannot be read now: {lease_file}: {problem.strerror or problem}",
            "check its permissions: ls -l",
        ) from problem
    unmatched = Unmatched(kept.keys)
    read = _read_database(folder, unmatched)
    lost = list(unmatched.left())
    for lease in lost:
        read.tally(lease.lane).take_lost(lease.first, lease.end)
    read.damage = replace(read.damage, lost_leases=len(lost), lease_file=kept.damaged)
    return read


def _read_database(folder: RunFolder, unmatched: Unmatched) -> _Read:
    read, damaged = _Read(), 0
    try:
        database = sqlite3.connect(folder.ledger_file, isolation_level=None, timeout=_BUSY_S)
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    except sqlite3.Error as problem:
        raise _unreadable(folder, problem) from problem
    try:
        for row in _rows(database):
            read.entries += 1
            if row is None or not _believable(row):
                damaged += 1
                continue
            kind, lane, first, end, attempts, sent_ms, answered_ms, _ = row
            read.tally(lane).take(kind, first, end, attempts, sent_ms, answered_ms)
            if kind in (LEASED, ORPHANED):
                unmatched.found(kind, Lease(lane, first, end))
        # these rows have no CRC: what cannot be true is left out, and the plan counts
        closing = database.execute("SELECT lane, planned FROM closing")
        read.closing = {lane: planned for lane, planned in closing if _is_count(planned)}
        facts = database.execute("SELECT name, value FROM facts")
        read.facts = {name: value for name, text in facts for value in _value(name, text)}
    except (sqlite3.Error, ValueError) as problem:
        raise _unreadable(folder, problem) from problem
    finally:
        database.close()
    read.damage = LedgerDamage(rows=damaged)
    return read


def _rows(database: sqlite3.Connection) -> Iterator[tuple[Any, ...] | None]:
    """Every entry that can be read, and None once for each place where a page is damaged.

    After such a place the next entry is looked for in steps that double: a page holds some hundred rows.
    """
    after, step = 0, 1
    while after < _LAST_ROW:  # a damaged page may hide which row is the last
        try:
            for number, *row in database.execute(
                "SELECT id, kind, lane, first, end, attempts, sent_ms, answered_ms, crc"
                " FROM entries WHERE id > ? ORDER BY id",
                (after,),
            ):
                if number <= after:
                    raise sqlite3.DatabaseError("a damaged page leads back")  # noqa: TRY301  # handled as other damage
                after, step = number, 1
                yield tuple(row)
        except sqlite3.DatabaseError as problem:
            if _code(problem) == sqlite3.SQLITE_BUSY:
                raise  # each further look would wait as long
            yield None
            after, step = after + step, 2 * step
        else:
            return


def _is_count(planned: object) -> bool:
    return isinstance(planned, int) and 0 <= planned <= MAX_NUMBER + 1


def _value(name: str, text: object) -> Iterator[Any]:
    """What a fact's text says; nothing if it is damaged."""
    with suppress(TypeError, ValueError, RecursionError):
        value = json.loads(text)  # type: ignore[arg-type]  # it may be anything
        if is_fact(name, value):
            yield value


def _ending(facts: dict[str, Any], *, closed: bool) -> Ending:
    """What was noted of the end. closed: whether the account shows, without a note, that everything was done."""
    noted = facts.pop(ENDING, None)
    if noted is None and closed:
        return Ending.COMPLETE
    return Ending(noted) if isinstance(noted, str) and noted in set(Ending) else Ending.OPEN


def _believable(row: tuple[Any, ...]) -> bool:
    kind, *numbers, crc = row
    if not isinstance(kind, str) or not all(isinstance(number, int) for number in numbers):
        return False
    lane, first, end = numbers[:3]
    return kind in _KINDS and is_lease(lane, first, end) and row_crc(kind, *numbers) == crc


def _code(problem: Exception) -> int:
    return int(getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


def _unreadable(folder: RunFolder, problem: Exception) -> EnvironmentProblem:
    if _code(problem) in _PASSING:
        return EnvironmentProblem(
            f"the ledger of run {folder.run} cannot be read now: {folder.ledger_file}: {problem}",
            "reading needs some room beside it and permission to write there: see df and ls -l",
        )
    return EnvironmentProblem(
        f"the ledger of run {folder.run} is damaged beyond reading: {folder.ledger_file}: {problem}",
        "restore the folder from a copy; without the ledger nothing can be said of the run's events",
    )


def is_fact(name: str, value: Any) -> bool:
    """Whether the value can be that of the fact of this name; these rows of a ledger have no CRC."""
    return _FACT_KINDS.get(name, _is_anything)(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _are_percentiles(value: Any) -> bool:
    return _are_numbers(value) and {"p50", "p99", "max"} <= value.keys()


def _is_of_lanes(value: Any) -> bool:
    return _are_numbers(value) and all(lane.isdecimal() for lane in value)


def _is_yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _is_anything(_: Any) -> bool:
    return True  # a fact of another version, which nothing here reads


_COUNTS = (
    "records",
    "batches",
    "attempts",
    "throttled",
    "overwritten",
    "objects",
    "bytes",
    "skipped",
    "out_of_order",
)
_MEASURES = ("seconds", "rate", "cost_usd", "cost_unpacked_usd", "cost_packed_usd")
_FACT_KINDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys((*_COUNTS, *_MEASURES), _is_number),
    **dict.fromkeys(("lag_ms", "latency_ms"), _are_percentiles),
    "drifted_from": _is_of_lanes,
    "complete": _is_yes_or_no,
}
