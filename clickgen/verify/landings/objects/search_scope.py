"""Where to look for a run: the place in its plan, the one that was named, or the one that a stream describes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place as PlannedPlace
from clickgen.model.plan import Plan
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose_stream import StreamFacts, Undescribed, describe_stream
from clickgen.sink.registry import address_text
from clickgen.verify.landings.aws_reads import reading_access
from clickgen.verify.landings.objects.bucket import CONNECTIONS, BucketPlace
from clickgen.verify.landings.objects.place import FolderPlace, ObjectPlace, RotatedFile, Stored
from clickgen.verify.landings.objects.prefix import data_prefixes, error_prefixes, shortest, static_prefix

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_S3 = "s3://"
_ASSUMED_BUFFER_S = 300
_SAY_WHERE = "say where the objects are: --at s3://bucket/prefix or a folder"


@dataclass(frozen=True, slots=True)
class SearchScope:
    """A place to look in, and which keys there can hold a run's events."""

    place: ObjectPlace
    stream: PlannedPlace | None  # whose prefixes are looked at, or None to look at everything
    buffer_seconds: int
    behind: bool = False  # whether something else passes the events on to the stream, which may do so at any time
    backup: str | None = None  # the prefix of the stream's source backup, if that is in the same bucket
    errors_only: bool = False  # whether only the stream's error output is looked at

    @property
    def identity(self) -> str:
        """What tells it from every other scope."""
        if self.stream is None or not (self.behind or self.errors_only):
            return self.place.identity
        which = "errors" if self.errors_only else "all"
        return "\n".join([self.place.identity, self.stream.prefix, self.stream.error_prefix, which])

    def prefixes(self, first_ms: int, last_ms: int) -> list[str]:
        """The key prefixes that can hold events sent from `first_ms` to `last_ms`."""
        if self.stream is None:
            return [""]
        errors = error_prefixes(self.stream.prefix, self.stream.error_prefix)
        if self.errors_only:
            return errors
        data = data_prefixes(self.stream.prefix, first_ms, last_ms, zone_of(self.stream.time_zone))
        return shortest([*data, *errors])

    def objects(self, first_ms: int, last_ms: int, now_ms: int) -> Iterator[Stored]:
        """The objects that can hold events sent from `first_ms` to `last_ms`, without those of the backup."""
        prefixes = self.prefixes(first_ms, max(last_ms, now_ms) if self.behind else last_ms)
        backup = self.backup
        # a backup beside the records can be told from them; one in the same prefixes cannot
        apart = backup is not None and not any(prefix.startswith(backup) for prefix in prefixes)
        for stored in self.place.objects(prefixes):
            if not (apart and backup is not None and stored.key.startswith(backup)):
                yield stored


def find_place(plan: Plan, at: str | None, access: Access, stream: str | None = None) -> SearchScope:
    """The place that `at` names (a folder, a file, or s3://bucket/prefix), else where the run delivers.

    stream: the Firehose stream whose place it is, if not the run's own. access: how to reach S3, as far as the
    user said. A run against an emulator is looked for at the same emulator. Raises UsageProblem or
    EnvironmentProblem if there is no place to look in.
    """
    known = plan.place
    if at is not None:
        buffer = known.buffer_seconds if known is not None else _ASSUMED_BUFFER_S
        return SearchScope(named_place(at, reading_access("s3", plan, access)), None, buffer)
    if stream is not None:
        return _delivered_by(stream, plan, access)
    if plan.destination.kind == "file":
        return SearchScope(RotatedFile(Path(plan.destination.stream)), None, 0)
    if known is None:
        known = _described_place(plan, access)
    return SearchScope(_place(known, plan, access), known, known.buffer_seconds)


def find_staging(plan: Plan, stream: str, access: Access) -> SearchScope:
    """The place from which a Firehose stream loads a warehouse. Raises as `find_place` does."""
    staging = _described(stream, reading_access("firehose", plan, access)).staging
    if staging is None:
        raise UsageProblem(
            f"stream {stream!r} does not deliver to Redshift", "name the stream that loads the table"
        )
    return SearchScope(_place(staging, plan, access), staging, staging.buffer_seconds, behind=True)


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone of that name, or None for an unknown one."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        return None


def named_place(at: str, access: Access) -> ObjectPlace:
    """The place that `at` names: a folder, a file, or s3://bucket/prefix. access: how to reach S3."""
    if at == "":
        raise UsageProblem("--at without a place", "name a folder, or s3://bucket/prefix")
    if not at.startswith(_S3):
        return FolderPlace(Path(at).expanduser())
    bucket, _, prefix = at.removeprefix(_S3).partition("/")
    if not bucket:
        raise UsageProblem(f"--at {at} names no bucket", "write it as s3://bucket/prefix")
    return BucketPlace(_s3_client(access), bucket, prefix)


def _s3_client(access: Access) -> "Callable[[], S3Client]":
    """What makes a client, here or in another process."""
    return partial(make_client, "s3", access, connections=CONNECTIONS)


def _place(known: PlannedPlace, plan: Plan, access: Access) -> ObjectPlace:
    if known.lake is not None:
        return FolderPlace(Path(known.lake), known.bucket, known=True)
    return BucketPlace(_s3_client(reading_access("s3", plan, access)), known.bucket)


def _delivered_by(stream: str, plan: Plan, access: Access) -> SearchScope:
    """Where a stream delivers that is somewhere behind the run's destination, or is it."""
    facts = _described(stream, reading_access("firehose", plan, access))
    place, backup = _place_of(facts, stream), facts.backup
    behind = (plan.destination.kind, plan.destination.stream) != ("firehose", stream)
    beside = backup is not None and (backup.bucket, backup.lake) == (place.bucket, place.lake)
    prefix = static_prefix(backup.prefix) if backup is not None and beside else None
    return SearchScope(_place(place, plan, access), place, place.buffer_seconds, behind, prefix or None)


def _described_place(plan: Plan, access: Access) -> PlannedPlace:
    destination = plan.destination
    if destination.kind != "firehose":
        raise UsageProblem(
            f"run {plan.run} went to {address_text(destination.kind, destination.stream)}, not into S3",
            "if something delivers from there, say where: --at s3://bucket/prefix or a folder, or --stream with"
            " the Firehose stream that does",
        )
    reached = Access(
        access.region or destination.region,
        access.aws_profile or destination.aws_profile,
        destination.endpoint_url or access.endpoint_url,
    )
    return _place_of(_described(destination.stream, reached), destination.stream)


def _described(stream: str, access: Access) -> StreamFacts:
    facts = describe_stream(make_client("firehose", access), stream)
    if isinstance(facts, Undescribed):
        raise EnvironmentProblem(
            f"where stream {stream!r} delivers is not known, and describing it was denied: {facts.reason}",
            _SAY_WHERE,
        )
    return facts


def _place_of(facts: StreamFacts, stream: str) -> PlannedPlace:
    if facts.place is None:
        raise EnvironmentProblem(f"stream {stream!r} does not deliver to S3", _SAY_WHERE)
    return facts.place
