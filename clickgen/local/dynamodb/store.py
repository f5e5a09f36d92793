"""Items and the records of streams in SQLite.

What a call wrote survives the death of the process once the call is answered: it is one transaction, and the
write-ahead log is written with write(). A power cut may take the last of it.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from clickgen.local.dynamodb.items.values import Item
from clickgen.local.dynamodb.schema import IndexState, Key, StreamState, TableState, slot_of
from clickgen.local.platform.inside import open_file

_PAGE_CACHE_KIB = 32 * 1024
_CREATE_ITEMS = (
    "CREATE TABLE IF NOT EXISTS items_{table} (slot INTEGER, hash BLOB, range BLOB, size INTEGER, body BLOB,"
    " PRIMARY KEY (slot, hash, range)) WITHOUT ROWID"
)
_CREATE_INDEX = (
    "CREATE TABLE IF NOT EXISTS index_{table}_{part} (slot INTEGER, hash BLOB, range BLOB,"
    " of_slot INTEGER, of_hash BLOB, of_range BLOB,"
    " PRIMARY KEY (slot, hash, range, of_slot, of_hash, of_range)) WITHOUT ROWID"
)
_CREATE_STREAM = (
    "CREATE TABLE IF NOT EXISTS stream_{table}_{part} (number INTEGER PRIMARY KEY, created REAL, kind TEXT,"
    " keys BLOB, new BLOB, old BLOB)"
)
_GET = "SELECT body FROM items_{table} WHERE slot = ? AND hash = ? AND range = ?"
_PUT = "INSERT OR REPLACE INTO items_{table} VALUES (?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM items_{table} WHERE slot = ? AND hash = ? AND range = ?"
_ENTER = "INSERT OR IGNORE INTO index_{table}_{part} VALUES (?, ?, ?, ?, ?, ?)"
_LEAVE = (
    "DELETE FROM index_{table}_{part} WHERE slot = ? AND hash = ? AND range = ?"
    " AND of_slot = ? AND of_hash = ? AND of_range = ?"
)
_ROWS = "SELECT slot, hash, range, size, body FROM items_{table}{where} ORDER BY {order}"
_INDEX_ROWS = (
    "SELECT of_slot, of_hash, of_range, item.size, item.body FROM index_{table}_{part} AS entry"
    " JOIN items_{table} AS item ON item.slot = of_slot AND item.hash = of_hash AND item.range = of_range"
    "{where} ORDER BY {order}"
)
_MEASURE = "SELECT count(*), coalesce(sum(size), 0) FROM items_{table}"
_NOTE = "INSERT INTO stream_{table}_{part} VALUES (?, ?, ?, ?, ?, ?)"
_LAST_NOTE = "SELECT coalesce(max(number), 0) FROM stream_{table}_{part}"
_NOTES = (
    "SELECT number, created, kind, keys, new, old FROM stream_{table}_{part}"
    " WHERE number >= ? AND created >= ? ORDER BY number LIMIT ?"
)
_OLDEST_NOTE = "SELECT min(number) FROM stream_{table}_{part} WHERE created >= ?"
_TRIM = "DELETE FROM stream_{table}_{part} WHERE number < ? AND created < ?"
_DROP = "DROP TABLE {table}"


@dataclass(frozen=True)
class Row:
    """An item as it is kept."""

    key: Key
    size: int
    body: bytes


@dataclass(frozen=True)
class Span:
    """Which rows of a table or index are read, and in which order.

    Bounds are included unless said otherwise; None is for no bound.
    """

    slots: tuple[int, int] | None = None  # the first one, and the one behind the last
    hash: bytes | None = None  # the partition key
    low: bytes | None = None  # of the sort key
    low_excluded: bool = False
    high: bytes | None = None
    high_excluded: bool = False
    after: tuple[int | bytes, ...] | None = None  # the key of the row before; in an index, then that of its item
    forward: bool = True


@dataclass(frozen=True)
class StreamRow:
    """A change as it is kept in a stream."""

    number: int  # from 1 on
    created: float
    kind: str  # INSERT, MODIFY or REMOVE
    keys: bytes
    new: bytes | None  # the item after the change, if the stream has new images
    old: bytes | None


class Store:
    """All items of a lake. Belongs to the event loop's thread, but for `measure`."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. LinkInTheWay if it is a link; OSError."""
        for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            if part == path or part.is_symlink():
                os.close(open_file(part, os.O_RDWR | os.O_CREAT))
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        for pragma in ("journal_mode = WAL", "synchronous = OFF", f"cache_size = -{_PAGE_CACHE_KIB}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._next: dict[tuple[int, int], int] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes that are all made, or none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def create(self, table: TableState) -> None:
        """Make what a table, its indexes and its streams are kept in."""
        self._connection.execute(_CREATE_ITEMS.format(table=table.number))
        for index in table.indexes:
            self._connection.execute(_CREATE_INDEX.format(table=table.number, part=index.number))
        for stream in table.streams:
            self._connection.execute(_CREATE_STREAM.format(table=table.number, part=stream.number))

    def drop_all_but(self, tables: Iterable[TableState]) -> None:
        """Forget what belongs to none of these tables."""
        wanted = set()
        for table in tables:
            wanted.add(f"items_{table.number}")
            wanted |= {f"index_{table.number}_{index.number}" for index in table.indexes}
            wanted |= {f"stream_{table.number}_{stream.number}" for stream in table.streams}
        found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in found:
            if name not in wanted and not name.startswith("sqlite_"):
                self._connection.execute(_DROP.format(table=name))

    def get(self, table: TableState, key: Key) -> bytes | None:
        """The item of that key; None without one."""
        row = self._connection.execute(_GET.format(table=table.number), key).fetchone()
        return None if row is None else row[0]

    def write(
        self, table: TableState, key: Key, item: Item | None, size: int, now: float, old: bytes | None = None
    ) -> None:
        """Put an item, or delete it if it is None, with what belongs to it in indexes and the stream.

        old: the item as it is now, if that is known.
        """
        stream = table.stream
        if old is None and (stream is not None or table.indexes):
            old = self.get(table, key)
        new = None if item is None else orjson.dumps(item)
        if new is None:
            self._connection.execute(_DELETE.format(table=table.number), key)
        else:
            self._connection.execute(_PUT.format(table=table.number), (*key, size, new))
        if table.indexes:
            self._move(table, key, None if old is None else orjson.loads(old), item)
        if stream is not None and old != new:
            before: Item = {} if old is None else orjson.loads(old)
            if before != item:  # the order of attributes is not a change
                self._note(table, stream, before if item is None else item, new, old, now)

    def enter_all(self, table: TableState, index: IndexState) -> None:
        """Fill a new index from the items that are there."""
        for row in list(self.rows(table, None, Span())):
            entry = index.key.of(orjson.loads(row.body))
            if entry is not None:
                statement = _ENTER.format(table=table.number, part=index.number)
                self._connection.execute(statement, (*entry, *row.key))

    def rows(self, table: TableState, index: IndexState | None, span: Span) -> Iterator[Row]:
        """The items of a span, one after another as they are needed. Nothing may be written in between."""
        columns = ["slot", "hash", "range"]
        statement = _ROWS
        if index is not None:
            columns = ["entry.slot", "entry.hash", "entry.range", "of_slot", "of_hash", "of_range"]
            statement = _INDEX_ROWS
        where, parameters = _where(span, columns)
        order = ", ".join(column if span.forward else f"{column} DESC" for column in columns)
        part = None if index is None else index.number
        cursor = self._connection.execute(
            statement.format(table=table.number, part=part, where=where, order=order), parameters
        )
        try:
            for *key, size, body in cursor:
                yield Row((key[0], key[1], key[2]), size, body)
        finally:
            cursor.close()

    def measure(self, table: TableState) -> tuple[int, int]:
        """How many items a table has, and their bytes. May be called from any thread, and takes its time."""
        with closing(sqlite3.connect(self._path)) as connection:
            items, size = connection.execute(_MEASURE.format(table=table.number)).fetchone()
        return items, size

    def next_note(self, table: TableState, stream: StreamState) -> int:
        """The number that the next change of a stream will have."""
        place = (table.number, stream.number)
        if place not in self._next:
            [last] = self._connection.execute(_LAST_NOTE.format(table=place[0], part=place[1])).fetchone()
            self._next[place] = last + 1
        return self._next[place]

    def oldest_note(self, table: TableState, stream: StreamState, since: float) -> int:
        """The number of the first change that is not older than `since`."""
        statement = _OLDEST_NOTE.format(table=table.number, part=stream.number)
        [oldest] = self._connection.execute(statement, (since,)).fetchone()
        return self.next_note(table, stream) if oldest is None else oldest

    def notes(
        self, table: TableState, stream: StreamState, start: int, since: float, limit: int
    ) -> Iterator[StreamRow]:
        """At most `limit` changes from number `start` on that are not older than `since`."""
        statement = _NOTES.format(table=table.number, part=stream.number)
        for row in self._connection.execute(statement, (start, since, limit)):
            yield StreamRow(*row)

    def trim(self, table: TableState, stream: StreamState, before: float) -> None:
        """Forget the changes before `before`, but for the last: the next one is numbered by it."""
        last = self.next_note(table, stream) - 1
        self._connection.execute(_TRIM.format(table=table.number, part=stream.number), (last, before))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _move(self, table: TableState, key: Key, old: Item | None, new: Item | None) -> None:
        for index in table.indexes:
            before = None if old is None else index.key.of(old)
            after = None if new is None else index.key.of(new)
            if before == after:
                continue
            names = {"table": table.number, "part": index.number}
            if before is not None:
                self._connection.execute(_LEAVE.format(**names), (*before, *key))
            if after is not None:
                self._connection.execute(_ENTER.format(**names), (*after, *key))

    def _note(
        self, table: TableState, stream: StreamState, item: Item, new: bytes | None, old: bytes | None, now: float
    ) -> None:
        number = self.next_note(table, stream)
        row = (
            number,
            now,
            "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            orjson.dumps(table.key.part(item)),
            new if stream.view in {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"} else None,
            old if stream.view in {"OLD_IMAGE", "NEW_AND_OLD_IMAGES"} else None,
        )
        self._connection.execute(_NOTE.format(table=table.number, part=stream.number), row)
        self._next[table.number, stream.number] = number + 1


def _where(span: Span, columns: Sequence[str]) -> tuple[str, list[int | bytes]]:
    slot, hashed, ranged = columns[:3]
    conditions: list[str] = []
    parameters: list[int | bytes] = []

    def must(condition: str, *values: int | bytes) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if span.slots is not None:
        must(f"{slot} >= ? AND {slot} < ?", *span.slots)
    if span.hash is not None:
        must(f"{slot} = ? AND {hashed} = ?", slot_of(span.hash), span.hash)
    if span.low is not None:
        must(f"{ranged} {'>' if span.low_excluded else '>='} ?", span.low)
    if span.high is not None:
        must(f"{ranged} {'<' if span.high_excluded else '<='} ?", span.high)
    if span.after is not None:
        rest = columns[2:] if span.hash is not None else columns
        marks = ", ".join("?" * len(rest))
        sign = ">" if span.forward else "<"
        must(f"({', '.join(rest)}) {sign} ({marks})", *span.after[-len(rest) :])
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", parameters
