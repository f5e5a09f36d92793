"""Opening the lanes of a replay: imported by runs that have one, since others would pay for it at each start."""

from collections.abc import Mapping

from clickgen.feed.due_times import schedule_of
from clickgen.feed.lanes import Feed
from clickgen.feed.sources import lane_parts, opener_of
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.pseudonym_key import read_key
from clickgen.model.plan import Plan
from clickgen.pace.schedule import LaneSchedule
from clickgen.traffic.replay import Recorded, RecordedLane
from clickgen.traffic.replay_bulk import BulkLane, can_be_bulk


def recorded_feeds(folder: RunFolder, plan: Plan, lanes: Mapping[int, int]) -> dict[int, Feed]:
    """The sources of these lanes, each opened at its number."""
    schedule = schedule_of(plan)
    parts = lane_parts(plan, folder)
    key = read_key(folder) if plan.recording.pseudonymised else b""
    feeds: dict[int, Feed] = {}
    for lane, first in lanes.items():
        timing = (
            Recorded(plan.origin_ms, plan.speed, plan.time_field)
            if schedule is None
            else LaneSchedule(schedule, lane, plan.lanes).due
        )
        if not isinstance(timing, Recorded) and can_be_bulk(parts[lane], plan.recording):
            feeds[lane] = BulkLane(
                parts[lane],
                run=plan.run,
                lane=lane,
                due=timing,
                id_field=plan.id_field,
                first=first,
                open_source=opener_of(plan.recording, [part.name for part in parts[lane]]),
            )
            continue
        feeds[lane] = RecordedLane(
            parts[lane],
            run=plan.run,
            lane=lane,
            timing=timing,
            id_field=plan.id_field,
            first=first,
            recording=plan.recording,
            time_field=plan.time_field,
            origin_ms=plan.origin_ms,
            start_ms=plan.start_ms,
            open_source=opener_of(plan.recording, [part.name for part in parts[lane]]),
            key=key,
        )
    return feeds
