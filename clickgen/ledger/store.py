"""Writing the ledger: an SQLite file in WAL mode, one row an entry, in the order in which things happened.

A lease is committed with full sync before its events leave: losing one would make events that nobody claims.
Outcomes are committed with normal sync: losing one only makes events unknown. Each row carries a CRC-32.
Leases go to the lease file too, after their commit and before their events leave.
"""

import json
import sqlite3
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import private
from clickgen.ledger.lease_file import LEASED, ORPHANED, LeaseFile
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outcome import Lease, Outcome, State

ENDING = "ending"
_ROW = struct.Struct(">8sqqqqqq")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, kind TEXT, lane INTEGER, first INTEGER, end INTEGER,
    attempts INTEGER, sent_ms INTEGER, answered_ms INTEGER, crc INTEGER);
CREATE TABLE IF NOT EXISTS closing (lane INTEGER PRIMARY KEY, planned INTEGER);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""
_INSERT = (
    "INSERT INTO entries (kind, lane, first, end, attempts, sent_ms, answered_ms, crc)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def row_crc(kind: str, lane: int, first: int, end: int, attempts: int, sent_ms: int, answered_ms: int) -> int:
    """CRC-32 of an entry's fields."""
    return crc32(_ROW.pack(kind.encode()[:8], lane, first, end, attempts, sent_ms, answered_ms))


class LedgerFull(EnvironmentProblem):
    """An entry could not be written, so the ledger does not know what it would have said."""


def _lay_out(path: Path) -> None:
    """Make a ledger without entries, completely or not at all: a run may be killed at any moment."""
    new = private(path.with_name(f"{path.name}.new"))
    database = sqlite3.connect(new, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.executescript(_SCHEMA)
    database.close()
    new.replace(path)


class LedgerWriter:
    """The one writer of a run's ledger, in the process that holds the run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            if not path.exists():
                _lay_out(path)
            self._database = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._lease_file = LeaseFile(lease_file_of(path))
        except (sqlite3.Error, OSError) as problem:
            raise self._explain(problem) from problem

    def lease(self, leases: Iterable[Lease]) -> None:
        """Write leases durably: when this returns they survive a power failure."""
        self._allow(LEASED, list(leases))

    def orphan(self, leases: Iterable[Lease]) -> None:
        """Write durably that the process with these leases died: what it did with them will never be known."""
        self._allow(ORPHANED, list(leases))

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Write outcomes; they survive kill -9 of this process."""
        rows = [
            _row(o.state.value, o.lane, o.first, o.end, o.attempts, o.sent_ms, o.answered_ms) for o in outcomes
        ]
        self._write("NORMAL", rows)

    def reopen(self) -> None:
        """Write durably that a process is at work again; how an earlier one ended no longer matters."""
        self._close_account({}, {ENDING: Ending.OPEN})

    def close_run(self, planned: Mapping[int, int], facts: Mapping[str, Any], ending: Ending) -> None:
        """Write how the run ended, how many events each lane turned out to have, and what the run noted."""
        self._close_account(planned, {**facts, ENDING: ending})

    def _close_account(self, planned: Mapping[int, int], facts: Mapping[str, Any]) -> None:
        try:
            self._begin("FULL")
            self._database.executemany("INSERT OR REPLACE INTO closing VALUES (?, ?)", planned.items())
            texts = [(name, json.dumps(value)) for name, value in facts.items()]
            self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", texts)
            self._database.execute("COMMIT")
        except sqlite3.Error as problem:
            raise self._explain(problem) from problem

    def close(self) -> None:
        self._database.close()
        self._lease_file.close()

    def _allow(self, kind: str, leases: list[Lease]) -> None:
        """Write leases to the ledger, then to the lease file; after LedgerFull their events must not leave."""
        if not leases:
            return
        self._write("FULL", [_row(kind, *lease, 0, 0, 0) for lease in leases])
        try:
            self._lease_file.append(kind, leases)
        except OSError as problem:
            if kind == LEASED:
                with suppress(LedgerFull):  # without this they would count as unknown
                    self.note(Outcome(*lease, State.UNSENT, 0, 0, 0) for lease in leases)
            raise self._explain(problem) from problem

    def _begin(self, sync: str) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        self._database.execute(f"PRAGMA synchronous={sync}")
        self._database.execute("BEGIN IMMEDIATE")

    def _write(self, sync: str, rows: list[tuple[str | int, ...]]) -> None:
        if not rows:
            return
        try:
            self._begin(sync)
            self._database.executemany(_INSERT, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as problem:
            raise self._explain(problem) from problem

    def _explain(self, problem: Exception) -> LedgerFull:
        return LedgerFull(
            f"the ledger cannot be written: {self._path}: {problem}",
            "make room on that disk, or give another folder with --home",
        )


def lease_file_of(ledger: Path) -> Path:
    """Where the lease file of a ledger is."""
    return ledger.with_suffix(".leases")


def _row(
    kind: str, lane: int, first: int, end: int, attempts: int, sent_ms: int, answered_ms: int
) -> tuple[str | int, ...]:
    fields = (kind, lane, first, end, attempts, sent_ms, answered_ms)
    return (*fields, row_crc(*fields))
