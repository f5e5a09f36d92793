"""The facts of a run's events, made again as they were when the run made them."""

from collections.abc import Iterator
from functools import cached_property

from clickgen.feed.generated_lanes import Traffic
from clickgen.feed.lanes import open_simulated
from clickgen.model.disorder import Disorder
from clickgen.model.event_id import ID_LENGTH
from clickgen.model.plan import Plan
from clickgen.profile.tables import Tables
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Facts
from clickgen.schema.parts import Fixed, LayoutPart, Rows, id_of

_AT_ONCE = 16_384


class _Kept(LayoutPart):
    """A part that writes nothing: it keeps the facts that a schema would get."""

    def __init__(self) -> None:
        self._facts: list[Facts] = []
        self.events = 0

    def texts(self, rows: Rows) -> tuple[list[bytes], int]:
        self._facts.append(rows.facts)
        self.events += len(rows)
        return [b""] * len(rows), 0

    def take(self) -> Facts:
        """What was kept since the last call, at least one event."""
        taken, self._facts, self.events = Facts.joined(self._facts), [], 0
        return taken

    def layout(self) -> Layout:
        """Events of this part, and of the id that every event must have."""
        return Layout([self, Fixed((ID_LENGTH, id_of))], id_part=1)


class _KeptTraffic(Traffic):
    """Generated traffic of which the facts are kept."""

    @cached_property
    def kept(self) -> _Kept:
        return _Kept()

    @cached_property
    def layout(self) -> Layout:
        return self.kept.layout()


def facts_again(plan: Plan, tables: Tables, lane: int) -> Iterator[Facts]:
    """The facts of a lane's events, from its first on, some thousands at a time; a lane may have no end.

    They are those that the events report: an event that is late on purpose has its late time.
    """
    plan = plan.model_copy(update={"disorder": _of_facts(plan.disorder)})
    if plan.command == "generate":
        traffic = _KeptTraffic(plan, tables)
        kept, next_block = traffic.kept, traffic.open_lane(lane, 0).next_block
    else:
        kept = _Kept()
        next_block = open_simulated(tables, kept.layout(), lane, 0, plan).next_block
    going = True
    while going:
        going = next_block() is not None
        if kept.events >= (_AT_ONCE if going else 1):
            yield kept.take()


def _of_facts(disorder: Disorder | None) -> Disorder | None:
    """The part of a disorder that changes facts, and not bytes."""
    if disorder is None or not (disorder.late or disorder.reorder):
        return None
    return Disorder(late=disorder.late, late_s=disorder.late_s, reorder=disorder.reorder)
