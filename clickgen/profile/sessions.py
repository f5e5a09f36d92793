"""The tables of how sessions go on: chances by depth, waits, and who is under way at any moment."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.contexts import Context, Contexts
from clickgen.profile.depth_chances import by_page
from clickgen.profile.survival import survival_of_people
from clickgen.profile.waits import WaitTables

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile


@dataclass(frozen=True, slots=True, eq=False)
class SessionTables:
    """How sessions go on."""

    go_on: NDArray[np.uint64]
    """Thresholds of the chance of another click after page 1, 2, … (0 after max_pages), row after row."""
    go_on_from: NDArray[np.int64]  # where the row of each context begins
    max_pages: int
    depths: Choices
    """How many pages the sessions under way at one moment have seen, if waits were alike in every context; a row
    for people, one for bots."""
    waits: WaitTables
    steps_e6: NDArray[np.int64]  # mean clicks after the first in a session, in millionths, of people, and of bots
    bots: int  # threshold of the chance that a session is a bot's
    pages_e6: int  # mean pages a session, in millionths, bots included
    timeout_ms: int

    @classmethod
    def draw(cls, profile: "Profile") -> Self:
        """The tables of a profile's sessions; nothing in them is random."""
        sessions, bots = profile.sessions, profile.bots
        contexts = Contexts(profile)
        bot_share, bot_chance = (bots.share, 1 - 1 / bots.pages) if bots else (0.0, 0.0)
        of_bots = np.cumprod([bot_chance] * (sessions.max_pages - 1)).tolist()
        survivals = [survival_of_people(profile, contexts), of_bots]
        steps = [math.fsum(survival) for survival in survivals]
        go_on, go_on_from = _go_on(contexts.all, sessions.max_pages)
        return cls(
            go_on=go_on,
            go_on_from=go_on_from,
            max_pages=sessions.max_pages,
            depths=Choices.of_rows(
                (range(1, len(survival) + 1), survival if any(survival) else [1.0] * len(survival))
                for survival in survivals
            ),
            waits=WaitTables.draw(profile, contexts.all),
            steps_e6=np.array([round(each * 1e6) for each in steps], dtype=np.int64),
            bots=threshold(bot_share),
            pages_e6=round((1 + (1 - bot_share) * steps[0] + bot_share * steps[1]) * 1e6),
            timeout_ms=round(sessions.timeout_s * 1000),
        )


def _go_on(contexts: list[Context], max_pages: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The different rows of thresholds one after the other, and where the row of each context begins."""
    begins: dict[tuple[float, ...], int] = {}
    thresholds: list[int] = []
    for context in contexts:
        if context.go_on not in begins:
            begins[context.go_on] = len(thresholds)
            thresholds += [*map(threshold, by_page(context.go_on, max_pages)), 0]
    return np.array(thresholds, dtype=np.uint64), np.array([begins[context.go_on] for context in contexts])
