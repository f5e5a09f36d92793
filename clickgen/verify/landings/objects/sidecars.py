"""What was found in each object, kept in a file beside the run, so that only new and changed objects are read."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from clickgen.ledger.folder import private
from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.landings.objects.place import Stored
from clickgen.verify.landings.objects.scanner import GROUP_BYTES
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.findings_store import from_bytes

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY_S = 30.0
_FORM = 1  # of the table; raised whenever it changes
_OBJECT = "key BLOB PRIMARY KEY, tag TEXT NOT NULL, size INTEGER NOT NULL, landed_ms INTEGER NOT NULL"
_COLUMNS = "listed.key, listed.tag, listed.size, listed.landed_ms"
_SAME = "objects.settings = ? AND " + " AND ".join(
    f"objects.{name} = listed.{name}" for name in ("key", "tag", "size", "landed_ms")
)
_KNOWN = f"EXISTS (SELECT 1 FROM objects WHERE {_SAME})"


class SidecarsFailed(EnvironmentProblem):
    """What was kept cannot be read or added to."""


class ToRead(NamedTuple):
    """How much of what is listed has to be read."""

    objects: int
    bytes: int  # as stored
    known: int  # objects that need not be read


class Sidecars:
    """The objects of one place as last listed, and what was found in each: on disk, however many there are.

    What was found with other settings is forgotten. A damaged file is started again; a temporary one replaces a
    file that cannot be written. Several processes may use a file: what one forgets is no longer known to the
    others. Every method raises SidecarsFailed if not even a temporary file can be used.
    """

    def __init__(self, file: Path | None, settings: str, *, fresh: bool = False) -> None:
        """file: None for a temporary one. settings: what findings depend on. fresh: forget what the file holds."""
        self._file = file
        self._settings = settings
        with self._explained():
            self._database = self._open(fresh=fresh)

    def take_listing(self, objects: Iterable[Stored]) -> ToRead:
        """Note what is there now, and forget what is no longer there or has changed."""
        with self._writing("DEFERRED"):  # however long a listing takes, it locks nobody out
            self._database.execute("DELETE FROM listed")
            self._database.execute("DELETE FROM unread")
            self._database.executemany(
                "INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?)",
                ((_packed(one.key), one.tag, one.size, one.landed_ms) for one in objects),
            )
        with self._writing():
            self._database.execute(
                f"DELETE FROM objects WHERE NOT EXISTS (SELECT 1 FROM listed WHERE {_SAME})", (self._settings,)
            )
        with self._explained():
            fresh, size, known = self._database.execute(
                f"SELECT sum(NOT known), sum(size * NOT known), sum(known) FROM"
                f" (SELECT size, {_KNOWN} AS known FROM listed)",
                (self._settings,),
            ).fetchone()
        return ToRead(fresh or 0, size or 0, known or 0)

    def to_read(self) -> Iterator[Stored]:
        """What is listed and not known; `keep` may be called meanwhile.

        The largest come first, so that all processes are busy to the end; small ones in the order of their keys,
        as they are stored: in another order a million of them would touch every page thousands of times.
        """
        with self._explained():
            rows = self._database.execute(
                f"SELECT {_COLUMNS} FROM listed WHERE NOT {_KNOWN} ORDER BY max(size, ?) DESC, key",
                (self._settings, GROUP_BYTES),
            )
            yield from map(_stored, rows)

    def keep(self, found: Iterable[tuple[Stored, bytes]], unread: Iterable[tuple[Stored, str, bool]] = ()) -> None:
        """Keep the findings of objects, as bytes; and until the next listing why objects could not be read.

        The flag of an unread object says whether it never can be read.
        """
        with self._writing():
            self._database.executemany(
                "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (_packed(one.key), one.tag, one.size, one.landed_ms, self._settings, data)
                    for one, data in found
                ),
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO unread VALUES (?, ?, ?)",
                ((_packed(one.key), reason, lasting) for one, reason, lasting in unread),
            )

    def landed(self) -> Iterator[tuple[Stored, ObjectFindings | None]]:
        """What is listed, in the order in which it landed, and what was found in it; one object at a time.

        None if that is not known, or what was kept is damaged.
        """
        with self._explained():
            listed = self._database.execute(f"SELECT {_COLUMNS} FROM listed ORDER BY landed_ms, key")
            for row in listed:
                stored = _stored(row)
                yield stored, self._found(stored)

    def _found(self, stored: Stored) -> ObjectFindings | None:
        key = _packed(stored.key)
        for reason, lasting in self._database.execute("SELECT reason, lasting FROM unread WHERE key = ?", (key,)):
            why, never = str(reason), bool(lasting)
            return ObjectFindings(stored.key, stored.landed_ms, stored.size, unread=why, lasting=never)
        known = "SELECT findings FROM objects WHERE key = ? AND tag = ? AND settings = ?"
        for (data,) in self._database.execute(known, (key, stored.tag, self._settings)):
            found = from_bytes(data) if isinstance(data, bytes) else None
            # a damaged page may return another object's
            of = None if found is None else (found.name, found.landed_ms, found.size)
            if of == (stored.key, stored.landed_ms, stored.size):
                return found
        return None

    def _open(self, *, fresh: bool) -> sqlite3.Connection:
        file = self._file
        if file is None:
            return _connected("", fresh=fresh)
        for _ in range(2):
            try:
                file.parent.mkdir(mode=0o700, exist_ok=True)
                return _connected(str(private(file)), fresh=fresh)
            except OSError:
                break
            except sqlite3.Error as problem:
                if not self._drop_damaged(problem):
                    break
        return _connected("", fresh=fresh)

    def _drop_damaged(self, problem: sqlite3.Error) -> bool:
        """Remove the file if it is damaged; whether it is gone."""
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        if self._file is None or code not in _DAMAGED:
            return False
        try:
            for suffix in ("", "-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        except OSError:
            return False
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            self._drop_damaged(problem)
            where = "a temporary file" if self._file is None else str(self._file)
            raise SidecarsFailed(
                f"what was found in the objects cannot be kept in {where}: {problem}",
                "make room there and under TMPDIR; `--fresh` starts again",
            ) from problem

    @contextmanager
    def _writing(self, begin: str = "IMMEDIATE") -> Iterator[None]:
        with self._explained():
            self._database.execute(f"BEGIN {begin}")
            try:
                yield
            except BaseException:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _connected(name: str, *, fresh: bool) -> sqlite3.Connection:
    # used by one thread at a time, not necessarily the one that opened it
    database = sqlite3.connect(name, isolation_level=None, timeout=_BUSY_S, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # what a power cut spoils is found by its digest, and read again
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN IMMEDIATE")
        database.execute(f"CREATE TEMP TABLE listed ({_OBJECT}) WITHOUT ROWID")
        unread = "key BLOB PRIMARY KEY, reason TEXT NOT NULL, lasting INTEGER NOT NULL"
        database.execute(f"CREATE TEMP TABLE unread ({unread}) WITHOUT ROWID")
        if database.execute("PRAGMA user_version").fetchone() != (_FORM,):
            database.execute("DROP TABLE IF EXISTS objects")
            database.execute(f"PRAGMA user_version = {_FORM}")
        kept = f"{_OBJECT}, settings TEXT NOT NULL, findings BLOB NOT NULL"
        database.execute(f"CREATE TABLE IF NOT EXISTS objects ({kept})")
        if fresh:
            database.execute("DELETE FROM objects")
        database.execute("COMMIT")
    except sqlite3.Error:
        with closing(database):
            raise
    return database


def _packed(key: str) -> bytes:
    """A key as bytes; the name of a file need not be text."""
    return key.encode("utf-8", "surrogateescape")


def _stored(row: tuple[bytes, str, int, int]) -> Stored:
    key, tag, size, landed_ms = row
    return Stored(key.decode("utf-8", "surrogateescape"), size, landed_ms, tag)
