"""Opening what a replay reads: files, objects of S3, records of a Kinesis stream."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from clickgen.ledger.folder import RunFolder
from clickgen.model.plan import Plan
from clickgen.model.recording import Recording, SourceAccess
from clickgen.read.open import Source
from clickgen.sink.aws import Access
from clickgen.traffic.replay import parts_of
from clickgen.traffic.replay_events import LaneEvents
from clickgen.traffic.replay_files import STDIN, find_files, is_live
from clickgen.traffic.replay_source import LanePart, OpenSource, open_local

S3, KINESIS = "s3://", "kinesis:"


def access_of(source: SourceAccess) -> Access:
    """How to reach the service that a source is in."""
    return Access(source.region, source.aws_profile, source.endpoint_url)


def opener_of(recording: Recording, names: Sequence[str] = ()) -> OpenSource:
    """What opens the sources of a replay.

    names: those that are opened one after another; the object after the one that is opened is read ahead.
    """
    access = access_of(recording.access)
    following = dict(pairwise(names))
    ahead: dict[str, Iterator[bytes]] = {}

    def open_source(name: str) -> Source:
        if name.startswith(S3):
            from clickgen.feed.bucket_source import read_object

            opened = ahead.pop(name, None) or read_object(access, name)
            after = following.get(name, "")
            if after.startswith(S3) and after not in ahead:
                ahead[after] = read_object(access, after)
            return opened
        if name.startswith(KINESIS):
            from clickgen.feed.kinesis_source import read_stream

            return read_stream(access, name.removeprefix(KINESIS), recording.since_ms)
        return open_local(name)

    return open_source


def find_sources(arguments: Sequence[str], access: SourceAccess) -> list[str]:
    """The sources that arguments name; raises UsageProblem for what names nothing."""
    reach = access_of(access)

    def keys_of(name: str) -> Iterable[str]:
        from clickgen.feed.bucket_source import list_objects

        return (key for key, _ in list_objects(reach, name))

    return find_files(arguments, keys_of)


def read_once(plan: Plan) -> str | None:
    """A source of a replay that cannot be read a second time, in words; None if all can."""
    if plan.recording.spooled:
        return None
    once = next((name for name in plan.sources if is_live(name)), None)
    return "standard input" if once == STDIN else once


def lane_parts(plan: Plan, folder: RunFolder) -> list[list[LanePart]]:
    """What each lane of a replay reads."""
    return parts_of(plan, str(folder.recording_file))


def lane_events(plan: Plan, folder: RunFolder, lane: int) -> LaneEvents:
    """The events of a lane as they are recorded and chosen, without their ids, to be counted."""
    return LaneEvents(
        lane_parts(plan, folder)[lane],
        plan.recording.model_copy(update={"dropped": (), "pseudonymised": ()}),
        id_field=plan.id_field,
        time_field=plan.time_field,
        timed=plan.as_recorded,
        open_source=opener_of(plan.recording),
    )
