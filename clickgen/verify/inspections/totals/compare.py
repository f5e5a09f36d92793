"""Comparing the rows of a query with what the run says they should be. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from clickgen.expect.answers import Answers
from clickgen.expect.question import DAY, HOUR, MINUTE, PARTS_OF_TIME
from clickgen.ledger.ending import Shortfall
from clickgen.model.errors import ExitCode, UsageProblem
from clickgen.verify.inspections.totals.columns import Columns

_DAY_LENGTH, _MINUTE_LENGTH = len("2026-11-21"), len("2026-11-21T14:05")
_NO_TIME = time()


class TotalsVerdict(StrEnum):
    """What totals show. That they agree does not prove that every event is there, so they are never verified."""

    COUNTED = "counted"  # all totals agree
    INCOMPLETE = "incomplete"  # they do not, but the run goes on; or they do, but the run did not end as planned
    ANOMALOUS = "anomalous"  # they do not agree

    @property
    def exit_code(self) -> ExitCode:
        return _EXIT_CODES[self]


_EXIT_CODES = {
    TotalsVerdict.COUNTED: ExitCode.OK,
    TotalsVerdict.INCOMPLETE: ExitCode.INCOMPLETE,
    TotalsVerdict.ANOMALOUS: ExitCode.LOST,
}

Group = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of a group that is not what it should be."""

    group: Group
    measure: str
    expected: Decimal
    got: Decimal

    def to_json(self, by: Sequence[str]) -> dict[str, Any]:
        return {
            "group": dict(zip(by, self.group, strict=True)),
            "measure": self.measure,
            "expected": _number(self.expected),
            "got": _number(self.got),
            "difference": _number(self.got - self.expected),
        }


@dataclass(frozen=True, slots=True)
class TotalsReport:
    """How totals compare."""

    run: str
    verdict: TotalsVerdict
    by: tuple[str, ...]
    measures: tuple[str, ...]
    groups: int  # how many were expected
    differences: Sequence[Difference]  # in groups that are on both sides
    missing: Sequence[Group]  # groups that the query lacks
    surplus: Sequence[Group]  # groups that it should not have
    tolerance: float  # the share of an expected measure that may be off
    accepted: int  # events by the ledger
    unknown: int
    scanned_bytes: int | None = None  # by the query, if its engine says so
    cost_usd: float | None = None
    shortfall: Shortfall | None = None  # why the run itself is not a success, if it is not
    resume: str | None = None  # the command that goes on with the run, if anything can

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "verdict": self.verdict.value,
            "by": list(self.by),
            "measures": list(self.measures),
            "differences": [difference.to_json(self.by) for difference in self.differences],
            "missing": [dict(zip(self.by, group, strict=True)) for group in self.missing],
            "surplus": [dict(zip(self.by, group, strict=True)) for group in self.surplus],
            "shortfall": None if self.shortfall is None else self.shortfall.value,
        }


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a query said, and what its engine says of it."""

    rows: Iterable[Sequence[Any]]
    scanned_bytes: int | None = None
    cost_usd: float | None = None


def compare_totals(
    answers: Answers,
    got: QueryResult,
    columns: Columns,
    *,
    unknown: int = 0,
    tolerance: float = 0.0,
    resume: str | None = None,
) -> TotalsReport:
    """Compare a query's rows with the answers, whose dimensions are the columns'.

    unknown: events of unknown fate, which may be there or not. resume: the command that goes on with the run. A
    group of which nothing was expected may be missing. Raises UsageProblem if two rows are of one group, a measure
    is not a number, or the answers have none of its name.
    """
    measures = tuple(columns.measures)
    expected = _expected(answers, measures)
    found = _found(got.rows, columns, measures)
    differences = [
        Difference(group, name, wanted, there)
        for group, figures in expected.items()
        if group in found
        for name, wanted, there in zip(measures, figures, found[group], strict=True)
        if abs(there - wanted) > Decimal(str(tolerance)) * wanted
    ]
    missing = [group for group, figures in expected.items() if group not in found and any(figures)]
    surplus = [group for group, figures in found.items() if group not in expected and any(figures)]
    verdict = TotalsVerdict.COUNTED if answers.shortfall is None else TotalsVerdict.INCOMPLETE
    if differences or missing or surplus:
        verdict = TotalsVerdict.INCOMPLETE if answers.live else TotalsVerdict.ANOMALOUS
    return TotalsReport(
        run=answers.run,
        verdict=verdict,
        by=answers.by,
        measures=measures,
        groups=len(expected),
        differences=differences,
        missing=missing,
        surplus=surplus,
        tolerance=tolerance,
        accepted=answers.accepted,
        unknown=unknown,
        scanned_bytes=got.scanned_bytes,
        cost_usd=got.cost_usd,
        shortfall=answers.shortfall,
        resume=resume,
    )


def within_times(answers: Answers, rows: Iterable[Sequence[Any]], columns: Columns) -> list[Sequence[Any]]:
    """The rows but for those of times (days, hours, minutes) of which nothing is expected."""
    times = [(name, place) for name, place in columns.by.items() if name in PARTS_OF_TIME]
    expected = {tuple(_word(name, row.words[answers.by.index(name)]) for name, _ in times) for row in answers.rows}
    return [row for row in rows if tuple(_word(name, row[place]) for name, place in times) in expected]


def _expected(answers: Answers, measures: Sequence[str]) -> dict[Group, list[Decimal]]:
    for name in measures:
        if name not in answers.measures:
            raise UsageProblem(
                f"there is no {name} to compare with", f"of this run there are: {', '.join(answers.measures)}"
            )
    places = [answers.measures.index(name) for name in measures]
    return {
        _group(answers.by, row.words): [Decimal(row.figures[place]) for place in places] for row in answers.rows
    }


def _found(rows: Iterable[Sequence[Any]], columns: Columns, measures: Sequence[str]) -> dict[Group, list[Decimal]]:
    by = tuple(columns.by)
    found: dict[Group, list[Decimal]] = {}
    for row in rows:
        group = _group(by, [row[place] for place in columns.by.values()])
        if group in found:
            of = ", ".join(f"{name} {word}" for name, word in zip(by, group, strict=True)) or "the totals"
            raise UsageProblem(f"the query has two rows of {of}", "let it group by its dimensions and no others")
        found[group] = [_figure(name, row[columns.measures[name]]) for name in measures]
    return found


def _figure(name: str, value: Any) -> Decimal:
    """A measure; an empty value, as the sum of no rows is, is 0."""
    if value is None or value == "":
        return Decimal(0)
    try:
        return Decimal(str(value))
    except InvalidOperation as problem:
        raise UsageProblem(
            f"the column of {name} holds {value!r}, which is not a number",
            f"name another one: --column {name}=COLUMN",
        ) from problem


def _group(by: Sequence[str], words: Iterable[Any]) -> Group:
    return tuple(_word(name, word) for name, word in zip(by, words, strict=True))


def _word(name: str, word: Any) -> str | None:
    """A word as text, so that what engines write differently is the same; an empty one is None."""
    if word is None or word == "":
        return None
    if isinstance(word, bool):
        return str(word).lower()
    if isinstance(word, float | Decimal):
        return format(Decimal(str(word)).normalize(), "f")
    if isinstance(word, datetime) and word.time() == _NO_TIME:
        word = word.date()
    text = word.isoformat() if isinstance(word, date) else str(word)
    if name == DAY:
        return text[:_DAY_LENGTH]
    if name == MINUTE:
        return text[:_MINUTE_LENGTH].replace(" ", "T")
    return str(int(text)) if name == HOUR and text.isdecimal() else text


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
