"""What analytics should say of a run, put together from what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.expect.dimensions import Word
from clickgen.expect.question import HITS, REVENUE, Question
from clickgen.expect.tally import GroupedCounts
from clickgen.ledger.claims import Claims, LaneClaims
from clickgen.ledger.ending import Shortfall
from clickgen.model.plan import Plan

Figure = int | Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """A group: the words of its dimensions, and its measures."""

    words: tuple[Word, ...]
    figures: tuple[Figure, ...]


class Counted(Protocol):
    """Something that has counted events by the dimensions of a question."""

    measures: tuple[str, ...]

    def rows(self) -> list[Row]:
        """What was counted."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What analytics should say of a run, each event counted once."""

    run: str
    by: tuple[str, ...]  # the dimensions of the rows
    measures: tuple[str, ...]
    rows: Sequence[Row]  # in the order of their words
    accepted: int  # events that the ledger claims
    unknown: int  # those of unknown fate that count too
    malformed: int  # accepted, but damaged on purpose, so that they do not count
    zone: str
    currency: str  # of the revenue, "" if nothing is sold
    live: bool  # the run is still going
    shortfall: Shortfall | None = None  # why the run itself is not a success
    left_out: int = 0  # groups with fewer hits than those of the rows

    def top(self, most: int) -> "Answers":
        """The groups with the most hits, the largest first, and how many others there are."""
        hits = self.measures.index(HITS)
        rows = sorted(self.rows, key=lambda row: -row.figures[hits])[:most]
        return replace(self, rows=rows, left_out=len(self.rows) - len(rows))

    def to_json(self) -> dict[str, Any]:
        """As plain values; a row is an object with a key for each dimension and measure."""
        names = (*self.by, *self.measures)
        return {
            "run": self.run,
            "accepted": self.accepted,
            "unknown": self.unknown,
            "malformed": self.malformed,
            "timezone": self.zone,
            "currency": self.currency or None,
            "by": list(self.by),
            "measures": list(self.measures),
            "rows": [dict(zip(names, (*row.words, *map(_plain, row.figures)), strict=True)) for row in self.rows],
            "left_out": self.left_out,
            "live": self.live,
            "shortfall": None if self.shortfall is None else self.shortfall.value,
        }


def answers_of(
    plan: Plan,
    claims: Claims,
    question: Question,
    counted: Counted,
    *,
    events: int | None = None,
    currency: str = "",
) -> Answers:
    """The answers of a run. events: how many were counted, if fewer count than the ledger claims."""
    account = claims.account()
    unknown = account.unknown if question.unknown else 0
    return Answers(
        run=plan.run,
        by=question.by,
        measures=counted.measures,
        rows=counted.rows(),
        accepted=account.accepted,
        unknown=unknown,
        malformed=0 if events is None else account.accepted + unknown - events,
        zone=question.zone,
        currency=currency,
        live=claims.live,
        shortfall=claims.shortfall,
    )


def rows_of(
    words: Sequence[tuple[Word, ...]], tally: GroupedCounts, measures: Sequence[str], by: Sequence[str]
) -> list[Row]:
    """The rows of groups with these words, in order; without dimensions one, even if nothing was counted."""
    if not by and not words:
        words = [()]
    columns = []
    for name in measures:
        figures = tally.result(name, len(words))
        columns.append([Decimal(cents).scaleb(-2) for cents in figures] if name == REVENUE else figures)
    rows = [Row(group, figures) for group, figures in zip(words, zip(*columns, strict=True), strict=True)]
    return sorted(rows, key=lambda row: [_order(word) for word in row.words])


def tally_of(measures: Sequence[str]) -> GroupedCounts:
    """What counts these measures: it adds up hits and revenue, and counts distinct ids of all others."""
    summed = (HITS, REVENUE)
    return GroupedCounts(
        [name for name in measures if name in summed], [name for name in measures if name not in summed]
    )


def counted_numbers(claims: LaneClaims, *, unknown: bool) -> BitMap64:
    """The events of a lane that count."""
    return claims.accepted | claims.unknown if unknown else claims.accepted


def rows_within(numbers: BitMap64, first: int, count: int) -> NDArray[np.int64] | None:
    """The positions of those of `count` events from `first` on that are among the numbers; None if all are."""
    inside = numbers.range_cardinality(first, first + count)
    if inside == count:
        return None
    window = BitMap64()
    if inside:
        window.add_range(first, first + count)
        window &= numbers
    return np.fromiter(window, dtype=np.int64, count=inside) - first


def _order(word: Word) -> tuple[int, float, str]:
    """Nothing first, then numbers, then texts."""
    if word is None:
        return 0, 0.0, ""
    return (1, float(word), "") if isinstance(word, int | float) else (2, 0.0, word)


def _plain(figure: Figure) -> int | float:
    return float(figure) if isinstance(figure, Decimal) else figure
