"""From the options of `replay` to how its sources are read, timed and divided into lanes; says what it found."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clickgen.cli.app import say
from clickgen.cli.replay_options import ChoiceOptions, ReadingOptions
from clickgen.cli.types import was_given
from clickgen.model.errors import UsageProblem
from clickgen.model.form import Form
from clickgen.model.recording import Part, Recording
from clickgen.traffic.identities import Identities, find_identities
from clickgen.traffic.ranges import divide
from clickgen.traffic.recorded_times import LOOK_BYTES, TimesSeen, look_at_times
from clickgen.traffic.replay import divided, plan_lanes
from clickgen.traffic.replay_clock import JUMP_S
from clickgen.traffic.replay_events import LaneEvents
from clickgen.traffic.replay_files import is_live
from clickgen.traffic.replay_look import Looked
from clickgen.traffic.replay_source import OpenSource
from clickgen.traffic.time_field import TimeField, find_time_field
from clickgen.traffic.where import compile_where
from clickgen.view.replay import copies_lines, recording_lines, time_warnings

REORDER_S = 600.0
_OF_TIMES = ("speed", "max_gap", "reorder_window")  # options that only mean something with recorded times
_MOSTLY_LATE = 0.1  # of the events; a replay of a file that is not in order would be another traffic


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled before a replay begins."""

    recording: Recording
    lanes: int
    time_field: str | None
    origin_ms: float | None  # Unix time of second 0
    spooled: bool  # whether the events are put into a file first
    sort: bool  # ... in order of time


@dataclass(frozen=True, slots=True)
class Pace:
    """How the events are paced."""

    as_recorded: bool
    at_rate: bool
    speed: float


class Settling:
    """Settles how a recording is replayed."""

    def __init__(
        self,
        names: Sequence[str],
        looked: Looked,
        reading: ReadingOptions,
        choice: ChoiceOptions,
        pace: Pace,
        open_source: OpenSource,
    ) -> None:
        self._names = names
        self._looked = looked
        self._reading = reading
        self._choice = choice
        self._pace = pace
        self._open = open_source
        self._live = any(is_live(name) for name in names)
        self._time = self._find_time()
        self._identities = self._find_identities()

    def settle(self, id_field: str) -> Settled:
        """Look at the recording and settle everything; UsageProblem for what cannot go together."""
        recording = self._recording()
        lanes = self._lanes(recording)
        recording = recording.model_copy(update={"lanes": lanes})
        origin_ms = None
        if self._time is not None and self._time.seen and not self._live:
            seen = self._look(recording, id_field)
            origin_ms = None if seen.first_s is None else seen.first_s * 1000
            recording = self._foreseen(self._after_look(recording, seen), seen)
        elif self._can_be_counted:
            recording = self._foreseen(recording, self._look(recording, id_field))
        return Settled(
            recording,
            len(lanes) if lanes else len(plan_lanes(self._names, at_rate=self._pace.at_rate)),
            self._reading.named_time if self._time is None else self._time.name,
            origin_ms,
            self._spools,
            self._choice.sort,
        )

    @property
    def _can_be_counted(self) -> bool:
        """Whether the events are in so small files that counting them is not noticed."""
        files = [Path(name) for name in self._names]
        return all(file.is_file() for file in files) and sum(file.stat().st_size for file in files) <= LOOK_BYTES

    @property
    def _spools(self) -> bool:
        """Whether events are put into a file first: to be sorted, or because they can be read only once."""
        return self._choice.sort or any(name.startswith("kinesis:") for name in self._names)

    @property
    def _repeats(self) -> bool:
        return self._choice.loop > 1 or self._choice.multiply > 1

    @property
    def _needs_time(self) -> bool:
        choice = self._choice
        return (
            self._pace.as_recorded
            or choice.sort
            or choice.retime is not None
            or choice.since is not None
            or choice.until is not None
        )

    def _find_time(self) -> TimeField | None:
        """Where the times are, and say so; None if they do not matter, or cannot be known before."""
        given = self._reading.named_time
        if self._live or not (self._needs_time or (self._repeats and self._looked.events)):
            return None
        found = find_time_field(self._looked.events, given)
        if found.seen:
            say(f"event time: {found.name}, in {found.seen:,} of the first {found.of:,} events")
        elif self._choice.sort or self._choice.retime is not None or self._choice.since or self._choice.until:
            raise UsageProblem(
                "no event time found, and without it events cannot be sorted, moved or cut by time",
                f"name it with --time-field; fields seen: {', '.join(found.fields)}",
            )
        elif self._pace.as_recorded:
            _check_needless_of_times(found)
            say(
                "warning: no event time found, so everything is due at once; name the field with --time-field, "
                f"or pace it with --rate; fields seen: {', '.join(found.fields)}"
            )
        return found

    def _find_identities(self) -> Identities:
        _check_copies(self._choice, self._looked)
        found = find_identities(self._looked.events)
        given = self._reading.visitor_field
        choice = self._choice
        if given is not None:
            found = Identities(given, found.session, found.event)
        if found.visitor is None and (choice.sample is not None or choice.ordered):
            option = "--sample" if choice.sample is not None else "--ordered"
            raise UsageProblem(
                f"{option}: it was not found which field says who the visitor is", "name it with --visitor-field"
            )
        if choice.sample is not None or choice.ordered:
            say(f"visitors: {found.visitor}")
        if choice.multiply > 1 and found.visitor is None:
            say(
                "warning: it was not found which field says who the visitor is, so each event of a copy is moved "
                "by itself; name the field with --visitor-field"
            )
        if self._repeats:
            what = ", ".join(found.named) or "nothing: no field was found that names visitors, sessions or events"
            each = [
                word for word, number in (("repetition", choice.loop), ("copy", choice.multiply)) if number > 1
            ]
            say(f"renewed in each {' and '.join(each)}: {what}")
        return found

    def _recording(self) -> Recording:
        choice, time = self._choice, self._time
        if choice.where is not None:
            compile_where(choice.where)
        forms = list(dict.fromkeys(self._looked.forms))
        index = {form: number for number, form in enumerate(forms)}
        reorders = self._pace.as_recorded and (not self._live or choice.reorder_window is not None)
        window = REORDER_S if choice.reorder_window is None else choice.reorder_window
        return Recording(
            forms=tuple(forms) or (Form(),),
            form_of=tuple(index[form] for form in self._looked.forms) if len(forms) > 1 else (),
            access=self._reading.access,
            since_ms=choice.since if any(name.startswith("kinesis:") for name in self._names) else None,
            zone=self._reading.zone,
            day_first=time is not None and time.day_first,
            earliest_s=None if choice.since is None else choice.since / 1000,
            latest_s=None if choice.until is None else choice.until / 1000,
            where=choice.where,
            sample=choice.sample,
            visitor_field=self._identities.visitor,
            renewed=self._identities.named if self._repeats else (),
            moved=(time.name,) if time is not None and time.name is not None else (),
            retime=choice.retime is not None,
            reorder_s=window if reorders else 0.0,
            max_gap_s=choice.max_gap,
            loop=choice.loop,
            multiply=choice.multiply,
            jitter_s=choice.jitter if choice.multiply > 1 else 0.0,
            dropped=choice.drop,
            pseudonymised=choice.pseudonymise,
            limit=choice.limit,
            ordered=choice.ordered,
        )

    def _lanes(self, recording: Recording) -> tuple[tuple[Part, ...], ...]:
        """What each lane reads; empty for the usual division by sources."""
        choice = self._choice
        together = choice.ordered or choice.limit is not None or self._repeats or choice.max_gap is not None
        if self._spools or together or self._pace.at_rate:
            return (tuple(Part(source=number) for number in range(len(self._names))),)
        if self._pace.as_recorded:
            return ()
        found = divide(self._names, recording)
        for name in found.undivided:
            say(f"{name}: one worker reads all of it, since a quoted cell holds a line end")
        return found.lanes

    def _look(self, recording: Recording, id_field: str) -> TimesSeen:
        once = recording.as_read()
        readers = [
            LaneEvents(
                parts,
                once,
                id_field=id_field,
                time_field=None if self._time is None else self._time.name,
                open_source=self._open,
            )
            for parts in divided(self._names, recording, at_rate=self._pace.at_rate)
        ]
        whole = self._choice.loop > 1
        window = math.inf if self._choice.sort else recording.reorder_s
        seen = look_at_times(readers, window, None if whole else LOOK_BYTES)
        for line in recording_lines(
            seen, self._pace.speed if self._pace.as_recorded else None, self._choice.max_gap
        ):
            say(line)
        for line in copies_lines(seen, self._choice.multiply, self._choice.jitter):
            say(line)
        return seen

    def _foreseen(self, recording: Recording, seen: TimesSeen) -> Recording:
        """The recording, with how many events it has and how long they take, as far as that is known."""
        choice = self._choice
        if not seen.whole:
            return recording
        events = seen.events * choice.loop * choice.multiply
        changed: dict[str, object] = {"events": min(events, choice.limit or events)}
        # each gap that is shortened, each copy that is moved and a limit would make it another time
        if self._pace.as_recorded and choice.multiply == 1 and choice.max_gap is None and choice.limit is None:
            length_s = (choice.loop - 1) * recording.loop_ms / 1000 + seen.length_s
            changed["takes_s"] = length_s / self._pace.speed
        return recording.model_copy(update=changed)

    def _after_look(self, recording: Recording, seen: TimesSeen) -> Recording:
        """The recording, with what its times say of it; UsageProblem if they are not in order at all."""
        choice, field = self._choice, None if self._time is None else self._time.name
        if self._pace.as_recorded and not choice.sort:
            for warning in time_warnings(seen, field, recording.reorder_s):
                say(f"warning: {warning}")
            if seen.beyond > _MOSTLY_LATE * seen.events and choice.reorder_window is None:
                raise UsageProblem(
                    f"the recording is not in order of time: {seen.beyond:,} of {seen.events:,} events are over "
                    f"{recording.reorder_s / 60:g}m behind a later one",
                    "--sort puts all in order first; --rate ignores the times; --reorder-window 0s sends "
                    "them as they come",
                )
        changed: dict[str, object] = {"believed_s": seen.believed_s}
        if seen.whole and not seen.out_of_order:
            changed["reorder_s"] = 0.0  # it is in order: there is nothing to wait for
        if choice.loop > 1 and seen.events:
            mean_gap = seen.length_s / max(1, seen.events - 1)
            changed["loop_ms"] = max(1, round((seen.length_s + mean_gap) * 1000))
        return recording.model_copy(update=changed)


def _check_copies(choice: ChoiceOptions, looked: Looked) -> None:
    """UsageProblem for copies that cannot be made."""
    if choice.jitter > JUMP_S:
        raise UsageProblem(f"--jitter {choice.jitter:g}s is longer than an hour", "give 1h or less")
    if choice.multiply == 1 and was_given("jitter"):
        raise UsageProblem("--jitter without --multiply", "it moves the copies that --multiply makes")
    if choice.multiply > 1 and not looked.events:
        raise UsageProblem(
            "--multiply of a source that can be read only once: its visitors cannot be found before",
            "keep the events in a file and replay that",
        )


def _check_needless_of_times(found: TimeField) -> None:
    """UsageProblem for options that say how recorded times are followed, if the events have none."""
    for name in _OF_TIMES:
        if was_given(name) and found.of:
            option = f"--{name.replace('_', '-')}"
            raise UsageProblem(
                f"{option}: no event time found, and without it the recorded pace is not known",
                f"name it with --time-field, or give --rate; fields seen: {', '.join(found.fields)}",
            )
