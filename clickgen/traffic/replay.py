"""The replay of recorded events: which lane reads what, and the lanes themselves."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.model.errors import UsageProblem
from clickgen.model.form import Form
from clickgen.model.plan import Plan
from clickgen.model.recording import Part, Recording
from clickgen.model.skipped import Skipped
from clickgen.traffic.multiply import multiplied, planned_copies
from clickgen.traffic.reorder import in_order
from clickgen.traffic.replay_clock import FOLLOWERS, ReplayClock, Timed
from clickgen.traffic.replay_events import EventGroup, LaneEvents
from clickgen.traffic.replay_files import STDIN, is_live
from clickgen.traffic.replay_source import LanePart, OpenSource, open_local
from clickgen.traffic.stamp import Stamper
from clickgen.traffic.time_field import find_time_field

MAX_LANES = 64
_BLOCK_EVENTS = 500
_BLOCK_BYTES = 256 << 10
_TIMED_EVENTS = 64  # of a block where gaps are to be kept: making one takes a quarter of a millisecond


@dataclass(frozen=True, slots=True)
class Recorded:
    """Timing as recorded: an event is due at (its time - origin_ms) / speed."""

    origin_ms: float | None = None  # Unix time of second 0, or None for the lane's first time
    speed: float = 1.0
    time_field: str | None = None  # where the time is, dots for nesting, or None for one of the common names


DueOfNumbers = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def plan_lanes(paths: Sequence[str], *, at_rate: bool = False) -> list[tuple[str, ...]]:
    """The files of each lane: one a lane up to MAX_LANES, beyond that neighbours together.

    at_rate: all files are one lane, since lanes share a rate evenly, and files differ in length.
    """
    lanes = min(len(paths), 1 if at_rate else MAX_LANES)
    bounds = [lane * len(paths) // lanes for lane in range(lanes + 1)] if lanes else [0]
    return [tuple(paths[start:end]) for start, end in pairwise(bounds)]


def parts_of(plan: Plan, spool: str) -> list[list[LanePart]]:
    """What each lane of a replay reads. spool: the file that its events were put into before, if they were."""
    if plan.recording.spooled:
        return [[LanePart(spool)]]
    return divided(plan.sources, plan.recording, at_rate=plan.rate is not None or plan.timetable is not None)


def divided(sources: Sequence[str], recording: Recording, *, at_rate: bool) -> list[list[LanePart]]:
    """The sources of a recording, divided among its lanes."""
    if recording.lanes:
        return [
            [LanePart(sources[part.source], _form_of(part, recording), part.begin, part.end) for part in lane]
            for lane in recording.lanes
        ]
    form_of = {name: recording.form(index) for index, name in enumerate(sources)}
    return [[LanePart(name, form_of[name]) for name in names] for names in plan_lanes(sources, at_rate=at_rate)]


def _form_of(part: Part, recording: Recording) -> Form:
    """The form of a part: only the first of a file has the header."""
    form = recording.form(part.source)
    return form.model_copy(update={"header": False}) if part.begin else form


class RecordedLane:
    """The events of one lane, in order, stamped: a LaneSource, and a Feed by itself.

    From a pipe, what has arrived is given at once. Raises UsageProblem or EnvironmentProblem if a source cannot be
    read, and UsageProblem if the first events of standard input lack the time field.
    """

    def __init__(
        self,
        parts: Sequence[LanePart | str],
        *,
        run: str,
        lane: int,
        timing: Recorded | DueOfNumbers,
        id_field: str = "clickgen_id",
        first: int = 0,
        recording: Recording = Recording(),  # noqa: B008  # it is frozen
        time_field: str | None = None,
        origin_ms: float | None = None,
        start_ms: int = 0,
        open_source: OpenSource = open_local,
        key: bytes = b"",
    ) -> None:
        """Open the lane; parts that are names are read as JSON.

        timing: as recorded, or what gives the due times of numbers. first: the number to begin with. time_field:
        where times are, if timing does not say. origin_ms, start_ms: the first moment of the recording, and when
        that is to be. key: that of the pseudonyms, if there are any.
        """
        read = [LanePart(part) if isinstance(part, str) else part for part in parts]
        self.out_of_order = 0
        self.without_time = 0
        self._lane = lane
        self._number = 0
        self._first = first
        self._skipped: deque[Skipped] = deque()
        self._bad = False
        self._stamper = Stamper(run, lane, id_field)
        self._live = any(is_live(part.name) for part in read)
        self._ended = False
        self._held = EventGroup()
        self._clock: ReplayClock | DueOfNumbers
        if isinstance(timing, Recorded):
            time_field = timing.time_field
            origin = None if timing.origin_ms is None else timing.origin_ms / 1000
            gap = recording.max_gap_s
            self._clock = ReplayClock(origin, timing.speed, 0 if self._live else FOLLOWERS, gap)
        else:
            self._clock = timing
        self._timed = isinstance(timing, Recorded)
        self._most = _TIMED_EVENTS if self._timed else _BLOCK_EVENTS
        check = self._timed and time_field is not None and STDIN in [part.name for part in read]
        self._check_field = time_field if check else None  # files were looked into before
        self._events = LaneEvents(
            read,
            recording,
            id_field=id_field,
            time_field=time_field,
            timed=self._timed or (recording.multiply > 1 and time_field is not None),
            keep_values=check,
            open_source=open_source,
            key=key,
        )
        self._moved_from_ms = round(origin_ms) if recording.retime and origin_ms is not None else None
        self.begin_at(start_ms)
        self._groups = self._ordered(recording)

    @property
    def source(self) -> Self:
        """Itself."""
        return self

    def begin_at(self, start_ms: int, /) -> None:
        """Move the times of the events if they are to begin then; otherwise they keep their own."""
        if self._moved_from_ms is not None:
            self._events.shift_ms = start_ms - self._moved_from_ms

    def _ordered(self, recording: Recording) -> Iterator[EventGroup]:
        """The events in order of time, and their copies among them."""
        groups = self._events.groups()
        window = recording.reorder_s if self._timed else 0.0
        if recording.multiply == 1:
            return in_order(groups, window) if window else groups
        # even without a window: a wrong date, which it drops, would let all copies leave that wait
        return multiplied(in_order(groups, window) if self._timed else groups, recording, self._events)

    def take_skipped(self) -> list[Skipped]:
        """The pieces since the last call that are not an event, including those before `first`.

        May be called while another thread is in `next_block`.
        """
        taken = []
        while self._skipped:
            taken.append(self._skipped.popleft())
        return taken

    def next_block(self) -> Block | None:
        """The next events; None at the end."""
        wanted = 1 if self._live else self._most
        while True:
            while len(self._held.events) < wanted and not self._ended:
                self._read_more()
            timed = self._time(self._block_size())
            if len(timed.due) == 0:
                if self._ended:
                    self._check_anything()
                    return None
                wanted = len(self._held.events) + 1
            else:
                self.out_of_order += timed.out_of_order
                self.without_time += timed.without_time
                if self._number + len(timed.due) > self._first:
                    return self._block(timed)
                self._take(len(timed.due))

    def _check_anything(self) -> None:
        """A pipe that ends without an event means a producer that failed, not a run that went well."""
        if self._live and self._number == 0 and not self._bad:
            raise UsageProblem(
                "no events in standard input: it ended without any", "check the command that writes to the pipe"
            )

    def _block(self, timed: Timed) -> Block:
        before = max(0, self._first - self._number)
        first = self._number + before
        taken = self._take(len(timed.due))
        data, offsets = self._stamper.stamp(taken.events[before:], first)
        breaks = _breaks(taken.visitors[before:]) if taken.visitors else None
        return Block(self._lane, first, data, offsets, timed.due[before:], breaks=breaks)

    def _take(self, count: int) -> EventGroup:
        self._number += count
        return self._held.take(count)

    def _block_size(self) -> int:
        """How many of the events read fill a block."""
        events = self._held.events
        size = 0
        for count, event in enumerate(events[: self._most]):
            size += len(event.data)
            if size > _BLOCK_BYTES:
                return max(count, 1)
        return min(len(events), self._most)

    def _time(self, count: int) -> Timed:
        if not isinstance(self._clock, ReplayClock):
            return Timed(self._clock(np.arange(self._number, self._number + count, dtype=np.int64)), 0, 0)
        times = np.array(self._held.times[: count + FOLLOWERS], dtype=np.float64)
        return self._clock.due(times, count, ended=self._ended)

    def _read_more(self) -> None:
        group = next(self._groups, None)
        if group is None:
            self._ended = True
            return
        if self._check_field is not None and group.values:
            find_time_field(group.values, given=self._check_field)
            self._check_field = None
        group.values.clear()
        group.repetitions.clear()
        self._held.append(group)
        self.out_of_order += group.strays
        self.without_time -= group.strays  # they will be counted there
        self._held.strays = 0
        if group.skipped:
            self._bad = True
            self._skipped.extend(group.skipped)


def _breaks(visitors: Sequence[object]) -> NDArray[np.int64]:
    """Where a call must begin so that no call holds two events of a visitor."""
    found, seen = [], set[object]()
    for index, visitor in enumerate(visitors):
        if str(visitor) in seen:
            found.append(index)
            seen.clear()
        seen.add(str(visitor))
    return np.array(found, dtype=np.int64)


def count_events(events: LaneEvents, goes_on: Callable[[], bool]) -> tuple[int, bool]:
    """How many events a lane holds, as far as it was read, and whether that was to its end.

    goes_on: called again and again, says whether to read on. Raises as `RecordedLane` does.
    """
    count = 0
    for group in events.groups():
        count += len(group.events)
        if not goes_on():
            return planned_copies(count, events.recording), False
    return planned_copies(count, events.recording), True
