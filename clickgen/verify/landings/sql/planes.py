"""Which events a table holds, queried in SQL as bit planes: one bit an event, 64 events a block.

The verdict needs the number of every event that is there. Fetching ids would cost a row an event: a billion rows
through an API that gives a thousand a page. So the engine computes the set. An id holds lane, variant and number
in 52 consecutive bits, its *place*. Of each row

    block = place / 64        bit = 1 << (place mod 64)

and `GROUP BY block` with a bitwise OR of the bits gives one 64-bit word for 64 numbers, a *plane*, beside
`count(*)`, how many rows the block has. A row of an answer holds up to eight planes, as some engines take longer
to hand over a row than to compute one. The size of an answer depends on how many blocks the events are in, not on
how many rows there are: a billion events of a few lanes are 15.6 million blocks, two million rows.

An example, with blocks of 4 instead of 64. Rows with the numbers 0, 1, 1, 2, 3, 9 of a lane become

    block 0: plane 1111, 5 rows      block 2: plane 0010, 1 row

Block 2 is settled: one bit, one row. Block 0 has more rows than bits, so some event is there more than once. Only
for such blocks a second query (`twice`) keeps the places with HAVING count(*) > 1, again as planes: 0010, 2 rows.
Two rows for one bit: 1 is there exactly twice, else a third query (`more`) would list the few events with three or
more rows, each with its count. `collect.py` asks these in turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clickgen.model.event_id import MAX_NUMBER
from clickgen.verify.landings.sql.dialect import BLOCK_EVENTS, Dialect
from clickgen.verify.proof.found.landing import Event

CORRUPT, OTHER_RUN, FOREIGN = -1, -2, -3
LANE_AT, NUMBER = 40, MAX_NUMBER  # in a place: the position of the lane's lowest bit, the mask of the number
_VARIANT = 2 << 38


def place_of(event: Event) -> int:
    """Lane, variant and number as the integer that engines make of an id."""
    lane, number = event
    return lane << LANE_AT | _VARIANT | number


def event_of(place: int) -> Event:
    """The lane and number of a place."""
    return place >> LANE_AT, place & NUMBER


@dataclass(frozen=True, slots=True)
class IdColumnSource:
    """Where events are looked for, as pieces of SQL."""

    table: str  # what follows FROM
    column: str  # the expression of the id's column
    where: str | None = None  # a condition on the rows, if any
    part: str = "0"  # an integer expression that tells parts of the table apart, each with planes of its own
    row: str = "NULL"  # one that numbers the rows of a part, if there is one


class Questions:
    """The queries about a run's events, in an engine's SQL. row_events: how many events a row of planes covers."""

    def __init__(self, dialect: Dialect, source: IdColumnSource, run: str) -> None:
        self.row_events = BLOCK_EVENTS * dialect.blocks
        self._dialect = dialect
        self._source = source
        self._run = run

    def planes(self) -> str:
        """All rows: part, block, planes, copies, every value an integer.

        block: the places of the run's events (lane, variant, number) divided by `row_events`. planes: a bit for
        each place of the block, in words of 64. copies: how many rows of the table are in it. Instead of blocks,
        CORRUPT counts what begins as an id of the run and is not one, OTHER_RUN other runs' ids, FOREIGN the rest.
        """
        dialect = self._dialect
        others = (
            f"WHEN {dialect.begins(self._run)} THEN {CORRUPT}"
            f" WHEN {dialect.is_id()} THEN {OTHER_RUN} ELSE {FOREIGN} END"
        )
        block = f"CASE WHEN own THEN {dialect.quotient('place', self.row_events)} {others}"
        return self._grouped(f"SELECT part, place, own, {block} AS block FROM ({self._places()}) AS p", "count(*)")

    def twice(self, blocks: Sequence[int] | None) -> str:
        """As `planes`, of only those events that are there several times. blocks: in these; None: in all."""
        block = self._dialect.quotient("place", self.row_events)
        repeated = (
            f"SELECT part, place, TRUE AS own, {block} AS block, copies FROM ({self._repeated(blocks, 1)}) AS r"
        )
        return self._grouped(repeated, "sum(copies)")

    def more(self, blocks: Sequence[int] | None) -> str:
        """Part, place and copies of events that are there more than twice. blocks: as for `twice`."""
        return self._repeated(blocks, 2)

    def corrupt(self, limit: int) -> str:
        """Part, row and text of some rows that begin as an id of the run and are not one."""
        rows = f"SELECT part, position, id, own FROM ({self._places(', position')}) AS p"
        return f"{rows} WHERE {self._dialect.begins(self._run)} AND own IS NOT TRUE LIMIT {limit}"

    def rows_of(self, places: Sequence[int]) -> str:
        """Part, row and place of the rows that hold the events with these places, in the order of rows."""
        listed = ", ".join(map(str, places))
        rows = f"SELECT part, position, place FROM ({self._places(', position')}) AS p"
        return f"{rows} WHERE place IN ({listed}) ORDER BY part, position"

    def _grouped(self, places: str, copies: str) -> str:
        """Blocks with their planes, of a SELECT of part, place, own, block and what `copies` adds up."""
        dialect = self._dialect
        bit = dialect.bit("place")
        word = dialect.quotient("place", BLOCK_EVENTS)
        planes = ""
        for position in range(dialect.blocks):
            here = f"own AND mod({word}, {dialect.blocks}) = {position}" if dialect.blocks > 1 else "own"
            planes += dialect.either(f"CASE WHEN {here} THEN {bit} ELSE 0 END") + f" AS plane{position}, "
        return f"SELECT part, block, {planes}{copies} AS copies FROM ({places}) AS b GROUP BY part, block"

    def _repeated(self, blocks: Sequence[int] | None, most: int) -> str:
        block = self._dialect.quotient("place", self.row_events)
        among = "place IS NOT NULL" if blocks is None else f"{block} IN ({', '.join(map(str, blocks))})"
        return (
            f"SELECT part, place, count(*) AS copies FROM ({self._places()}) AS p WHERE {among}"
            f" GROUP BY part, place HAVING count(*) > {most}"
        )

    def _places(self, also: str = "") -> str:
        """Every row, with the place of the run's event in it or NULL. also: further columns."""
        is_own = self._dialect.is_own(self._run)
        own = f"SELECT part, id, parsed, {is_own} AS own{also} FROM ({self._ids()}) AS i"
        # engines fail on what are not digits, so the CASE has to come first
        place = f"CASE WHEN own THEN {self._dialect.place()} END AS place"
        return f"SELECT part, id, parsed, own, {place}{also} FROM ({own}) AS o"

    def _ids(self) -> str:
        source, dialect = self._source, self._dialect
        where = f" WHERE {source.where}" if source.where else ""
        rows = f"SELECT {source.part} AS part, {source.row} AS position, {dialect.text(source.column)} AS id"
        parsed = f"SELECT part, position, id, {dialect.parsed()} AS parsed"
        return f"{parsed} FROM ({rows} FROM {source.table}{where}) AS t"
