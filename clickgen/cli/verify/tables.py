"""Options of the places that are tables in an engine that answers SQL."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from clickgen.cli.options import DURATION

if TYPE_CHECKING:
    from clickgen.cli.verify.subject import Subject
    from clickgen.verify.landing import Landing
    from clickgen.verify.sql.collect import Price
    from clickgen.verify.sql.planes import Source
    from clickgen.verify.sql.query import Query

_ASSUMED_BUFFER_S = 300


class TableOptions(NamedTuple):
    """What every table can be asked for."""

    table: str
    id_column: str | None
    where: str | None
    query_timeout: float

    def source(self, id_field: str) -> "Source":
        """Where the events are. id_field: the run's, for where no column was named."""
        from clickgen.verify.sql.dialect import quoted  # noqa: PLC0415  # --help must not wait for numpy
        from clickgen.verify.sql.planes import Source  # noqa: PLC0415

        column = quoted(self.id_column or id_field, "--id-column")
        return Source(quoted(self.table, "--table"), column, self.where)

    def landing(
        self, subject: "Subject", query: "Query", cost: "Callable[[Price], str] | None" = None
    ) -> "Landing":
        """The table as a place that the run's events land in. cost: says what asking has cost, where it does."""
        from clickgen.verify.sql.table import Table  # noqa: PLC0415

        plan = subject.plan
        buffer = _ASSUMED_BUFFER_S if plan.place is None else plan.place.buffer_seconds
        table = Table(query, self.source(plan.id_field), plan.run, buffer, subject.tell, cost)
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
