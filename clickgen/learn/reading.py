"""From the sources of a recording to its columns."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from clickgen.learn.fields import Fields, find_fields
from clickgen.learn.gather import Columns, Gatherer, unfolded
from clickgen.model.errors import UsageProblem
from clickgen.model.progress import tracked
from clickgen.read.pieces import Piece
from clickgen.read.table import Table
from clickgen.traffic.event_time import TimeReader
from clickgen.traffic.identities import Identities, find_identities
from clickgen.traffic.replay_events import readable
from clickgen.traffic.replay_look import Looked
from clickgen.traffic.replay_source import LanePart, OpenSource, read_part, read_part_in_tables
from clickgen.traffic.time_field import TimeField, find_time_field


@dataclass(frozen=True, slots=True)
class Layout:
    """Where events of a recording have what is learned from."""

    time: TimeField
    who: Identities
    fields: Fields
    nested: str | None  # the field of each object that has a list of events

    def wanted(self, reader: TimeReader) -> list[str] | None:
        """The fields that are looked at; None if objects have to be taken apart first."""
        if self.nested is not None:
            return None
        names = (*reader.names, self.who.visitor, self.who.session, *astuple(self.fields))
        return list(dict.fromkeys(name for name in names if name is not None))


def find_layout(events: Sequence[dict[str, Any]], time_field: str | None, visitor_field: str | None) -> Layout:
    """The fields of a recording by its first events. Raises UsageProblem if none of them holds a time."""
    nested = None if time_field is not None else _list_of_events(events)
    if nested is not None:
        events = [event for value in events for event in unfolded(value, nested)]
    time = find_time_field(events, time_field)
    if time.name is None:
        raise UsageProblem(
            "no field with times was found, and without times there are no sessions",
            f"name it with --time-field; fields seen: {', '.join(time.fields) or 'none'}",
        )
    who = find_identities(events)
    if visitor_field is not None:
        who = replace(who, visitor=visitor_field)
    if who.session == who.visitor:  # a session that is all that says who does not end at its visitor's next visit
        who = replace(who, session=None)
    return Layout(time, who, find_fields(events, who, time.name), nested)


def _list_of_events(events: Sequence[dict[str, Any]]) -> str | None:
    """The field with a list of objects in objects that have no time of their own."""
    if not events or find_time_field(events).name is not None:
        return None
    for name, value in events[0].items():
        if isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
            return name
    return None


def read_columns(
    names: Sequence[str], looked: Looked, layout: Layout, *, zone: str | None, limit: int, open_source: OpenSource
) -> Columns:
    """The events of all sources, about `limit` at most."""
    reader = TimeReader(layout.time.name, zone=zone, day_first=layout.time.day_first)
    gatherer = Gatherer(layout.fields, layout.who, reader, layout.nested)
    wanted = layout.wanted(reader)
    with tracked("reading", "events") as advance:
        for name, form in zip(names, looked.forms, strict=True):
            part = LanePart(name, form)
            groups: Iterator[Table | list[Piece]] = (
                read_part(part, open_source) if wanted is None else read_part_in_tables(part, wanted, open_source)
            )
            for group in readable(groups):
                before = gatherer.read
                if isinstance(group, list):
                    gatherer.add(group)
                else:
                    gatherer.add_table(group)
                advance(gatherer.read - before)
                if gatherer.read >= limit:
                    return gatherer.columns()
    return gatherer.columns()
