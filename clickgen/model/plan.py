"""The plan of a run: everything that was decided before its first event left. Written once, as plan.json."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from clickgen.model.destination import Destination
from clickgen.model.disorder import Disorder
from clickgen.model.recording import Recording
from clickgen.model.timetable import Timetable

# S3 User Guide, "Bucket naming rules"
BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")  # with what the oldest buckets of S3 may be called

MAX_LANES = 64


class Place(BaseModel):
    """Where a stream delivers, as far as it was known when the run began."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    prefix: str = ""  # as configured, expressions included (empty: the service's default)
    error_prefix: str = ""  # the same
    compression: str = "UNCOMPRESSED"
    buffer_seconds: int = 300  # the stream's buffer hints
    buffer_mb: int = 5
    time_zone: str | None = None  # of the times in its prefixes, or None if it is not known
    lake: str | None = None  # the folder that stands for S3, or None for S3


class Plan(BaseModel):
    """What a run set out to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    run: str
    command: Literal["send", "replay", "generate"]
    created_ms: int
    start_ms: int  # Unix time of second 0 of the schedule, which event times count from
    began_ms: int | None = None
    """When that second really was, as `--start` may put the events elsewhere; None before a run begins, and after
    it was resumed, as then there are several."""
    lanes: int
    rate: float | None = None
    """Events a second, the mean that the natural rate varies around for `generate`; None is as fast as it goes
    (send) or as recorded (replay)."""
    timetable: Timetable | None = None  # how the rate changes, if it does; `rate` is then its peak
    time_scale: float = 1.0  # how many seconds of the events' own time pass in a second of the run
    natural: Timetable | None = None
    """How many events a second happen in their own time, of a simulation that goes as fast as it can; None for
    all others, and for runs of earlier versions, which simulated 16,000 a second."""
    planned: int | None = None
    """How many events the limits allow; None if that is only known at the end: an endless run, a replay, or one
    that goes as fast as it can for a time."""
    duration_s: float | None = None
    seed: int | None = None
    profile: str | None = None
    event_schema: str | dict[str, Any] = "flat"  # a schema's name, or the fields that a profile gives its events
    disorder: Disorder | None = None  # what is wrong on purpose
    sources: tuple[str, ...] = ()  # what a replay reads
    recording: Recording = Recording()  # how it reads them
    speed: float = 1.0
    full_speed: bool = False  # a replay goes as fast as it can
    time_field: str | None = None
    origin_ms: float | None = (
        None  # the Unix time of second 0 of a replay as recorded, or None for the first event's
    )
    id_field: str = "event_id"
    visitor_field: str | None = None  # None if it is not known, as for recorded traffic
    pack: bool = False
    linger_s: float | None = None  # how long a batch's first event waits for more, or None for what suits the run
    format: Literal["jsonl", "csv", "parquet"] = "jsonl"  # of the files that are generated, as is gzip
    gzip: bool = False
    workers: int = 1
    destination: Destination
    place: Place | None = None
    pipeline: tuple[str, ...] = ()  # the options that name the pipeline whose entry the destination is, if one was

    @property
    def endless(self) -> bool:
        """Whether the run goes on until it is stopped."""
        return self.command == "send" and self.planned is None and self.duration_s is None

    @property
    def unpaced(self) -> bool:
        """Whether events leave as fast as they go, with no due time to wait for."""
        return self.full_speed or (self.command == "send" and self.rate is None)

    @property
    def as_recorded(self) -> bool:
        """Whether events are due when their recorded times say so."""
        return self.command == "replay" and self.rate is None and self.timetable is None and not self.full_speed

    def lane_planned(self, lane: int, planned: int) -> int:
        """How many of the run's first `planned` events are this lane's: event `lane` and every `lanes`-th on."""
        return max(0, -(-(planned - lane) // self.lanes))

    def aimed_at(self, destination: Destination, place: Place | None) -> "Plan":
        """The plan of a run that goes there."""
        return self.model_copy(update={"destination": destination, "place": place})
