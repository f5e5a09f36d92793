"""How many events each lane of a run turned out to have planned, however the run ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from clickgen.feed.due_times import schedule_of
from clickgen.ledger.folder import RunFolder
from clickgen.model.errors import ClickgenError
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock
from clickgen.run.leases import Left
from clickgen.traffic.replay_files import is_live

COUNTED_WITHIN_S = 10.0  # about a gigabyte: nobody who stopped a run wants to wait for more
SILENT_S = 1.0
_COUNTING = "counting the events of the files that were not read; Ctrl-C to leave without that"


class Planned(NamedTuple):
    """How many events were planned, by lane. whole: no more were, as far as can be known."""

    by_lane: dict[int, int]
    whole: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run came. second: up to which its schedule held. timed_out: as long as it was to go on.

    read: the number of events read or leased, by lane. ended: lanes whose source was read to its end.
    """

    second: float
    timed_out: bool
    read: dict[int, int]
    ended: set[int] = field(default_factory=set)


class Uncounted:
    """The files of a replay that was stopped in the middle: how many events they hold, within a bounded time.

    left: whether the user wants to leave. tell: says that it takes a while.
    """

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        clock: Clock,
        left: Callable[[], bool],
        tell: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._clock = clock
        self._left = left
        self._tell = tell
        self._began: float | None = None
        self._told = False

    def count(self, lane: int) -> tuple[int, bool]:
        """How many events were found in a lane's files, and whether that is all; a pipe cannot be read again."""
        from clickgen.feed.sources import lane_events, lane_parts
        from clickgen.traffic.replay import count_events

        if any(is_live(part.name) for part in lane_parts(self._plan, self._folder)[lane]) or not self._goes_on():
            return 0, False
        try:
            return count_events(lane_events(self._plan, self._folder, lane), self._goes_on)
        except ClickgenError:
            return 0, False  # it cannot be read any more

    def _goes_on(self) -> bool:
        now = self._clock.now()
        self._began = now if self._began is None else self._began
        if now - self._began >= SILENT_S and not self._told:
            self._told = True
            self._tell(_COUNTING)
        return now - self._began < COUNTED_WITHIN_S and not self._left()


def planned_of(
    plan: Plan, left: Left | None, reached: Reached, count: Callable[[int], tuple[int, bool]]
) -> Planned:
    """What was planned. What was attempted beyond counts as well, but that the ledger knows.

    left: what a run that was resumed had to send. count: counts the events of a lane's files.
    """
    lanes = range(plan.lanes)
    if plan.command == "replay":
        return _of_files(lanes, left, reached, count)
    if left is not None:
        return Planned({lane: max(left.planned[lane], reached.read.get(lane, 0)) for lane in lanes}, whole=True)
    if plan.planned is not None:
        return Planned({lane: plan.lane_planned(lane, plan.planned) for lane in lanes}, whole=True)
    schedule = schedule_of(plan)
    if plan.endless and not plan.unpaced and schedule is not None:
        due = schedule.expected(reached.second)
        return Planned({lane: plan.lane_planned(lane, due) for lane in lanes}, whole=True)
    return Planned(dict.fromkeys(lanes, 0), whole=reached.timed_out)


def _of_files(
    lanes: range, left: Left | None, reached: Reached, count: Callable[[int], tuple[int, bool]]
) -> Planned:
    """The events of a replay's files; if a lane did not reach their end they are counted."""
    by_lane, whole = {}, True
    for lane in lanes:
        known = reached.read.get(lane, 0) if left is None else max(left.planned[lane], reached.read.get(lane, 0))
        if lane not in reached.ended and (left is None or not left.whole):
            counted, complete = count(lane)
            known, whole = max(known, counted), whole and complete
        by_lane[lane] = known
    return Planned(by_lane, whole)
