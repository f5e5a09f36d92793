"""The open spools of a stream: one for each thing that gathers, sealed by its size, its age or on request.

Records gather for an object of the stream or of a partition, for the backup of the source, or as lines about
records of one kind of failure. A put is never split: a spool ends with the put that fills it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clickgen.local.firehose.journal import Content, SpoolPlace
from clickgen.local.firehose.spool import SpoolWriter
from clickgen.local.platform.clock import ServiceClock

GatheringName = tuple[str, ...]
"""The version of the settings, what the records are, and which of them."""

PlaceAt = Callable[[int], SpoolPlace]


@dataclass(frozen=True)
class Gathering:
    """Something that gathers in a spool of its own.

    name: tells it from others of the stream.
    content: what the records are.
    limit: bytes at which its spool is sealed.
    seconds: after which it is sealed, counted from its first record, unless the one before it still waits.
    place: where a spool goes whose oldest record arrived then (epoch milliseconds).
    """

    name: GatheringName
    content: Content
    limit: float
    seconds: float
    place: PlaceAt

    @property
    def version(self) -> str:
        """The version of the settings that it follows."""
        return self.name[0]


@dataclass(frozen=True, slots=True)
class Addition:
    """Records to append to what gathers.

    arrived: epoch milliseconds of the oldest.
    notes: what the source says of them, as JSON; empty if it says nothing.
    """

    gathering: Gathering
    payload: bytes
    lengths: Sequence[int]
    arrived: int
    notes: bytes = b""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of a spool that are still to be handed on."""

    name: GatheringName
    content: Content
    records: int
    arrived: int  # when the oldest did, in epoch milliseconds


@dataclass
class OpenSpool:
    """A spool that gathers, or did.

    records, arrived: how many it has, and when the oldest arrived (epoch milliseconds).
    overdue: whether its time is up, although it still gathers.
    """

    writer: SpoolWriter
    gathering: Gathering
    timer: asyncio.TimerHandle
    arrived: int
    records: int = 0
    overdue: bool = False

    @property
    def waiting(self) -> Waiting:
        """Its records."""
        return Waiting(self.gathering.name, self.gathering.content, self.records, self.arrived)


class OpenSpools:
    """The open spools in one folder. Belongs to the running event loop.

    sealed: is called with each spool that takes no more.
    behind: tells of a gathering whether what was sealed of it still waits; then more gathers meanwhile, as the
    service does it when a delivery falls behind.
    """

    def __init__(
        self,
        folder: Path,
        first: int,
        clock: ServiceClock,
        sealed: Callable[[OpenSpool], None],
        behind: Callable[[GatheringName], bool] = lambda _name: False,
    ) -> None:
        self._folder = folder
        self._next = first
        self._clock = clock
        self._sealed = sealed
        self._behind = behind
        self._open: dict[GatheringName, OpenSpool] = {}

    @property
    def open(self) -> Mapping[GatheringName, OpenSpool]:
        """What gathers now."""
        return self._open

    def append(self, addition: Addition) -> None:
        """Keep records durably. On OSError nothing of them is kept."""
        spool = self._add(addition, 0)
        if spool.writer.size >= spool.gathering.limit:
            self.seal(spool.gathering.name)

    def append_all(self, additions: Sequence[Addition], origin: int, commit: Callable[[], None]) -> None:
        """Keep all of these, made from the incoming spool `origin` if that is not 0, then `commit`.

        On OSError, also of `commit`, nothing of them is kept.
        """
        marks: dict[GatheringName, tuple[OpenSpool, tuple[int, int], int]] = {}
        try:
            for addition in additions:
                spool = self._opened(addition)
                marks.setdefault(spool.gathering.name, (spool, spool.writer.mark, spool.records))
                self._add(addition, origin)
            commit()
        except OSError:
            for name, (spool, mark, records) in marks.items():
                if name in self._open:
                    spool.writer.cut_back(mark)
                    spool.records = records
                    self._give_up_torn(spool.writer, name)
            raise
        for name, (spool, _, _) in marks.items():
            if spool.writer.size >= spool.gathering.limit:
                self.seal(name)

    def seal(self, name: GatheringName) -> None:
        """Hand on what has gathered under that name, if anything has."""
        spool = self._open.pop(name, None)
        if spool is not None:
            spool.timer.cancel()
            spool.writer.close()
            self._sealed(spool)

    def seal_overdue(self, name: GatheringName) -> None:
        """Hand on what has gathered under that name if its time is up."""
        spool = self._open.get(name)
        if spool is not None and spool.overdue:
            self.seal(name)

    def seal_all(self) -> None:
        """Hand on everything, oldest spool first."""
        for name in list(self._open):
            self.seal(name)

    def _time_is_up(self, name: GatheringName) -> None:
        self._open[name].overdue = True
        if not self._behind(name):
            self.seal(name)

    def _add(self, addition: Addition, origin: int) -> OpenSpool:
        spool = self._opened(addition)
        writer = spool.writer
        try:
            writer.append(
                addition.payload, addition.lengths, arrived=addition.arrived, origin=origin, notes=addition.notes
            )
        except OSError:
            self._give_up_torn(writer, spool.gathering.name)
            raise
        spool.records += len(addition.lengths)
        return spool

    def _give_up_torn(self, writer: SpoolWriter, name: GatheringName) -> None:
        if writer.torn:
            self.seal(name)

    def _opened(self, addition: Addition) -> OpenSpool:
        gathering = addition.gathering
        spool = self._open.get(gathering.name)
        if spool is None:
            writer = SpoolWriter(self._folder, self._next, gathering.place(addition.arrived))
            self._next += 1
            timer = self._clock.call_later(gathering.seconds, lambda: self._time_is_up(gathering.name))
            spool = self._open[gathering.name] = OpenSpool(writer, gathering, timer, addition.arrived)
        return spool
