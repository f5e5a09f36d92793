"""The plan of a run: everything that was decided before its first event left. Written once, as plan.json."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from clickgen.model.destination import Destination
from clickgen.model.disorder import Disorder
from clickgen.model.timetable import Timetable

# S3 User Guide, "Bucket naming rules"
BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")  # with what the oldest buckets of S3 may be called


class Place(BaseModel):
    """Where a stream delivers, as far as it was known when the run began.

    prefix and error_prefix are as configured, expressions included (empty: the service's default).
    buffer_seconds, buffer_mb: the stream's buffer hints. time_zone: of the times in its prefixes, None where it is
    not known. lake: the folder that stands for S3; None is S3.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    prefix: str = ""
    error_prefix: str = ""
    compression: str = "UNCOMPRESSED"
    buffer_seconds: int = 300
    buffer_mb: int = 5
    time_zone: str | None = None
    lake: str | None = None


class Plan(BaseModel):
    """What a run set out to do.

    start_ms: the Unix time in milliseconds of second 0 of the schedule, which event times count from. began_ms:
    when that second really was, as `--start` may put the events elsewhere; None before a run begins, and where it
    was resumed, as then there are several.
    rate: events a second; None is as fast as it goes (send) or as recorded (replay).
    timetable: where the rate changes, how; `rate` is then its peak.
    origin_ms: for a replay as recorded, the Unix time that its second 0 stands for; None is the first event's.
    full_speed: whether a replay goes as fast as it can. linger_s: how long the first event of a batch waits for
    more; None is what suits the run and its destination.
    planned: how many events the limits allow; None where that is only known at the end: an endless run, a
    replay, or one that goes as fast as it can for a time.
    event_schema: a schema's name, or the fields that a profile gives its events. id_field, visitor_field: where
    events say their id and their visitor; None where that is not known, as of recorded traffic. disorder: what is
    wrong on purpose. format, gzip: of the files that are generated; there rate is a mean that the natural rate
    varies around.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    run: str
    command: Literal["send", "replay", "generate"]
    created_ms: int
    start_ms: int
    began_ms: int | None = None
    lanes: int
    rate: float | None = None
    timetable: Timetable | None = None
    planned: int | None = None
    duration_s: float | None = None
    seed: int | None = None
    profile: str | None = None
    event_schema: str | dict[str, Any] = "flat"
    disorder: Disorder | None = None
    sources: tuple[str, ...] = ()
    speed: float = 1.0
    full_speed: bool = False
    time_field: str | None = None
    origin_ms: float | None = None
    id_field: str = "event_id"
    visitor_field: str | None = None
    pack: bool = False
    linger_s: float | None = None
    format: Literal["jsonl", "csv", "parquet"] = "jsonl"
    gzip: bool = False
    workers: int = 1
    destination: Destination
    place: Place | None = None

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
        return self.command == "replay" and self.rate is None and not self.full_speed

    def lane_planned(self, lane: int, planned: int) -> int:
        """How many of the run's first `planned` events are this lane's: event `lane` and every `lanes`-th on."""
        return max(0, -(-(planned - lane) // self.lanes))
