"""A table as a place that events land in: one question for all of it, and more where events stand there twice."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from clickgen.verify.landings.sql.collect import ScanCost, collect
from clickgen.verify.landings.sql.dialect import quoted
from clickgen.verify.landings.sql.planes import IdColumnSource, Questions
from clickgen.verify.landings.sql.query import Query
from clickgen.verify.landings.station import TableStation
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Asking, Event, Landing, Spot
from clickgen.verify.proof.run_under_test import RunUnderTest

_ASSUMED_BUFFER_S = 300


class SqlTableLanding:
    """A table in an engine that answers SQL. Every look asks for all of it.

    Ids alone are compared, content is not. A table does not say when or where something landed in it.
    """

    content_checked = False

    def __init__(
        self,
        query: Query,
        source: IdColumnSource,
        run: str,
        buffer_seconds: int,
        tell: Callable[[Asking], None],
        cost: Callable[[ScanCost], str] | None = None,
    ) -> None:
        """cost: says what a look has cost, where asking costs anything."""
        self._query = query
        self._questions = Questions(query.dialect, source, run)
        self._buffer_seconds = buffer_seconds
        self._tell = tell
        self._cost = cost

    @property
    def name(self) -> str:
        """The table's, as the engine is called."""
        return self._query.name

    @property
    def buffer_seconds(self) -> int:
        """What was given."""
        return self._buffer_seconds

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:  # noqa: ARG002  # a table is asked for what it holds now
        """What the table holds now, as one object of the bytes that were scanned for it."""
        self._tell(Asking(self.name, "asking"))
        found = ObjectFindings(self.name, 0, 0)
        price = collect(self._query, self._questions, [found])
        found.size = price.scanned_bytes
        if self._cost is not None:
            self._tell(Asking(self.name, f"{self._cost(price)} for asking"))
        return iter([found])

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:  # noqa: ARG002  # Landing's
        """Nothing: rows of a table have no places."""
        return {}


def open_sql_table(
    station: TableStation, run: RunUnderTest, query: Query, cost: Callable[[ScanCost], str] | None = None
) -> Landing:
    """The table as a place that the run's events land in. cost: says what asking has cost, where it does."""
    plan = run.plan
    column = quoted(station.id_column or plan.id_field, "--id-column")
    source = IdColumnSource(quoted(station.table, "--table"), column, station.where)
    buffer = _ASSUMED_BUFFER_S if plan.place is None else plan.place.buffer_seconds
    return run.behind_a_parser(SqlTableLanding(query, source, plan.run, buffer, run.tell, cost))
