"""Ids as they may stand in a column of a table: of a run, several times, of other runs, of nobody, and damaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from clickgen.model.event_id import EventId, format_id
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.delivery import Request, Verification
from clickgen.verify.proof.found.landing import Landing
from tests.support.planted import AFTER_DEADLINE_MS, OTHER_RUN, RUN, HeldClock, Planted

LANES, EVENTS = 2, 150
NUMBERS = (0, 1, 62, 63, 64, 127, 511, 512, 1023, *range(2_000, 2_000 + EVENTS - 9))
"""Of each lane: at the edges of planes of 64 and of rows of 512, and some in a row."""

FOREIGN_IDS = (None, "", "user-17", "0b0e0cf4-1f5d-4b8e-9c55-5f1d4c2a7e10", "6" * 36)
CORRUPT_IDS = (
    "67404b1c-9d2e-8",  # cut off
    "67404b1c-9d2e-8001-8000-00000200000",
    "67404b1c-9d2e-8001-8000-00000200000g",
    "67404b1c-9d2e-8001-c000-000002000001",  # no variant of the RFC
)


def id_text(lane: int, number: int, run: str = RUN, check: int = 0xABCDEF) -> str:
    """An id as it stands in a table."""
    return format_id(EventId(run, lane, number, check)).decode()


@dataclass(frozen=True)
class LandedIds:
    """copies: of the run's events, by lane and number, where not one. others, foreign, corrupt: rows of each."""

    copies: Mapping[tuple[int, int], int]
    others: int
    foreign: int
    corrupt: int

    def texts(self) -> list[str | None]:
        """Every row's id."""
        rows: list[str | None] = []
        for lane in range(LANES):
            for number in NUMBERS:
                rows += [id_text(lane, number)] * self.copies.get((lane, number), 1)
        rows += [id_text(0, number, OTHER_RUN) for number in range(self.others)]
        rows += [FOREIGN_IDS[row % len(FOREIGN_IDS)] for row in range(self.foreign)]
        return rows + [CORRUPT_IDS[row % len(CORRUPT_IDS)] for row in range(self.corrupt)]

    def expected(self) -> dict[str, int]:
        """What a report of all of it has to say, zeros left out."""
        missing = sum(copies == 0 for copies in self.copies.values())
        counts = {
            "delivered": LANES * EVENTS - missing,
            "missing": missing,
            "unexplained": sum(copies - 1 for copies in self.copies.values() if copies),
            "corrupt": self.corrupt,
            "other_runs": self.others,
            "foreign": self.foreign,
        }
        return {name: count for name, count in counts.items() if count}


def landed_ids() -> st.SearchStrategy[LandedIds]:
    """Few or many of each, and events that stand there from no times to four."""
    events = st.tuples(st.integers(0, LANES - 1), st.sampled_from(NUMBERS))
    few = st.integers(0, 7)
    return st.builds(LandedIds, st.dictionaries(events, st.integers(0, 4), max_size=60), few, few, few)


def claimed(run: Planted) -> Planted:
    """The run, with all its events accepted at the first attempt."""
    for lane in range(LANES):
        for number in NUMBERS[:9]:
            run.claim(number, number + 1, lane=lane)
        run.claim(2_000, NUMBERS[-1] + 1, lane=lane)
    return run


def verify(run: Planted, landing: Landing) -> DeliveryReport:
    """The verdict after the deadline."""
    clock = HeldClock(AFTER_DEADLINE_MS)
    return Verification(run.run, run.plan, landing, Request(), clock, lambda _: None).report()


def spread(texts: Sequence[str | None], parts: int) -> list[list[str | None]]:
    """The rows dealt out, so that neighbours, and copies, are in different parts."""
    return [list(texts[part::parts]) for part in range(parts)]
