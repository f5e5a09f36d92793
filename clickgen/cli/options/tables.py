"""Options of the places that are tables in an engine that answers SQL."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from clickgen.cli.types import DURATION

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.verify.landings.sql.collect import ScanCost
    from clickgen.verify.landings.sql.planes import IdColumnSource
    from clickgen.verify.landings.sql.query import Query
    from clickgen.verify.proof.landing import Landing

_ASSUMED_BUFFER_S = 300


class TableOptions(NamedTuple):
    """What every table can be asked for."""

    table: str
    id_column: str | None
    where: str | None
    query_timeout: float

    def source(self, id_field: str) -> "IdColumnSource":
        """Where the events are. id_field: the run's, for where no column was named."""
        from clickgen.verify.landings.sql.dialect import quoted
        from clickgen.verify.landings.sql.planes import IdColumnSource

        column = quoted(self.id_column or id_field, "--id-column")
        return IdColumnSource(quoted(self.table, "--table"), column, self.where)

    def landing(
        self, subject: "RunUnderTest", query: "Query", cost: "Callable[[ScanCost], str] | None" = None
    ) -> "Landing":
        """The table as a place that the run's events land in. cost: says what asking has cost, where it does."""
        from clickgen.verify.landings.sql.table_landing import SqlTableLanding

        plan = subject.plan
        buffer = _ASSUMED_BUFFER_S if plan.place is None else plan.place.buffer_seconds
        table = SqlTableLanding(query, self.source(plan.id_field), plan.run, buffer, subject.tell, cost)
        return subject.behind_a_parser(table)


def table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `TableOptions`, which it gets as its argument `asked_table`."""

    @click.option("--table", required=True, help="The table, with its database or schema before it.")
    @click.option(
        "--id-column",
        help="Column that holds the event's id; a dotted path leads into structs.  [default: the run's id field]",
    )
    @click.option(
        "--where",
        help="Look only at rows for which this SQL holds: the partitions that can hold the run, say.",
    )
    @click.option(
        "--query-timeout", type=DURATION, default="30m", show_default=True, help="How long a question may take."
    )
    @wraps(command)
    def with_options(
        *, table: str, id_column: str | None, where: str | None, query_timeout: float, **others: Any
    ) -> None:
        command(asked_table=TableOptions(table, id_column, where, query_timeout), **others)

    return with_options
