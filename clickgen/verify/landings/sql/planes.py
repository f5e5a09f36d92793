# ruff: noqa: S608  # names in the SQL are quoted
"""Which events stand in a table, asked for in SQL: bit planes, one bit an event, 64 events a block.

The size of an answer depends on how many blocks the events are in, not on how many events there are: a billion
of a few lanes are 15.6 million blocks, and a row of an answer holds up to eight of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clickgen.model.event_id import MAX_NUMBER
from clickgen.verify.landings.sql.dialect import BLOCK_EVENTS, Dialect
from clickgen.verify.proof.found.landing import Event

CORRUPT, OTHER_RUN, FOREIGN = -1, -2, -3
LANE_AT, NUMBER = 40, MAX_NUMBER  # in a place: the lane's lowest bit, the number's bits
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
    """Where events are asked for. table: what stands behind FROM. column: the expression of the id's column.

    where: a condition on the rows, if any. part: an integer expression that tells parts of the table apart, each
    of which gets its own planes. row: one that numbers the rows of a part, where there is one.
    """

    table: str
    column: str
    where: str | None = None
    part: str = "0"
    row: str = "NULL"


class Questions:
    """What is asked about the events of a run, in an engine's SQL.

    row_events: how many events a row of planes stands for.
    """

    def __init__(self, dialect: Dialect, source: IdColumnSource, run: str) -> None:
        self.row_events = BLOCK_EVENTS * dialect.blocks
        self._dialect = dialect
        self._source = source
        self._run = run

    def planes(self) -> str:
        """All rows: part, block, planes, copies, every value an integer.

        block: the places of the run's events (lane, variant, number) divided by `row_events`. planes: a bit for
        each place of the block, in words of 64. copies: how many rows of the table are in it. Instead of blocks,
        CORRUPT counts what begins as an id of the run and is none, OTHER_RUN other runs' ids, FOREIGN the rest.
        """
        dialect = self._dialect
        others = (
            f"WHEN {dialect.begins(self._run)} THEN {CORRUPT}"
            f" WHEN {dialect.is_id()} THEN {OTHER_RUN} ELSE {FOREIGN} END"
        )
        block = f"CASE WHEN own THEN {dialect.quotient('place', self.row_events)} {others}"
        return self._grouped(f"SELECT part, place, own, {block} AS block FROM ({self._places()}) AS p", "count(*)")

    def twice(self, blocks: Sequence[int] | None) -> str:
        """As `planes`, of those events only that stand there several times. blocks: in these; None: in all."""
        block = self._dialect.quotient("place", self.row_events)
        repeated = (
            f"SELECT part, place, TRUE AS own, {block} AS block, copies FROM ({self._repeated(blocks, 1)}) AS r"
        )
        return self._grouped(repeated, "sum(copies)")

    def more(self, blocks: Sequence[int] | None) -> str:
        """Part, place and copies of events that stand there more than twice. blocks: as for `twice`."""
        return self._repeated(blocks, 2)

    def corrupt(self, limit: int) -> str:
        """Part, row and text of what begins as an id of the run and is none: some of them."""
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
        """Every row, with the place of the run's event in it, NULL where there is none. also: further columns."""
        is_own = self._dialect.is_own(self._run)
        own = f"SELECT part, id, parsed, {is_own} AS own{also} FROM ({self._ids()}) AS i"
        # engines fail on what are no digits, so the CASE has to come before them
        place = f"CASE WHEN own THEN {self._dialect.place()} END AS place"
        return f"SELECT part, id, parsed, own, {place}{also} FROM ({own}) AS o"

    def _ids(self) -> str:
        source, dialect = self._source, self._dialect
        where = f" WHERE {source.where}" if source.where else ""
        rows = f"SELECT {source.part} AS part, {source.row} AS position, {dialect.text(source.column)} AS id"
        parsed = f"SELECT part, position, id, {dialect.parsed()} AS parsed"
        return f"{parsed} FROM ({rows} FROM {source.table}{where}) AS t"
