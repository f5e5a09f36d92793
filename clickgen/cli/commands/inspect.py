"""`clickgen inspect`: what a recording is, before it is replayed."""

from dataclasses import fields
from typing import Any

import click

from clickgen.cli.app import App, exit_with, json_option, pass_app
from clickgen.cli.help import LIMITS, command, under
from clickgen.cli.recorded import open_recording
from clickgen.cli.replay_options import ReadingOptions, reading_options
from clickgen.cli.types import COUNT
from clickgen.model.errors import ExitCode

_EXAMPLES = """\b
Examples:
  clickgen inspect clicks.jsonl
  clickgen inspect 2026/11/21/  # a folder of Firehose objects
  clickgen inspect s3://lake/clicks/2026/11/21/ --json
  clickgen inspect shop.csv --zone Europe/Berlin
"""


@command(epilog=_EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@under(
    LIMITS,
    click.option(
        "-n", "--limit", type=COUNT, default="1e6", show_default=True, help="Look at this many events at most."
    ),
)
@reading_options
@json_option()
@pass_app
def inspect(app: App, /, files: tuple[str, ...], limit: int, **others: Any) -> None:
    """Say what a recording is: format, fields, times and their order, rate, visitors, sessions.

    A FILE is what replay takes: a file, a folder, a pattern, s3://BUCKET/PREFIX. Exits 1 if some of it cannot be
    read.
    """
    reading = ReadingOptions(**{field.name: others.pop(field.name) for field in fields(ReadingOptions)})
    from clickgen.model.recording import Recording
    from clickgen.traffic.identities import Identities, find_identities
    from clickgen.traffic.inspection import inspect_events
    from clickgen.traffic.replay_events import LaneEvents
    from clickgen.traffic.replay_source import LanePart
    from clickgen.traffic.time_field import find_time_field
    from clickgen.view.inspection import Inspected, inspected_json, show_inspection

    opened = open_recording(files, reading, "inspect")
    names, looked = opened.names, opened.looked
    time = find_time_field(looked.events, reading.named_time)
    who = find_identities(looked.events)
    if reading.visitor_field is not None:
        who = Identities(reading.visitor_field, who.session, who.event)
    events = LaneEvents(
        [LanePart(name, form) for name, form in zip(names, looked.forms, strict=True)],
        Recording(zone=reading.zone, day_first=time.day_first),
        id_field="",
        time_field=time.name,
        keep_values=True,
        open_source=opened.open_source,
    )
    found = inspect_events(events.groups(), who, time.name, limit)
    sources = list(zip(names, looked.forms, strict=True))
    inspected = Inspected(sources, looked.unread, looked.wrapper, time, reading.zone, who, found)
    app.print_result(
        lambda: inspected_json(inspected), lambda console: show_inspection(console, inspected), only_json=True
    )
    exit_with(ExitCode.LOST if found.skipped or looked.unread else ExitCode.OK)
