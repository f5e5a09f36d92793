"""JSON documents that a service keeps: by kind, by what they belong to, and by name, in SQLite.

What was put survives the death of the process, as the operating system has it by then; a power cut
may take the last of it. Several processes may share a file: a query beside a running server does.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.platform.inside import open_file

_BUSY_SECONDS = 10.0  # another process's longest transaction is a crawl's partitions
_TABLE = (
    "CREATE TABLE IF NOT EXISTS documents (kind TEXT, parent TEXT, name TEXT, body BLOB NOT NULL,"
    " PRIMARY KEY (kind, parent, name)) WITHOUT ROWID"
)

Document = dict[str, Any]


class Documents:
    """The documents in one file. Everything is read anew each time, so that other processes' changes are seen."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. LinkInTheWay if it is a link; OSError."""
        for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            if part == path or part.is_symlink():
                os.close(open_file(part, os.O_RDWR | os.O_CREAT))
        self._connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(_TABLE)

    def get(self, kind: str, parent: str, name: str) -> Document | None:
        """The document, or None if there is none."""
        row = self._connection.execute(
            "SELECT body FROM documents WHERE kind = ? AND parent = ? AND name = ?", (kind, parent, name)
        ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def put(self, kind: str, parent: str, name: str, document: Document) -> None:
        """Keep it, in place of the one of that name."""
        self._connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", (kind, parent, name, orjson.dumps(document))
        )

    def add(self, kind: str, parent: str, name: str, document: Document) -> bool:
        """Keep it if there is none of that name; whether it was kept."""
        added = self._connection.execute(
            "INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?)", (kind, parent, name, orjson.dumps(document))
        )
        return added.rowcount == 1

    def delete(self, kind: str, parent: str, name: str) -> bool:
        """Take it out; whether there was one."""
        deleted = self._connection.execute(
            "DELETE FROM documents WHERE kind = ? AND parent = ? AND name = ?", (kind, parent, name)
        )
        return deleted.rowcount == 1

    def delete_all(self, kind: str, parent: str) -> None:
        """Take out all of a kind that belong to `parent`."""
        self._connection.execute("DELETE FROM documents WHERE kind = ? AND parent = ?", (kind, parent))

    def all(self, kind: str, parent: str = "") -> list[tuple[str, Document]]:
        """Name and document of all of a kind that belong to `parent`, in the order of their names."""
        rows = self._connection.execute(
            "SELECT name, body FROM documents WHERE kind = ? AND parent = ? ORDER BY name", (kind, parent)
        )
        return [(name, orjson.loads(body)) for name, body in rows]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Changes that are all made, or none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
