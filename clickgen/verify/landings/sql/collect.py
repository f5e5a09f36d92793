"""From bit planes to findings: each query asks only for what the answers before it leave open."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.verify.landings.sql.dialect import BLOCK_EVENTS
from clickgen.verify.landings.sql.planes import CORRUPT, FOREIGN, LANE_AT, NUMBER, OTHER_RUN, Questions, event_of
from clickgen.verify.landings.sql.query import Query, SqlAnswer
from clickgen.verify.proof.found.findings import WITNESSES, Copies, ObjectFindings, Witness, number_set

_FULL = np.uint64((1 << 64) - 1)
_BLOCKS_NAMED = 4_000  # 14 bytes each: Redshift's Data API takes 100 KB of SQL, Athena 256 KB


class ScanCost(NamedTuple):
    """What queries read and cost; zeros if the engine does not bill by what is read."""

    scanned_bytes: int
    usd: float

    def plus(self, answer: SqlAnswer) -> "ScanCost":
        return ScanCost(self.scanned_bytes + (answer.scanned_bytes or 0), self.usd + (answer.cost_usd or 0.0))


class Planes(NamedTuple):
    """Rows of an answer in the order of part and block. words: n × w planes."""

    part: NDArray[np.int64]
    block: NDArray[np.int64]
    words: NDArray[np.uint64]
    copies: NDArray[np.int64]

    @staticmethod
    def of(answer: SqlAnswer) -> "Planes":
        """The rows of an answer to `planes` or `twice`."""
        rows = answer.integers()
        signed = rows.view(np.int64)
        order = np.lexsort((signed[:, 1], signed[:, 0]))
        return Planes(signed[order, 0], signed[order, 1], rows[order, 2:-1], signed[order, -1])

    def among(self, chosen: NDArray[np.bool_]) -> "Planes":
        return Planes(self.part[chosen], self.block[chosen], self.words[chosen], self.copies[chosen])

    def distinct(self) -> NDArray[np.int64]:
        """How many events each row holds."""
        bits = np.unpackbits(self.words.view(np.uint8), axis=1)
        counts: NDArray[np.int64] = bits.sum(axis=1, dtype=np.int64)
        return counts

    def sets(self) -> dict[tuple[int, int], BitMap64]:
        """The numbers of the events by part and lane."""
        width = self.words.shape[1]
        first = self.block * (width * BLOCK_EVENTS)
        lane = first >> LANE_AT
        ends = np.flatnonzero((np.diff(self.part) != 0) | (np.diff(lane) != 0)) + 1
        found: dict[tuple[int, int], BitMap64] = {}
        for begin, end in zip([0, *ends.tolist()], [*ends.tolist(), len(first)], strict=True):
            if begin < end:
                starts = (first[begin:end, None] & NUMBER) + np.arange(width) * BLOCK_EVENTS
                numbers = _numbers(starts.reshape(-1), self.words[begin:end].reshape(-1))
                found[int(self.part[begin]), int(lane[begin])] = numbers
        return found


def collect(query: Query, questions: Questions, parts: Sequence[ObjectFindings]) -> ScanCost:
    """Fill in the findings of each part, and give what the queries cost.

    Copies are queried only of blocks that have more rows than events.
    """
    price = ScanCost(0, 0.0)
    answer = query.ask(questions.planes())
    price = price.plus(answer)
    planes = Planes.of(answer)
    own = planes.block >= 0
    _count_others(parts, planes.among(~own))
    if (planes.block == CORRUPT).any():
        price = price.plus(_see_corrupt(query, questions, parts))
    planes = planes.among(own)
    for (part, lane), numbers in planes.sets().items():
        parts[part].lanes[lane] = Copies()
        parts[part].lanes[lane].once = numbers
    doubled = _named(planes.block[planes.copies > planes.distinct()])
    if doubled is None or doubled:
        price = _see_copies(query, questions, doubled, parts, price)
    return price


def _see_copies(
    query: Query, questions: Questions, blocks: list[int] | None, parts: Sequence[ObjectFindings], price: ScanCost
) -> ScanCost:
    answer = query.ask(questions.twice(blocks))
    price = price.plus(answer)
    twice = Planes.of(answer)
    for (part, lane), numbers in twice.sets().items():
        copies = parts[part].lanes.setdefault(lane, Copies())
        copies.twice = numbers
        copies.once |= numbers  # another may have arrived since
    often = _named(twice.block[twice.copies > 2 * twice.distinct()])
    if often is not None and not often:
        return price
    answer = query.ask(questions.more(often))
    for part, place, count in answer.integers().tolist():
        lane, number = event_of(place)
        copies = parts[part].lanes.setdefault(lane, Copies())
        copies.once.add(number)
        copies.twice.add(number)
        copies.more[number] = count - 2
    return price.plus(answer)


def _count_others(parts: Sequence[ObjectFindings], others: Planes) -> None:
    for part, kind, count in zip(others.part.tolist(), others.block.tolist(), others.copies.tolist(), strict=True):
        if kind == CORRUPT:
            parts[part].corrupt.count += count
        elif kind == OTHER_RUN:
            parts[part].other_runs[""] += count
        elif kind == FOREIGN:
            parts[part].foreign += count


def _see_corrupt(query: Query, questions: Questions, parts: Sequence[ObjectFindings]) -> SqlAnswer:
    answer = query.ask(questions.corrupt(WITNESSES))
    for part, row, text in ((int(part), row, str(text)) for part, row, text, _ in answer.rows):
        offset = None if row is None else int(row)
        witness = Witness(text, parts[part].name, offset, "begins as an id of the run, and is not one")
        parts[part].corrupt.witnesses.append(witness)
    return answer


def _named(blocks: NDArray[np.int64]) -> list[int] | None:
    """The blocks, each once, or None if they are too many to name in a query."""
    distinct = np.unique(blocks)
    return distinct.tolist() if len(distinct) <= _BLOCKS_NAMED else None


def _numbers(starts: NDArray[np.int64], words: NDArray[np.uint64]) -> BitMap64:
    """The numbers of blocks: a set bit stands for its position beyond the block's start. Starts are in order."""
    full = words == _FULL
    found = BitMap64()
    whole = starts[full]
    gaps = np.flatnonzero(np.diff(whole) != BLOCK_EVENTS) + 1
    for begin, end in zip([0, *gaps.tolist()], [*gaps.tolist(), len(whole)], strict=True):
        if begin < end:
            found.add_range(int(whole[begin]), int(whole[end - 1]) + BLOCK_EVENTS)
    rest = (words != 0) & ~full
    bits = np.unpackbits(words[rest].astype("<u8").view(np.uint8), bitorder="little").reshape(-1, BLOCK_EVENTS)
    row, position = np.nonzero(bits)
    return found | number_set(starts[rest][row] + position)
