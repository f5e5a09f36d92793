"""`clickgen learn`: a profile from recorded traffic."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from clickgen.cli.app import App, exit_with, json_option, pass_app, write_output
from clickgen.cli.help import LIMITS, command, under
from clickgen.cli.recorded import read_recording
from clickgen.cli.replay_options import ReadingOptions, reading_options
from clickgen.cli.types import COUNT
from clickgen.model.errors import ExitCode, UsageProblem

_EXAMPLES = """\b
Examples:
  clickgen learn clicks.jsonl -o mine.toml
  clickgen learn 2026/11/ -o mine.toml --zone Europe/Berlin
  clickgen learn shop.csv --compare             # how near would it come?
  clickgen send --profile ./mine.toml --rate 5000
"""


@command(epilog=_EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The profile to write.")
@click.option(
    "--compare", is_flag=True, help="Learn from half of the visitors too, and hold the traffic against the others."
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
    app: App, /, files: tuple[str, ...], output: Path | None, compare: bool, limit: int, **others: Any
) -> None:
    """Learn a profile from recorded traffic: pages, kinds of sessions, times, items, visitors.

    A FILE is what replay takes: a file, a folder, a pattern, s3://BUCKET/PREFIX. What the recording cannot tell is
    left as in a new profile, and listed. Exits 1 if some of it cannot be read.
    """
    reading = ReadingOptions(**{field.name: others.pop(field.name) for field in fields(ReadingOptions)})
    from clickgen.learn.comparing import compare as compare_halves
    from clickgen.learn.learning import learn as learn_profile
    from clickgen.learn.learning import record
    from clickgen.view.learn import Lesson, lesson_json, show_lesson

    if output is None and not compare:
        raise UsageProblem(
            "there is nothing to do with what is learned", "write it with -o mine.toml, or --compare"
        )
    read = read_recording(files, reading, limit, "learn")
    recorded = record(read.columns, read.fields, reading.zone or "UTC", has_visitor=read.has_visitor)
    name = Path(files[0]).name or files[0]
    learned = learn_profile(recorded, name) if output is not None else None
    compared = compare_halves(recorded, name) if compare else None
    if learned is not None and output is not None:
        write_output(output, learned.text.encode())
    lesson = Lesson(recorded, learned, compared, None if output is None else str(output))
    app.print_result(lambda: lesson_json(lesson), lambda console: show_lesson(console, lesson), only_json=True)
    exit_with(ExitCode.LOST if read.unread else ExitCode.OK)
