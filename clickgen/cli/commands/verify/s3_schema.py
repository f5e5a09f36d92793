"""`clickgen verify s3 schema`: do the fields and types of what landed hold?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.place import at_option, reach_options, station_of
from clickgen.cli.say import say
from clickgen.cli.types import home_option

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.verify.inspections.shape.planted_departures import PlantedDepartures
    from clickgen.verify.inspections.shape.promise import ShapePromise


@click.command(short_help="Compare fields and types with the run's schema.")
@click.option(
    "--sample", type=click.IntRange(1), help="Look at so many events of each object only.  [default: all]"
)
@click.argument("run", required=False)
@at_option
@reach_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@home_option
def schema(run: str | None, home: Path, sample: int | None, *, as_json: bool, **given: Any) -> None:
    """Compare the fields of what landed of RUN (default: the latest) with what its schema promises.

    Fields that are missing, added, or of another type, each with the object and the event where it was first seen;
    drift that the run planted itself is told apart. A replay is compared with its recording.

    Exit code 0: the schema holds, but for planted drift. 1: it does not. 4: nothing is there, or objects could
    not be read.

    \b
    Examples:
      clickgen verify s3 schema
      clickgen verify s3 schema --sample 1000 --json
    """
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.feed.layouts import is_text
    from clickgen.ledger.claims import read_claims
    from clickgen.model.errors import ExitCode, UsageProblem
    from clickgen.pace.clock import SystemClock
    from clickgen.verify.inspections.shape.look import look_at_shapes
    from clickgen.verify.landings.objects.search_scope import find_place
    from clickgen.verify.landings.station import S3Station, access_of
    from clickgen.verify.proof.run_under_test import find_run
    from clickgen.view.inspections import show_shapes

    station = station_of(S3Station, given)
    folder, plan = find_run(home, run)
    if is_text(plan):
        raise UsageProblem(
            f"the events of run {plan.run} are lines of text, which have no fields",
            "clickgen verify s3 delivery compares them byte for byte",
        )
    where = find_place(plan, station.at, access_of(station))
    claims, now_ms = read_claims(folder, plan), SystemClock().wall_ms()
    promise, planted = _promise(folder, plan), _planted(plan)
    report = look_at_shapes(plan, claims, where, promise, planted, now_ms=now_ms, sample=sample)
    with printing_result():
        if as_json:
            sys.stdout.write(json.dumps(report.to_json()) + "\n")
        show_shapes(ResultConsole(stderr=as_json), report)
    good = ExitCode.OK if report.complete else ExitCode.INCOMPLETE
    click.get_current_context().exit(good if report.holds else ExitCode.LOST)


def _promise(folder: "RunFolder", plan: "Plan") -> "tuple[str, ShapePromise] | None":
    """What events promise, and by what; None where what was sent cannot be read again."""
    from clickgen.feed.schema_samples import schema_samples
    from clickgen.model.errors import UsageProblem
    from clickgen.verify.inspections.shape.promise import ShapePromise
    from clickgen.verify.proof.content.rules import parsed

    try:
        events = (value for event in schema_samples(folder, plan) if (value := parsed(event)) is not None)
        promise = ShapePromise(events)
    except UsageProblem as problem:
        say(f"{problem.message}; the first objects stand for it")
        return None
    return "the recording" if plan.command == "replay" else "the schema", promise


def _planted(plan: "Plan") -> "PlantedDepartures":
    from clickgen.feed.lanes import schedule_of
    from clickgen.pace.schedule import LaneSchedule
    from clickgen.verify.inspections.shape.planted_departures import PlantedDepartures

    schedule = schedule_of(plan)
    if plan.command != "send" or schedule is None:
        return PlantedDepartures(plan, None)
    return PlantedDepartures(plan, lambda lane: LaneSchedule(schedule, lane, plan.lanes).due)
