"""A table as a place that events land in: one query for all of it, and more if events are there twice."""

from collections.abc import Callable, Iterator

from clickgen.verify.landings.sql.collect import ScanCost, collect
from clickgen.verify.landings.sql.dialect import quoted
from clickgen.verify.landings.sql.planes import IdColumnSource, Questions
from clickgen.verify.landings.sql.query import Query
from clickgen.verify.landings.station import TableStation
from clickgen.verify.landings.with_error_output import WithErrorOutput
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Asking, Landing
from clickgen.verify.proof.run_under_test import RunUnderTest

_ASSUMED_BUFFER_S = 300


class SqlTableLanding(Landing):
    """A table in an engine that answers SQL. Every look queries all of it.

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
        """cost: says what a look has cost, if queries cost anything."""
        self.name = query.name
        self.buffer_seconds = buffer_seconds
        self._query = query
        self._questions = Questions(query.dialect, source, run)
        self._tell = tell
        self._cost = cost

    def look(self, _now_ms: int) -> Iterator[ObjectFindings]:
        """What the table holds now, as one object of the bytes that were scanned for it."""
        self._tell(Asking(self.name, "asking"))
        found = ObjectFindings(self.name, 0, 0)
        price = collect(self._query, self._questions, [found])
        found.size = price.scanned_bytes
        if self._cost is not None:
            self._tell(Asking(self.name, f"{self._cost(price)} for asking"))
        return iter([found])


def open_sql_table(
    station: TableStation,
    run: RunUnderTest,
    query: Query,
    cost: Callable[[ScanCost], str] | None = None,
    errors: Landing | None = None,
) -> Landing:
    """The table as a place that the run's events land in.

    cost: says what asking has cost, where it does. errors: the error output of the stream that loads the table.
    """
    plan = run.plan
    column = quoted(station.id_column or plan.id_field, "--id-column")
    source = IdColumnSource(quoted(station.table, "--table"), column, station.where)
    buffer = _ASSUMED_BUFFER_S if plan.place is None else plan.place.buffer_seconds
    landing: Landing = SqlTableLanding(query, source, plan.run, buffer, run.tell, cost)
    return run.behind_a_parser(landing if errors is None else WithErrorOutput(landing, errors))
