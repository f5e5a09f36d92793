"""Where to look for a run: the place in its plan, the one that was named, or the one that its stream describes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place as PlannedPlace
from clickgen.model.plan import Plan
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose_stream import Undescribed, describe_stream
from clickgen.sink.registry import address_text
from clickgen.verify.landings.aws_reads import reading_access
from clickgen.verify.landings.objects.bucket import CONNECTIONS, BucketPlace
from clickgen.verify.landings.objects.place import FolderPlace, ObjectPlace, RotatedFile
from clickgen.verify.landings.objects.prefix import data_prefixes, error_prefixes, shortest

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_S3 = "s3://"
_ASSUMED_BUFFER_S = 300


@dataclass(frozen=True, slots=True)
class SearchScope:
    """A place to look in."""

    place: ObjectPlace
    stream: PlannedPlace | None  # whose prefixes are looked at, or None to look at everything
    buffer_seconds: int

    def prefixes(self, first_ms: int, last_ms: int) -> list[str]:
        """The key prefixes that can hold events sent from `first_ms` to `last_ms`, error output included."""
        if self.stream is None:
            return [""]
        data = data_prefixes(self.stream.prefix, first_ms, last_ms, zone_of(self.stream.time_zone))
        return shortest([*data, *error_prefixes(self.stream.prefix, self.stream.error_prefix)])


def find_place(plan: Plan, at: str | None, access: Access) -> SearchScope:
    """The place that `at` names (a folder, a file, or s3://bucket/prefix), else the one the run delivers to.

    access: how to reach S3, as far as the user said. A run against an emulator is looked for at the same
    emulator. Raises UsageProblem or EnvironmentProblem if there is no place to look in.
    """
    known = plan.place
    if at == "":
        raise UsageProblem("--at without a place", "name a folder, or s3://bucket/prefix")
    if at is not None:
        buffer = known.buffer_seconds if known is not None else _ASSUMED_BUFFER_S
        return SearchScope(_named_place(at, plan, access), None, buffer)
    if plan.destination.kind == "file":
        return SearchScope(RotatedFile(Path(plan.destination.stream)), None, 0)
    if known is None:
        known = _described_place(plan, access)
    if known.lake is not None:
        return SearchScope(FolderPlace(Path(known.lake), known.bucket, known=True), known, known.buffer_seconds)
    return SearchScope(BucketPlace(_s3_client(plan, access), known.bucket), known, known.buffer_seconds)


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone of that name, or None for an unknown one."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _named_place(at: str, plan: Plan, access: Access) -> ObjectPlace:
    if not at.startswith(_S3):
        return FolderPlace(Path(at).expanduser())
    bucket, _, prefix = at.removeprefix(_S3).partition("/")
    if not bucket:
        raise UsageProblem(f"--at {at} names no bucket", "write it as s3://bucket/prefix")
    return BucketPlace(_s3_client(plan, access), bucket, prefix)


def _s3_client(plan: Plan, access: Access) -> "Callable[[], S3Client]":
    """What makes a client, here or in another process."""
    return partial(make_client, "s3", reading_access("s3", plan, access), connections=CONNECTIONS)


def _described_place(plan: Plan, access: Access) -> PlannedPlace:
    destination = plan.destination
    if destination.kind != "firehose":
        raise UsageProblem(
            f"run {plan.run} went to {address_text(destination.kind, destination.stream)}, not into S3",
            "if something delivers from there, say where: --at s3://bucket/prefix or a folder",
        )
    reached = Access(
        access.region or destination.region,
        access.aws_profile or destination.aws_profile,
        destination.endpoint_url or access.endpoint_url,
    )
    facts = describe_stream(make_client("firehose", reached), destination.stream)
    hint = "say where the objects are: --at s3://bucket/prefix or a folder"
    if isinstance(facts, Undescribed):
        raise EnvironmentProblem(
            f"where stream {destination.stream!r} delivers is not known; describing it was denied: {facts.reason}",
            hint,
        )
    if facts.place is None:
        raise EnvironmentProblem(f"stream {destination.stream!r} does not deliver to S3", hint)
    return facts.place
