"""`clickgen clean`: remove what a run has left where its events landed, and nothing that others may need."""

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.place import scan_options, station_of
from clickgen.cli.say import say
from clickgen.cli.types import home_option
from clickgen.model.errors import EnvironmentProblem, ExitCode

if TYPE_CHECKING:
    from clickgen.cli.verifying import DeliveryRequest
    from clickgen.model.plan import Plan
    from clickgen.verify.landings.objects.cleaning import Cleaned
    from clickgen.verify.landings.objects.object_landing import ObjectLanding
    from clickgen.verify.proof.delivery import Notice
    from clickgen.verify.proof.run_under_test import RunUnderTest


@click.command(short_help="Remove the objects that hold a run alone.")
@click.argument("run", required=False)
@scan_options
@click.option(
    "--content",
    type=click.Choice(["check", "ids"]),
    default="check",
    show_default=True,
    help="Know the run's events by their check bits, or, where a transform rewrites them, by their ids only.",
)
@click.option("--yes", is_flag=True, help="Remove them; without it nothing is removed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@home_option
def clean(run: str | None, yes: bool, as_json: bool, home: Path, **given: Any) -> None:
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
    from clickgen.cli.verifying import DeliveryRequest
    from clickgen.ledger.folder import explained
    from clickgen.verify.landings.objects.object_landing import open_objects
    from clickgen.verify.landings.station import S3Station
    from clickgen.verify.proof.run_under_test import find_run_under_test

    asked = DeliveryRequest(
        run=run, wait=None, follow=False, exclusive=False, as_json=as_json, junit=None, summary=None, home=home
    )
    subject = find_run_under_test(home, run, _say)
    objects = open_objects(station_of(S3Station, given), subject)
    if subject.folder.is_live():
        raise EnvironmentProblem(f"run {subject.plan.run} is going on", "wait for it to end, or stop it")
    _drain(subject.plan, asked)
    with contextlib.ExitStack() as stack:
        if yes:
            stack.enter_context(explained(subject.folder.path))
            stack.enter_context(subject.folder.held())
        cleaned = _cleaned(objects, removing=yes)
    _print(cleaned, subject, removing=yes, as_json=as_json)
    click.get_current_context().exit(ExitCode.OK if cleaned.whole else ExitCode.INCOMPLETE)


def _drain(plan: "Plan", asked: "DeliveryRequest") -> None:
    """Let what the embedded pipeline still holds land first, or say that it has not."""
    from clickgen.cli.verifying import request_of
    from clickgen.verify.proof.delivery import NotDrained

    drain = request_of(plan, asked).drain
    try:
        if drain is not None:
            _say(drain())
    except EnvironmentProblem as problem:
        _say(NotDrained(problem.message))


def _say(notice: "Notice") -> None:
    from clickgen.view.verdict import notice_line

    if line := notice_line(notice):
        say(line)


def _cleaned(objects: "ObjectLanding", *, removing: bool) -> "Cleaned":
    from clickgen.cli.types import now_ms
    from clickgen.verify.landings.objects.cleaning import clean as clean_objects

    return clean_objects(objects.name, objects.look_at_each(now_ms()), objects.remove if removing else None)


def _print(cleaned: "Cleaned", subject: "RunUnderTest", *, removing: bool, as_json: bool) -> None:
    from clickgen.cli.output import printing_result
    from clickgen.view.clean import clean_lines, exclusion

    run = subject.plan.run
    condition = exclusion(run, _id_path(subject.plan))
    lines = list(clean_lines(cleaned, run, condition, removing=removing))
    with printing_result():
        if as_json:
            document = {"run": run, "dry_run": not removing, **cleaned.to_json(), "where": condition}
            sys.stdout.write(json.dumps(document) + "\n")
        for line in lines:
            say(line, err=as_json)
        if not removing and cleaned.alone.count:
            say("nothing was removed; --yes removes what holds the run alone")


def _id_path(plan: "Plan") -> tuple[str, ...]:
    """The fields that lead to the id in an event; none where events are lines of text."""
    from clickgen.schema.registry import id_path

    return (plan.id_field,) if plan.command == "replay" else id_path(plan.event_schema, plan.id_field)
