"""The SQL that counts, over a table of a run's events, what the run itself says should be there."""

from collections.abc import Iterator
from dataclasses import dataclass

from clickgen.expect.dimensions import LocalClock, dimension_named
from clickgen.expect.funnel import steps_of
from clickgen.expect.question import (
    DAY,
    HITS,
    HOUR,
    ORDERS,
    PARTS_OF_TIME,
    REVENUE,
    SESSIONS,
    USERS,
    Question,
    of_step,
)
from clickgen.expect.simulated import measures_of
from clickgen.expect.spelling import ROW, Spelling, identifier, text
from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import needle
from clickgen.model.plan import Plan
from clickgen.profile.tables import Tables
from clickgen.schema.carried import Carried
from clickgen.schema.facts import Vocabulary
from clickgen.schema.registry import carried_by
from clickgen.schema.sources import VIEW
from clickgen.traffic.simulation import vocabulary_of


@dataclass(frozen=True, slots=True)
class EventTable:
    """A table whose columns are those of a run's events."""

    name: str  # with its schema or database before it
    has_id: bool = True  # it has the event's id, which excludes other runs and duplicates; else all rows count
    id_column: str | None = None  # where that is, unless it is where the events carry it
    where: str | None = None  # SQL that holds for the rows to count
    columns: frozenset[str] | None = (
        None  # those that it has, in lower case, or None if it has all that events have
    )

    @property
    def quoted(self) -> str:
        """Its name, as SQL has it."""
        return ".".join(identifier(part) for part in self.name.split("."))


@dataclass(frozen=True, slots=True)
class Written:
    """A query. measures: what it counts. left_out: what the events of the schema do not carry.

    absent: columns that the table lacks, in place of which nothing is counted.
    """

    sql: str
    measures: tuple[str, ...]
    left_out: tuple[str, ...]
    absent: tuple[str, ...] = ()


def written(plan: Plan, tables: Tables, question: Question, spelling: Spelling, table: EventTable) -> Written:
    """The query that answers a question over a table.

    Raises UsageProblem if the events do not carry a dimension, or if the engine has no expression for it.
    """
    return _Writer(plan, vocabulary_of(tables), question, spelling, table).written()


class _Writer:
    def __init__(
        self, plan: Plan, vocabulary: Vocabulary, question: Question, spelling: Spelling, table: EventTable
    ) -> None:
        self._plan, self._vocabulary, self._question, self._sql = plan, vocabulary, question, spelling
        self._table = table
        self._absent: list[str] = []
        self._carried: Carried = carried_by(plan.event_schema)
        self._schema = plan.event_schema if isinstance(plan.event_schema, str) else "of this profile"

    def written(self) -> Written:
        inner, counted = dict(self._inner()), dict(self._counted())
        wanted = measures_of(self._question, self._vocabulary)
        measures = tuple(name for name in wanted if name in counted)
        outer = [identifier(name) for name in self._question.by]
        outer += [f"{counted[name]} AS {identifier(name)}" for name in measures]
        places = ", ".join(str(place) for place in range(1, len(self._question.by) + 1))
        lines = [
            "WITH events AS (",
            "  SELECT DISTINCT" if self._table.has_id else "  SELECT",
            ",\n".join(f"    {expression} AS {name}" for name, expression in inner.items()),
            f"  FROM {self._table.quoted} AS {ROW}",
            *self._where(),
            ")",
            "SELECT",
            ",\n".join(f"  {column}" for column in outer),
            "FROM events",
            *([f"GROUP BY {places}", f"ORDER BY {places}"] if places else []),
        ]
        left_out = tuple(name for name in wanted if name not in counted)
        return Written("\n".join(lines) + "\n", measures, left_out, tuple(dict.fromkeys(self._absent)))

    def _at(self, path: str, *, grouped: bool = False) -> str:
        """The expression of a column, or nothing if the table lacks it: a crawler finds none that no event had."""
        column = path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
        if self._table.columns is not None and column.lower() not in self._table.columns:
            self._absent.append(column)
            return "CAST(NULL AS VARCHAR)"
        return self._sql.text_at(path) if grouped else self._sql.at(path)

    def _where(self) -> list[str]:
        conditions = []
        if self._table.has_id:
            conditions.append(f"{self._id()} LIKE {text(needle(self._plan.run).decode() + '%')}")
        if self._table.where:
            conditions.append(f"({self._table.where})")
        return [f"  {word} {condition}" for word, condition in zip(("WHERE", "  AND"), conditions, strict=False)]

    def _id(self) -> str:
        column = self._table.id_column or self._carried.event_id
        if column is None:
            raise UsageProblem(
                f"events of the schema {self._schema} are lines without columns that have names",
                "compare a query of your own: clickgen verify PLACE totals --query FILE",
            )
        return f"CAST({self._sql.at(column)} AS VARCHAR)"

    def _inner(self) -> Iterator[tuple[str, str]]:
        """The columns of an event that are used, by their names in the outer query."""
        carried, at = self._carried, self._at
        yield "the_event", self._id() if self._table.has_id else "1"
        for name in self._question.by:
            yield identifier(name), self._dimension(name)
        if carried.visitor:
            yield "the_visitor", at(carried.visitor)
        if carried.session:
            parts = [f"CAST({at(path)} AS VARCHAR)" for path in carried.session]
            yield "the_session", " || '.' || ".join(parts)
        if carried.order:
            yield "the_order", f"NULLIF(CAST({at(carried.order)} AS VARCHAR), '')"
        if carried.revenue:
            yield "the_revenue", at(carried.revenue)
        if self._question.funnel or self._question.steps:
            column = carried.column("event_type", self._vocabulary)
            if column is not None:
                yield "the_type", self._at(column.path, grouped=True)

    def _dimension(self, name: str) -> str:
        if name in PARTS_OF_TIME:
            if self._carried.time is None:
                raise UsageProblem(f"events of the schema {self._schema} carry no time", f"leave out {name}")
            local = self._sql.local(self._carried.time, self._question.zone)
            if name == HOUR:
                return f"CAST(EXTRACT(HOUR FROM {local}) AS INTEGER)"
            return (self._sql.day if name == DAY else self._sql.minute).format(local)
        column = self._carried.column(name, self._vocabulary)
        if column is None:
            dimension_named(name, self._carried, self._vocabulary, LocalClock("UTC"))  # says what is wrong with it
            raise UsageProblem(
                f"events of the schema {self._schema} do not carry {name}",
                "leave it out, or compare a query of your own that joins it: --query FILE",
            )
        return self._at(column.path, grouped=True)

    def _counted(self) -> Iterator[tuple[str, str]]:
        """The measures that the events carry."""
        carried = self._carried
        yield HITS, "COUNT(*)"
        ids = {USERS: "the_visitor"} if carried.visitor else {}
        ids |= {SESSIONS: "the_session"} if carried.session else {}
        for what, column in ids.items():
            yield what, f"COUNT(DISTINCT {column})"
        if carried.order:
            yield ORDERS, "COUNT(DISTINCT the_order)"
        if carried.order and carried.revenue:
            paid = "CASE WHEN the_order IS NOT NULL THEN CAST(the_revenue AS DECIMAL(18, 2)) ELSE 0 END"
            yield REVENUE, f"SUM({paid})"
        for step, condition in self._steps():
            for what, column in ids.items():
                yield of_step(step, what), f"COUNT(DISTINCT CASE WHEN {condition} THEN {column} END)"

    def _steps(self) -> Iterator[tuple[str, str]]:
        """The condition for an event of each step of the funnel, if there is one."""
        pages = self._vocabulary.pages
        for step, on_page in steps_of(self._question, self._vocabulary).items():
            of_step_ = {page.name for page, is_step in zip(pages, on_page.tolist(), strict=True) if is_step}
            types = self._types_of(of_step_)
            if types:
                yield step, f"the_type IN ({', '.join(map(text, types))})"
            elif self._carried.order and all(page.cart == "order" for page in pages if page.name in of_step_):
                yield step, "the_order IS NOT NULL"

    def _types_of(self, pages: set[str]) -> list[str]:
        """The event types of these pages and no others; none if event types cannot tell them apart."""
        column = self._carried.column("event_type", self._vocabulary)
        if column is None or column.value.source is not VIEW:
            return []
        types: dict[bool, set[object]] = {True: set(), False: set()}
        for view in VIEW.words(self._vocabulary):
            types[view.page.name in pages].add(column.value.of(view))
        if None in types[True] or types[True] & types[False]:
            return []
        return sorted(str(name) for name in types[True])
