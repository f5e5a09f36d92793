"""`clickgen learn`: a profile from recorded traffic."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, json_option, pass_app, write_output
from clickgen.cli.help import LIMITS, command, under
from clickgen.cli.recorded import ReadRecording, read_recording
from clickgen.cli.replay_options import ReadingOptions, reading_options
from clickgen.cli.types import COUNT
from clickgen.model.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from clickgen.learn.learning import Recorded

_HALVES = "(halves)"  # --compare without a file
_EXAMPLES = """\b
Examples:
  clickgen learn clicks.jsonl -o mine.toml
  clickgen learn 2026/11/ -o mine.toml --zone Europe/Berlin
  clickgen learn shop.csv --compare             # how near would it come?
  clickgen learn may.csv --compare june.csv     # and to another recording?
  clickgen send --profile ./mine.toml --rate 5000
"""


@command(epilog=_EXAMPLES)
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The profile to write.")
@click.option(
    "--compare",
    metavar="[FILE]",
    is_flag=False,
    flag_value=_HALVES,
    help="Show the learned traffic beside another recording; without FILE, beside the half of the visitors that "
    "it is not learned from.",
)
@under(
    LIMITS,
    click.option(
        "-n", "--limit", type=COUNT, default="2e7", show_default=True, help="Read this many events at most."
    ),
)
@reading_options
@json_option()
@pass_app
def learn(
    app: App, /, files: tuple[str, ...], output: Path | None, compare: str | None, limit: int, **others: Any
) -> None:
    """Learn a profile from recorded traffic: pages, kinds of sessions, times, items, visitors.

    A FILE is what replay takes: a file, a folder, a pattern, s3://BUCKET/PREFIX. What the recording cannot tell is
    left as in a new profile, and listed. Exits 1 if some of it cannot be read.
    """
    reading = ReadingOptions(**{field.name: others.pop(field.name) for field in fields(ReadingOptions)})
    from clickgen.learn.comparing import compare as compare_halves
    from clickgen.learn.comparing import hold_against
    from clickgen.learn.learning import learn as learn_profile
    from clickgen.learn.learning import record
    from clickgen.view.learn import Lesson, lesson_json, show_lesson

    if not files and compare not in (None, _HALVES):
        files, compare = (str(compare),), _HALVES  # learn --compare FILE
    if not files:
        raise UsageProblem("no recording is named", "clickgen learn FILE -o mine.toml")
    if output is None and compare is None:
        raise UsageProblem(
            "there is nothing to do with what is learned", "write it with -o mine.toml, or --compare"
        )
    read = read_recording(files, reading, limit, "learn")
    name, zone = Path(files[0]).name or files[0], reading.zone or "UTC"
    if compare in (None, _HALVES):
        recorded = record(read.columns, read.fields, zone, has_visitor=read.has_visitor)
        learned = learn_profile(recorded, name) if output is not None else None
        compared = compare_halves(recorded, name) if compare is not None else None
    else:
        recorded, other = _beside(read, read_recording((str(compare),), reading, limit, "learn"), zone)
        learned = learn_profile(recorded, name)
        compared = hold_against(learned, recorded, other, str(compare))
    if learned is not None and output is not None:
        write_output(output, learned.text.encode())
    lesson = Lesson(recorded, learned, compared, None if output is None else str(output))
    app.print_result(lambda: lesson_json(lesson), lambda console: show_lesson(console, lesson), only_json=True)
    exit_with(ExitCode.LOST if read.unread else ExitCode.OK)


def _beside(read: ReadRecording, other: ReadRecording, zone: str) -> "tuple[Recorded, Recorded]":
    """The sessions of both recordings, with the same kinds of pages."""
    from clickgen.compare.events import Events, common_fields, with_same_numbers
    from clickgen.learn.beside import record_both

    sides = [Events("", one.columns, one.fields, one.has_visitor) for one in (read, other)]
    first, second = with_same_numbers(*sides)
    both = common_fields(first.fields, second.fields)
    has_visitor = read.has_visitor and other.has_visitor
    return record_both(first.columns, second.columns, both, zone, has_visitor=has_visitor)
