"""What a run claims of every event, and since when anything that landed may be this run's."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.ledger.ending import Ending, Shortfall, shortfall_of
from clickgen.model.outcome import Account
from clickgen.model.plan import Plan

ATTEMPT_DTYPE = np.dtype(
    [("first", "<i8"), ("end", "<i8"), ("attempts", "<i8"), ("sent_ms", "<i8"), ("accepted_ms", "<i8")]
)
# The clocks of sender and store may differ by this much: AWS refuses requests that are further off.
CLOCKS_DIFFER_MS = 5 * 60 * 1000


@dataclass(frozen=True, slots=True)
class LedgerDamage:
    """How much of a ledger is damaged; the events concerned are unknown. False if all of it can be believed."""

    rows: int = 0  # damaged rows of the ledger
    lost_leases: int = 0  # in the lease file, but no longer in the ledger, like all that it said of their events
    lease_file: int = 0  # damaged records of the lease file

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def to_json(self) -> dict[str, dict[str, int]]:
        """What a JSON document says of it: nothing if nothing is damaged."""
        return {"ledger_damage": asdict(self)} if self else {}


@dataclass(slots=True)
class LaneClaims:
    """The claims of one lane: four disjoint sets of event numbers that cover 0 … planned - 1.

    sends: a row (first, end, attempts, sent_ms, accepted_ms) for each range that was put on the wire, sorted by
    first; accepted_ms is 0 if it was not accepted. A number that was sent in several leases is in several rows,
    and its attempts add up.
    """

    planned: int
    accepted: BitMap64
    unknown: BitMap64
    rejected: BitMap64
    unsent: BitMap64
    leased: BitMap64  # leased without an outcome
    open: BitMap64  # those, and what earlier processes left so when they died; attempted any number of times
    sends: NDArray[np.void]

    @property
    def first_missing(self) -> int:
        """The number of the first event that was not accepted."""
        low, high = 0, int(self.accepted.max()) + 1 if self.accepted else 0
        while low < high:  # all before `low` are there
            middle = (low + high + 1) // 2
            whole = self.accepted.rank(middle - 1) == middle
            low, high = (middle, high) if whole else (low, middle - 1)
        return low

    @property
    def attempted(self) -> BitMap64:
        """Every number that may have left."""
        return self.accepted | self.unknown | self.rejected


@dataclass(slots=True)
class Claims:
    """All lanes' claims."""

    lanes: dict[int, LaneClaims]
    live: bool  # the run is still going
    ending: Ending  # how its last process ended
    damage: LedgerDamage
    facts: dict[str, Any] = field(default_factory=dict)  # what the run noted of itself when it closed
    entries: int = 0  # how many were read, damaged ones included; it grows with everything that a run does

    def account(self) -> Account:
        lanes = self.lanes.values()
        return Account(
            planned=sum(lane.planned for lane in lanes),
            accepted=sum(len(lane.accepted) for lane in lanes),
            rejected=sum(len(lane.rejected) for lane in lanes),
            unknown=sum(len(lane.unknown) for lane in lanes),
            unsent=sum(len(lane.unsent) for lane in lanes),
        )

    @property
    def finished(self) -> bool:
        """Whether the run closed its account itself."""
        return self.ending is not Ending.OPEN

    @property
    def shortfall(self) -> Shortfall | None:
        """Why the run itself is not a success, or None if it did what was planned."""
        return shortfall_of(self.account(), self.ending, live=self.live)

    @property
    def resumable(self) -> bool:
        """Whether resuming the run has something to do: events are unsent, or it ended early."""
        ended_early = (Shortfall.CRASHED, Shortfall.FAILED, Shortfall.NOTHING_ACCEPTED)
        return bool(self.account().unsent) or self.shortfall in ended_early

    @property
    def first_sent_ms(self) -> int | None:
        """Unix time in milliseconds of the earliest attempt in the ledger, or None if there is none."""
        return min((int(c.sends["sent_ms"].min()) for c in self.lanes.values() if len(c.sends)), default=None)

    @property
    def last_sent_ms(self) -> int:
        """Unix time in milliseconds of the last attempt in the ledger, or 0 if there is none."""
        return max((int(c.sends["sent_ms"].max()) for c in self.lanes.values() if len(c.sends)), default=0)


def landed_since_ms(plan: Plan, claims: Claims) -> int:
    """The time before which nothing that landed is the run's. Unix time in milliseconds, as are all times here."""
    return sent_since_ms(plan, claims) - CLOCKS_DIFFER_MS


def sent_since_ms(plan: Plan, claims: Claims) -> int:
    """When the run began to send: the sender's clock may have been set back since the run was created."""
    return min(plan.created_ms, claims.first_sent_ms or plan.created_ms)


def key_times_ms(plan: Plan, claims: Claims, now_ms: int) -> tuple[int, int]:
    """The first and the last time that keys can have: of sending, or in generated objects of their events."""
    if plan.command == "generate" and plan.duration_s is not None:
        return plan.start_ms, plan.start_ms + round(plan.duration_s * 1000)
    first_ms = sent_since_ms(plan, claims)
    return first_ms, now_ms if claims.live else max(claims.last_sent_ms, first_ms)
