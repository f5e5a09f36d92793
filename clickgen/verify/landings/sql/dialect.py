"""How engines write what standard SQL does not have, as far as event ids are concerned."""

from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import needle

BLOCK_EVENTS = 64
ID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

# lane (3 digits), variant and high bits of the number (4), low bits of the number (6)
_PLACE_DIGITS = "substring(id, 16, 3) || substring(id, 20, 4) || substring(id, 25, 6)"


class Dialect:
    """The SQL of one engine, as expressions over an id that was read: `id`, as text, and `parsed`.

    name: the engine's. blocks: how many blocks of 64 events a row of an answer holds; several if a row costs more
    to fetch than to compute.
    """

    name = ""
    blocks = 8

    def text(self, column: str) -> str:
        """A column as text, in small letters if the engine distinguishes upper and lower case."""
        return f"lower(CAST({column} AS varchar))"

    def parsed(self) -> str:
        """What of `id` is worth computing once a row."""
        return "id"

    def is_id(self) -> str:
        """Whether all of it is an event id of any run."""
        raise NotImplementedError

    def is_own(self, run: str) -> str:
        """Whether all of it is an event id of this run."""
        return f"{self.is_id()} AND {self.begins(run)}"

    def begins(self, run: str) -> str:
        """Whether it begins as an id of this run."""
        return f"id LIKE {literal(needle(run).decode() + '%')}"

    def place(self) -> str:
        """Lane, variant and number of a whole id, as one integer of 52 bits."""
        raise NotImplementedError

    def bit(self, number: str) -> str:
        """The 64-bit integer of which one bit is set: that of a number within its block."""
        return f"CAST(1 AS bigint) << CAST(mod({number}, {BLOCK_EVENTS}) AS integer)"

    def either(self, bits: str) -> str:
        """The aggregate that joins 64-bit integers by a bitwise or."""
        return f"bit_or({bits})"

    def quotient(self, number: str, by: int) -> str:
        """A non-negative integer, divided by a power of two and rounded down."""
        return f"{number} / {by}"


class _DuckDB(Dialect):
    """DuckDB. A cast to UUID reads digits faster than substring does, and accepts every spelling of one."""

    name = "duckdb"
    blocks = 1

    def text(self, column: str) -> str:
        return f"CAST({column} AS VARCHAR)"

    def parsed(self) -> str:
        return "TRY_CAST(id AS UUID)::UHUGEINT"

    def is_id(self) -> str:
        return _masked(0xF << 14 | 3, 8 << 14 | 2)

    def is_own(self, run: str) -> str:
        return _masked(((1 << 52) - 1) << 14 | 3, (int(run, 16) << 4 | 8) << 14 | 2)

    def place(self) -> str:
        return f"((parsed >> 24) & {(1 << 52) - 1}::UHUGEINT)::BIGINT"

    def bit(self, number: str) -> str:
        return f"1::UBIGINT << ({number} & {BLOCK_EVENTS - 1})::UBIGINT"

    def quotient(self, number: str, by: int) -> str:
        return f"({number} >> {by.bit_length() - 1})"


def _masked(mask: int, value: int) -> str:
    """Whether run, version, lane and variant of an id, everything but the number, have this value under a mask."""
    return f"(parsed >> 62) & {mask}::UHUGEINT = {value}::UHUGEINT"


class _Trino(Dialect):
    """Trino, which Athena runs on."""

    name = "trino"

    def is_id(self) -> str:
        return f"regexp_like(id, {literal(ID_PATTERN)})"

    def place(self) -> str:
        return f"from_base({_PLACE_DIGITS}, 16)"

    def bit(self, number: str) -> str:
        return f"bitwise_left_shift(CAST(1 AS bigint), mod({number}, {BLOCK_EVENTS}))"

    def either(self, bits: str) -> str:
        return f"bitwise_or_agg({bits})"


class _Redshift(Dialect):
    """Amazon Redshift."""

    name = "redshift"

    def is_id(self) -> str:
        return f"id ~ {literal(ID_PATTERN)}"

    def place(self) -> str:
        return f"strtol({_PLACE_DIGITS}, 16)"


class _PostgreSQL(_Redshift):
    """PostgreSQL, from which Redshift stems, but for the reading of hexadecimal digits."""

    name = "postgresql"

    def place(self) -> str:
        return f"CAST(CAST('x' || {_PLACE_DIGITS} AS bit(52)) AS bigint)"


DUCKDB, TRINO, REDSHIFT, POSTGRESQL = _DuckDB(), _Trino(), _Redshift(), _PostgreSQL()


def quoted(name: str, option: str) -> str:
    """A dotted name (a table of a database, a field of a struct) with its parts quoted.

    option: where the name was given, for the UsageProblem that an empty part raises.
    """
    parts = name.split(".")
    if not all(part.strip() for part in parts):
        raise UsageProblem(f"{option} {name!r} has an empty part", "write names with single dots between them")
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
