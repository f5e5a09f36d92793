"""Events that show what a run's schema promises: which fields there are, and of what type."""

from collections.abc import Iterator
from itertools import islice

from clickgen.feed.layouts import layout_for
from clickgen.feed.regenerated_events import RegeneratedEvents
from clickgen.ledger.folder import RunFolder
from clickgen.model.plan import Plan
from clickgen.profile.tables import load_tables
from clickgen.schema.samples import sample_events
from clickgen.traffic.simulation import vocabulary_of

_SIMULATED_EVENTS = 4_000  # of the run, beside those that have every field: fields with values of several types
_RECORDED_EVENTS = 200_000


def schema_samples(folder: RunFolder, plan: Plan) -> Iterator[bytes]:
    """Events as the run sent them, with nothing wrong on purpose; of recorded traffic the first 200,000.

    Raises UsageProblem where recorded traffic cannot be read again.
    """
    sent = RegeneratedEvents(folder.path, plan.model_copy(update={"disorder": None}))
    sent.check()
    if plan.command == "replay":
        a_lane = -(-_RECORDED_EVENTS // plan.lanes)
        for lane in range(plan.lanes):
            yield from islice(_events(sent, lane), a_lane)
        return
    tables = load_tables(folder.tables_file)
    yield from sample_events(layout_for(plan, tables), vocabulary_of(tables)).splitlines()
    yield from islice(_events(sent, 0), _SIMULATED_EVENTS)


def _events(sent: RegeneratedEvents, lane: int) -> Iterator[bytes]:
    source = sent.open_lane(lane)
    while (block := source.next_block()) is not None:
        yield from (block.event(index) for index in range(len(block)))
