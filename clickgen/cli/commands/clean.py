"""`clickgen clean`: remove what a run has left where its events landed, and nothing that others may need."""

import contextlib
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app, say, yes_option
from clickgen.cli.completing import run_argument
from clickgen.cli.help import command
from clickgen.cli.place import scan_options, station_of
from clickgen.cli.voice import voice_options
from clickgen.model.errors import EnvironmentProblem, ExitCode
from clickgen.model.outside_text import one_line
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.objects.cleaning import Cleaned
    from clickgen.verify.proof.run_under_test import RunUnderTest
    from clickgen.view.console import Console


@command(short_help="Remove the objects that hold a run alone.")
@run_argument
@scan_options
@click.option(
    "--content",
    type=click.Choice(["check", "ids"]),
    default="check",
    show_default=True,
    help="Know the run's events by their check bits, or, if a transform rewrites them, by their ids only.",
)
@yes_option("Remove them; without it nothing is removed.")
@json_option()
@voice_options
@home_option
@pass_app
def clean(app: App, /, run: str | None, **given: Any) -> None:
    """Find the objects of RUN (default: the latest), and with --yes remove those that hold nothing else.

    Objects that it shares with other runs or with real traffic stay, and so do those that are cut off or too
    damaged to say; what excludes the run in SQL is printed. An object that has changed since it was read is left
    alone. The run and its ledger stay: verified again, its events are missing. Exit code 0: done, or a dry run.
    4: something could not be read or removed.

    \b
    Examples:
      clickgen clean                               # what would be removed
      clickgen clean 67404b1c9d2e --yes
      clickgen clean --at s3://my-bucket/clicks/ --yes --json
    """
    from clickgen.cli.verifying import say_notice
    from clickgen.ledger.folder import explained
    from clickgen.verify.landings.objects.cleaning import clean as clean_objects
    from clickgen.verify.landings.objects.object_landing import open_objects
    from clickgen.verify.landings.station import S3Station
    from clickgen.verify.proof.run_under_test import find_run_under_test

    subject = find_run_under_test(app.home_path, run, say_notice)
    objects = open_objects(station_of(S3Station, given), subject)
    if subject.folder.is_live():
        raise EnvironmentProblem(f"run {subject.plan.run} is going on", "wait for it to end, or stop it")
    _drain(subject.plan)
    with contextlib.ExitStack() as stack:
        if app.yes:
            stack.enter_context(explained(subject.folder.path))
            stack.enter_context(subject.folder.held())
        remove = objects.remove if app.yes else None
        cleaned = clean_objects(objects.name, objects.look_at_each(now_ms()), remove)
    _print(app, cleaned, subject)
    exit_with(ExitCode.OK if cleaned.whole else ExitCode.INCOMPLETE)


def _drain(plan: "Plan") -> None:
    """Let what the embedded pipeline still holds land first, or say that it has not."""
    from clickgen.cli.verifying import drain_of, say_notice
    from clickgen.verify.proof.delivery import NotDrained

    drain = drain_of(plan, None)
    try:
        if drain is not None:
            say_notice(drain())
    except EnvironmentProblem as problem:
        say_notice(NotDrained(problem.message))


def _print(app: App, cleaned: "Cleaned", subject: "RunUnderTest") -> None:
    from clickgen.view.clean import clean_lines, exclusion

    run = subject.plan.run
    condition = exclusion(run, _id_path(subject.plan))
    lines = list(clean_lines(cleaned, run, condition, removing=app.yes))
    document = {"run": run, "dry_run": not app.yes, **cleaned.to_json(), "where": condition}

    def show(console: "Console") -> None:
        for line in lines:
            console.print(one_line(line), soft_wrap=True)

    app.print_result(lambda: document, show)
    if not app.yes and cleaned.alone.count:
        say("nothing was removed; --yes removes what holds the run alone")


def _id_path(plan: "Plan") -> tuple[str, ...]:
    """The fields that lead to the id in an event; none if events are lines of text."""
    from clickgen.schema.registry import id_path

    return (plan.id_field,) if plan.command == "replay" else id_path(plan.event_schema, plan.id_field)
