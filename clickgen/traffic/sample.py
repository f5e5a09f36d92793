"""Whole sessions of a profile, to be looked at: the simulation, read as facts instead of bytes."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.model import Profile
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.traffic.simulation.natural import NaturalLane
from clickgen.traffic.simulation.words import vocabulary_of

_START_MS = 1_782_993_600_000  # noon UTC on a Thursday, when the visitors of most profiles are awake
_STARTS_S = 1800.0
_SPAN_S = 4 * _STARTS_S  # long enough for all but one session in many thousands to end
_RUN = "000000000000"


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Events of whole sessions, session by session, in order. first: where each session begins."""

    vocabulary: Vocabulary
    facts: Facts
    first: NDArray[np.int64]

    @classmethod
    def draw(cls, profile: Profile, *, sessions: int, seed: int) -> Self:
        """About so many sessions that begin in half an hour without a campaign; same seed, same ones."""
        usual = profile.model_copy(update={"campaigns": []})
        tables = draw_tables(usual, seed)
        facts = _read(tables, sessions, seed)
        starts = facts.session[(facts.page_number == 1) & (facts.time_ms < _START_MS + _STARTS_S * 1000)]
        rows = np.flatnonzero(np.isin(facts.session, starts))
        rows = rows[np.lexsort((facts.page_number[rows], facts.session[rows]))]
        chosen = facts.part(rows)
        return cls(vocabulary_of(tables), chosen, np.flatnonzero(chosen.page_number == 1))


def _read(tables: Tables, sessions: int, seed: int) -> Facts:
    """The facts of a lane in which so many sessions start in half an hour, until they have ended."""
    lane = NaturalLane(
        tables,
        run=_RUN,
        lane=0,
        lanes=1,
        seed=seed,
        since_ms=_START_MS,
        until_ms=_START_MS + round(_SPAN_S * 1000),
        rate=sessions / _STARTS_S * tables.sessions.pages_e6 / 1e6,
        layout=Layout(()),
    )
    stretches = []
    while (facts := lane.next_facts()) is not None:
        stretches.append(facts)
    return Facts.joined(stretches)
