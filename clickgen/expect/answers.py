"""What analytics should say of a run, and how it is put together from what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.expect.dimensions import Word
from clickgen.expect.question import HITS, REVENUE
from clickgen.expect.tally import GroupedCounts
from clickgen.ledger.claims import LaneClaims
from clickgen.ledger.ending import Shortfall

Figure = int | Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """A group: the words of its dimensions, and its measures."""

    words: tuple[Word, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What analytics should say of a run, each event counted once.

    by, measures: the names of what the rows consist of; the rows are in the order of their words. accepted: events
    that the ledger claims. unknown: those of unknown fate that count too. malformed: accepted, but damaged on
    purpose, so that they do not count. currency: of the revenue, "" where nothing is sold. live: the run goes on.
    shortfall: why the run itself is no success, None where it is.
    """

    run: str
    by: tuple[str, ...]
    measures: tuple[str, ...]
    rows: Sequence[Row]
    accepted: int
    unknown: int
    malformed: int
    zone: str
    currency: str
    live: bool
    shortfall: Shortfall | None = None

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
            "live": self.live,
            "shortfall": None if self.shortfall is None else self.shortfall.value,
        }


def rows_of(
    words: Sequence[tuple[Word, ...]], tally: GroupedCounts, measures: Sequence[str], by: Sequence[str]
) -> list[Row]:
    """The rows of groups with these words, in order; without dimensions one, also where nothing was counted."""
    if not by and not words:
        words = [()]
    columns = []
    for name in measures:
        figures = tally.result(name, len(words))
        columns.append([Decimal(cents).scaleb(-2) for cents in figures] if name == REVENUE else figures)
    rows = [Row(group, figures) for group, figures in zip(words, zip(*columns, strict=True), strict=True)]
    return sorted(rows, key=lambda row: [_order(word) for word in row.words])


def tally_of(measures: Sequence[str]) -> GroupedCounts:
    """Something that counts these measures: adds up hits and revenue, and counts different ids of all others."""
    summed = (HITS, REVENUE)
    return GroupedCounts(
        [name for name in measures if name in summed], [name for name in measures if name not in summed]
    )


def counted_numbers(claims: LaneClaims, *, unknown: bool) -> BitMap64:
    """The events of a lane that count."""
    return claims.accepted | claims.unknown if unknown else claims.accepted


def rows_within(numbers: BitMap64, first: int, count: int) -> NDArray[np.int64] | None:
    """Which of `count` events from `first` on are among the numbers, as positions; None where all are."""
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
