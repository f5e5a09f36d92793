"""Events of a replay that are put into a file first: to be sorted, or since they can be read only once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clickgen.cli.app import App, say

if TYPE_CHECKING:
    from clickgen.cli.replay_plan import Settled
    from clickgen.model.plan import Plan
    from clickgen.traffic.replay_source import OpenSource

_SHOWN_BAD = 20


def plan_of_spool(plan: "Plan", spool: Path, *, sort: bool) -> "Plan":
    """The plan that reads the events where they were put."""
    changed: dict[str, object] = {"spooled": True, "lanes": ()}
    if sort:
        changed["reorder_s"] = 0.0
        plan = plan.model_copy(update={"origin_ms": _first_time_ms(plan, spool)})
    return plan.model_copy(update={"recording": plan.recording.model_copy(update=changed), "lanes": 1})


@contextmanager
def spooled(app: App, plan: "Plan", settled: "Settled", open_source: "OpenSource") -> "Iterator[Path]":
    """The events in a file of the home, which the run's folder takes over; removed if it does not."""
    from clickgen.ledger.folder import explained, private
    from clickgen.traffic.replay import parts_of
    from clickgen.traffic.replay_events import LaneEvents
    from clickgen.traffic.spool import spool

    home = app.prepared_home()
    path = home.path / f"recording-{plan.run}.jsonl"
    once = plan.recording.as_read()
    events = LaneEvents(
        [part for lane in parts_of(plan, "") for part in lane],
        once,
        id_field=plan.id_field,
        time_field=plan.time_field,
        open_source=open_source,
    )
    say(f"{'sorting' if settled.sort else 'copying'} the events into the run's folder")
    try:
        with explained(home.path):
            skipped = spool(events.groups(), private(path), sort=settled.sort)
        for piece in skipped[:_SHOWN_BAD]:
            say(f"warning: not an event: {piece.file} line {piece.line}: {piece.reason}")
        yield path
    finally:
        path.unlink(missing_ok=True)


def _first_time_ms(plan: "Plan", spool: Path) -> float | None:
    """The Unix time in ms of the first of the events that were sorted; None if none has one."""
    from clickgen.traffic.replay_events import LaneEvents
    from clickgen.traffic.replay_source import LanePart

    once = plan.recording.as_read()
    events = LaneEvents([LanePart(str(spool))], once, id_field="", time_field=plan.time_field)
    times = (time for group in events.groups() for time in group.times)
    return next((time * 1000 for time in times if time == time), None)  # noqa: PLR0124  # NaN is not itself
