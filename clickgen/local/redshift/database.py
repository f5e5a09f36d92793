"""What a database that stands for Redshift can do, whichever engine it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class SqlFailed(Exception):
    """A statement that the database refuses; the message is in its words, like `ERROR: relation "x" …`."""


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result. kind: Redshift's name of the type, like `int8`; length, scale as it reports them."""

    name: str
    kind: str
    length: int = 0
    scale: int = 0


@dataclass
class SqlResult:
    """What a statement gave.

    columns: None if it has no rows to give.
    rows: to be walked once.
    count: rows that were changed, or -1.
    """

    columns: list[ResultColumn] | None = None
    rows: Iterator[Sequence[Any]] = field(default_factory=lambda: iter(()))
    count: int = -1


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    kind: `integer`, `bigint`, `smallint`, `real`, `double precision`, `numeric`, `boolean`, `date`, `timestamp`,
    `timestamptz`, `varchar`, `char`, `super` or another.
    length: of text, in bytes; 0 if it has none. generated: whether the database fills it.
    """

    name: str
    kind: str
    length: int = 0
    nullable: bool = True
    generated: bool = False


class Session(Protocol):
    """One connection, for one statement after the other. Used in one thread."""

    def run(self, statement: str) -> SqlResult:
        """Carry out one statement of Redshift's; SqlFailed."""

    def columns(self, schema: str, table: str) -> list[TableColumn]:
        """The columns of a table in order; SqlFailed if there is none of that name."""

    def load(self, table: tuple[str, str], columns: Sequence[str], rows: Iterator[Sequence[str | None]]) -> int:
        """Add rows of texts to a table, all or none; how many. SqlFailed."""

    def cancel(self) -> None:
        """Stop the statement that runs, from another thread."""

    def close(self) -> None:
        """Let go of the connection."""


class Databases(Protocol):
    """All databases that stand for Redshift in one lake."""

    def session(self, database: str) -> Session:
        """A new connection to a database, made if it is not there. LocalProblem: none can be had, and why."""

    def names(self, prefix: str) -> list[str]:
        """The databases whose names begin so, without the prefix."""

    def close(self) -> None:
        """Stop what runs."""
