"""Reading a recording, for commands that look at it as a whole."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clickgen.cli.replay_options import ReadingOptions
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.learn.fields import Fields
    from clickgen.learn.gather import Columns
    from clickgen.traffic.replay_look import Looked
    from clickgen.traffic.replay_source import OpenSource


@dataclass(frozen=True, slots=True, eq=False)
class ReadRecording:
    """What was read."""

    columns: "Columns"
    fields: "Fields"
    has_visitor: bool  # whether a field says who it was
    unread: bool  # whether some of it could not be read


@dataclass(frozen=True, slots=True)
class OpenedRecording:
    """The sources of a recording that can be read, and what their first events showed."""

    names: tuple[str, ...]
    looked: "Looked"
    open_source: "OpenSource"


def open_recording(files: tuple[str, ...], reading: ReadingOptions, command: str) -> OpenedRecording:
    """The sources that these arguments name.

    command: who reads, for errors. Raises UsageProblem for what names nothing, or can be read once only.
    """
    from clickgen.feed.sources import find_sources, opener_of
    from clickgen.model.recording import Recording
    from clickgen.model.zones import check_zone
    from clickgen.traffic.replay_files import is_live
    from clickgen.traffic.replay_look import look_into

    if reading.zone is not None:
        check_zone(reading.zone)
    names = find_sources(files, reading.access)
    open_source = opener_of(Recording(access=reading.access))
    looked = look_into(names, reading.reading, found={*names} - {*files}, open_source=open_source)
    names = looked.leave_out_unread(names)
    pipe = next((name for name in names if is_live(name)), None)
    if pipe is not None:
        raise UsageProblem(
            f"{'standard input' if pipe == '-' else pipe} can be read only once, and {command} reads twice",
            "write it to a file first",
        )
    return OpenedRecording(tuple(names), looked, open_source)


def read_recording(files: tuple[str, ...], reading: ReadingOptions, limit: int, command: str) -> ReadRecording:
    """The events of the sources that these arguments name, about `limit` at most.

    Raises as `open_recording` does, and UsageProblem for what has no times.
    """
    from clickgen.learn.reading import find_layout, read_columns

    opened = open_recording(files, reading, command)
    looked = opened.looked
    layout = find_layout(looked.events, reading.named_time, reading.visitor_field)
    columns = read_columns(
        opened.names, looked, layout, zone=reading.zone, limit=limit, open_source=opened.open_source
    )
    damaged = set(columns.left_out) - {"no time", "no visitor"}
    return ReadRecording(columns, layout.fields, layout.who.visitor is not None, bool(looked.unread or damaged))
