"""`clickgen compare`: two recordings, a recording and a profile, or two runs."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app
from clickgen.cli.aws_profiles import aws_profile_names
from clickgen.cli.compared import past_run, read_sides
from clickgen.cli.help import LIMITS, command, under
from clickgen.cli.replay_options import ReadingOptions, reading_options
from clickgen.cli.types import COUNT, was_given
from clickgen.model.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from clickgen.compare.named import NamedProfile, NamedRecording, NamedRun

_EXAMPLES = """\b
Examples:
  clickgen compare monday.jsonl tuesday.jsonl   # two recordings
  clickgen compare clicks/ shop                 # is this profile like it?
  clickgen compare clicks/ mine.toml --threshold 'auc<.65'
  clickgen compare previous last                # the latest two runs
  clickgen compare 0a1b2c last --threshold 'latency_p99<2x'
"""


@command(epilog=_EXAMPLES)
@click.argument("a")
@click.argument("b")
@click.option(
    "--threshold",
    multiple=True,
    metavar="NAME<VALUE",
    help="Exit 1 unless B keeps to it: 'latency_p99<2x' of A's, 'auc<.65'. Repeatable.",
)
@under(
    LIMITS,
    click.option(
        "-n",
        "--limit",
        type=COUNT,
        default="2e7",
        show_default=True,
        help="Read at most this many events of A and of B.",
    ),
)
@reading_options
@home_option
@json_option()
@pass_app
def compare(app: App, /, a: str, b: str, threshold: tuple[str, ...], limit: int, **others: Any) -> None:
    """Say how far B is from A: two recordings, a recording and a profile, or two runs.

    A recording is what replay takes: a file, a folder, a pattern, s3://BUCKET/PREFIX. A profile is a name or a
    file; its traffic is generated, as many visitors as the other side has, in the same time. Their distances stand
    beside those of A's own halves, and a model tries to tell the sessions of A from those of B: an AUC of .5 means
    that it cannot.

    A run is its id or the beginning of it, `last`, `previous`, or its folder. Differences that matter are marked.
    A figure that was not measured fails its --threshold. Exits 4 if a run did not end as it meant to.
    """
    reading = ReadingOptions(**{field.name: others.pop(field.name) for field in fields(ReadingOptions)})
    from clickgen.compare.named import NamedRun, check_kinds, find_named

    sides = [find_named(text, app.home, aws_profile_names) for text in (a, b)]
    check_kinds(*sides)
    runs = [side for side in sides if isinstance(side, NamedRun)]
    if runs:
        exit_with(_compare_runs(app, runs, threshold))
    traffic = [side for side in sides if not isinstance(side, NamedRun)]
    exit_with(_compare_traffic(app, traffic, threshold, reading, limit))


def _compare_runs(app: App, runs: "list[NamedRun]", thresholds: tuple[str, ...]) -> ExitCode:
    from clickgen.compare.runs import compare_runs
    from clickgen.compare.threshold import judge_runs, threshold_of_runs
    from clickgen.view.run_comparison import runs_json, show_runs

    names = ("limit", *(field.name for field in fields(ReadingOptions)))
    if given := next((name for name in names if was_given(name)), None):
        raise UsageProblem(f"--{given.replace('_', '-')} with two runs: no recording is read", "leave it out")
    parsed = [threshold_of_runs(text) for text in thresholds]
    first, second = (past_run(run.folder) for run in runs)
    compared = compare_runs(first, second)
    judged = judge_runs(parsed, compared)
    app.print_result(
        lambda: runs_json(compared, judged), lambda console: show_runs(console, compared, judged), only_json=True
    )
    if not all(one.passed for one in judged):
        return ExitCode.LOST
    return ExitCode.OK if compared.whole else ExitCode.INCOMPLETE


def _compare_traffic(
    app: App,
    sides: "list[NamedRecording | NamedProfile]",
    thresholds: tuple[str, ...],
    reading: ReadingOptions,
    limit: int,
) -> ExitCode:
    from clickgen.compare.threshold import judge_traffic, threshold_of_traffic
    from clickgen.compare.traffic import compare_traffic
    from clickgen.view.traffic_comparison import show_traffic, traffic_json

    if sides[0].text == sides[1].text:
        raise UsageProblem(
            f"A and B are both {sides[0].text}, and comparing it with itself says nothing",
            "the control of any comparison shows how far two halves of A are apart",
        )
    parsed = [threshold_of_traffic(text) for text in thresholds]
    read = read_sides(sides, reading, limit)
    compared = compare_traffic(read.events[0], read.events[1], reading.zone or "UTC")
    judged = judge_traffic(parsed, compared)
    app.print_result(
        lambda: traffic_json(compared, judged),
        lambda console: show_traffic(console, compared, judged),
        only_json=True,
    )
    return ExitCode.LOST if read.unread or not all(one.passed for one in judged) else ExitCode.OK
