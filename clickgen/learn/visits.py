"""Sessions of a recording: the events of each visitor, cut at half an hour without one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.gather import NO_ITEM, Columns

TIMEOUT_S = 1800.0
LONGEST = 1000  # pages; the longest session that a profile can have
_ONE_VISITOR = 0.1  # of the events: who has more, and more than a long session, is a program or a shared address
_ONE_OF_MANY = 0.02  # of the events: so is who has more, and so many times more than others
_TIMES_OTHERS = 30
_MANY_LONG = 0.01  # of the gaps in sessions: where more are longer than the timeout, the field says who, not when
_MOST_CUT = 0.1  # of the sessions, by the ends of a recording


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Whole sessions, one after another, in the order of time in each."""

    first: NDArray[np.int64]  # where each begins, and the end of the last
    visitor: NDArray[np.int64]  # of each session, a number
    time: NDArray[np.float64]  # of each event, Unix seconds
    page: NDArray[np.int64]  # of each event, a number
    item: NDArray[np.int64]  # of each event, a number from 0, or -1 for none
    row: NDArray[np.int64]  # of the first event of each session: where it is in the recording

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.visitor)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Events of each."""
        return np.diff(self.first)

    @property
    def number(self) -> NDArray[np.int64]:
        """The session of each event."""
        return np.repeat(np.arange(self.count), self.lengths)

    @property
    def later(self) -> NDArray[np.int64]:
        """The events that are not the first of their session."""
        mask = np.ones(len(self.page), dtype=np.bool_)
        mask[self.first[:-1]] = False
        return np.flatnonzero(mask)

    def chosen(self, keep: NDArray[np.bool_]) -> "Visits":
        """Some of the sessions."""
        rows = np.repeat(keep, self.lengths)
        first = np.concatenate([[0], np.cumsum(self.lengths[keep])])
        return Visits(first, self.visitor[keep], self.time[rows], self.page[rows], self.item[rows], self.row[keep])


def sessionise(columns: Columns, page: NDArray[np.int64], item: NDArray[np.uint64]) -> tuple[Visits, int]:
    """The sessions of a recording, and how many visitors were left out because they had too many of the events.

    page: of each event, by the classes that were chosen; negative is dropped. item: hashes.
    """
    _, visitor = np.unique(columns.visitor, return_inverse=True)
    events = np.bincount(visitor) if len(visitor) else np.zeros(0, dtype=np.int64)
    busy = (events > _ONE_VISITOR * len(visitor)) & (events > LONGEST)
    busy |= (events > _ONE_OF_MANY * len(visitor)) & (events > _TIMES_OTHERS * len(visitor) / max(1, len(events)))
    rows = np.flatnonzero(~busy[visitor] & (page >= 0)) if len(visitor) else np.zeros(0, dtype=np.int64)
    who = columns.visitor if columns.session is None else columns.session
    rows = rows[np.lexsort((columns.time[rows], who[rows], visitor[rows]))]
    time, gaps = columns.time[rows], np.diff(columns.time[rows])
    other = (np.diff(visitor[rows]) != 0) | (who[rows][1:] != who[rows][:-1])
    long = gaps > TIMEOUT_S
    if columns.session is None or np.count_nonzero(long & ~other) > _MANY_LONG * np.count_nonzero(~other):
        other |= long
    begins = np.concatenate([[0], np.flatnonzero(other) + 1]) if len(rows) else np.zeros(0, dtype=np.int64)
    begins = _cut(begins, len(rows))
    values, numbers = np.unique(item[rows], return_inverse=True)
    shown = numbers - int(len(values) > 0 and values[0] == NO_ITEM)
    first = np.append(begins, len(rows)).astype(np.int64)
    return Visits(first, visitor[rows][begins], time, page[rows], shown, rows[begins]), int(busy.sum())


def _cut(begins: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Where sessions begin, if none is longer than the longest."""
    lengths = np.diff(np.append(begins, end))
    if not (lengths > LONGEST).any():
        return begins
    return np.concatenate(
        [np.arange(begin, begin + length, LONGEST) for begin, length in zip(begins, lengths, strict=True)]
    )


def whole_visits(visits: Visits) -> Visits:
    """The sessions that were not cut by the begin or the end of a recording of some hours.

    Where that would be many, the recording is not a window of time but a choice of sessions, which are whole.
    """
    if not visits.count:
        return visits
    begin, end = visits.time.min(), visits.time.max()
    if end - begin < 24 * TIMEOUT_S:
        return visits
    starts, ends = visits.time[visits.first[:-1]], visits.time[visits.first[1:] - 1]
    whole = (starts >= begin + TIMEOUT_S) & (ends <= end - TIMEOUT_S)
    return visits.chosen(whole) if whole.mean() >= 1 - _MOST_CUT else visits


def some_of(visits: Visits, steps: int) -> NDArray[np.bool_]:
    """Which sessions are of some visitors, who make about so many steps; all if they make no more."""
    total = len(visits.page) + visits.count
    if total <= steps:
        return np.ones(visits.count, dtype=np.bool_)
    people, of = np.unique(visits.visitor, return_inverse=True)
    chosen: NDArray[np.bool_] = (np.random.default_rng(2).random(len(people)) < steps / total)[of]
    return chosen


def halves(visits: Visits, seed: int = 1) -> tuple[Visits, Visits]:
    """The sessions of one half of the visitors, and those of the other half."""
    dice = np.random.default_rng(seed)
    people, of = np.unique(visits.visitor, return_inverse=True)
    side = np.zeros(len(people), dtype=np.bool_)
    side[dice.permutation(len(people))[: len(people) // 2]] = True
    return visits.chosen(side[of]), visits.chosen(~side[of])
