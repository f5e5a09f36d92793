"""`clickgen verify s3`: what landed in S3, or in the lake that stands for it."""

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app, say
from clickgen.cli.completing import run_argument
from clickgen.cli.expected_ids import check_without_ids, ids_options, verify_ids
from clickgen.cli.groups import group
from clickgen.cli.place import at_option, content_options, errors_option, reach_options, scan_options, station_of
from clickgen.cli.types import COUNT, counting, options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery
from clickgen.cli.voice import voice_options
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.sink.aws import Access
    from clickgen.verify.inspections.layout.promise import LayoutPromise
    from clickgen.verify.inspections.shape.fold import PlantedDepartures
    from clickgen.verify.inspections.shape.promise import ShapePromise
    from clickgen.verify.landings.objects.search_scope import SearchScope

_inspection_options = options(
    run_argument, at_option, reach_options, json_option(), voice_options, home_option, pass_app
)


@group(short_help="What landed in S3 or in the lake.")
def s3() -> None:
    """Look at what landed in S3, or in the lake that stands for it.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --at s3://my-bucket/clicks/
    """


@s3.command(short_help="Compare what landed with the ledger.")
@scan_options
@errors_option
@content_options("check", "fields", "ids")
@ids_options
@click.option("--cloudwatch", is_flag=True, help="Show beside it what CloudWatch counted of the stream.")
@delivery_options
def delivery(
    request: DeliveryRequest, cloudwatch: bool, ids: str | None, id_field: str | None, **given: Any
) -> None:
    """Compare what landed with the ledger of RUN (default: the latest) and give a verdict.

    What was found in each object is kept beside the run, so that a second look reads only what is new or has
    changed. Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still
    come, or objects could not be read.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --json --wait 10m
      clickgen verify s3 delivery --at /backup/lake
      clickgen verify s3 delivery --content fields --added loaded_at \\
          --renamed page=page_path
      clickgen verify s3 delivery --at s3://my-bucket/clicks/ \\
          --aws-profile lake-account
      clickgen verify s3 delivery --at s3://my-bucket/clicks/ --ids sent.txt \\
          --id-field event_id
    """
    if ids is not None:
        from clickgen.verify.inspections.ids.look import JsonObjects

        verify_ids(ids, id_field, request, given, JsonObjects)
    check_without_ids(id_field)
    from clickgen.verify.inspections.cloudwatch import metrics_of
    from clickgen.verify.landings.station import S3Station, access_of

    station = station_of(S3Station, given)
    verify_delivery(request, station, partial(metrics_of, access=access_of(station)) if cloudwatch else None)


@s3.command(short_help="Hold keys, forms and sizes against the configuration.")
@click.option(
    "--sample",
    type=counting(0),
    default=100,
    show_default=True,
    help="Look into the beginning of this many objects.",
)
@click.option("--whole-bucket", is_flag=True, help="List all of the bucket, to find what is outside the prefixes.")
@_inspection_options
def layout(app: App, /, run: str | None, sample: int, *, whole_bucket: bool, **given: Any) -> None:
    """Hold what landed since RUN (default: the latest) began against the configuration of its stream.

    Prefixes, partitions, times, names, extensions, compression and sizes, and what small files cost. What events
    are in the objects is not looked at: `verify s3 delivery` does that.

    Exit code 0: everything fits. 1: something does not; warnings alone do not count. 4: there are no objects.

    \b
    Examples:
      clickgen verify s3 layout
      clickgen verify s3 layout --whole-bucket --json
    """
    from clickgen.ledger.reader import read_claims
    from clickgen.model.errors import ExitCode
    from clickgen.verify.inspections.layout.look import look_at_layout
    from clickgen.verify.landings.objects.search_scope import find_place
    from clickgen.verify.landings.station import S3Station, access_of
    from clickgen.verify.proof.run_under_test import find_run
    from clickgen.view.inspections import show_layout

    station = station_of(S3Station, given)
    folder, plan = find_run(app.home_path, run)
    where = find_place(plan, station.at, access_of(station))
    promise = _layout_promise(plan, where, access_of(station))
    claims = read_claims(folder, plan)
    report = look_at_layout(plan, claims, where, promise, now_ms=now_ms(), sample=sample, whole=whole_bucket)
    app.print_result(report.to_json, lambda console: show_layout(console, report))
    good = ExitCode.OK if report.sizes.objects else ExitCode.INCOMPLETE
    exit_with(good if report.fits else ExitCode.LOST)


@s3.command(short_help="Compare fields and types with the run's schema.")
@click.option("--sample", type=COUNT, help="Look at this many events of each object only.  [default: all]")
@_inspection_options
def schema(app: App, /, run: str | None, sample: int | None, **given: Any) -> None:
    """Compare the fields of what landed of RUN (default: the latest) with what its schema promises.

    Fields that are missing, added, or of another type, each with the object and the event where it was first seen;
    drift that the run planted itself is shown apart. A replay is compared with its recording.

    Exit code 0: the schema holds, but for planted drift. 1: it does not. 4: nothing is there, or objects could
    not be read.

    \b
    Examples:
      clickgen verify s3 schema
      clickgen verify s3 schema --sample 1000 --json
    """
    from clickgen.feed.layouts import is_text
    from clickgen.ledger.reader import read_claims
    from clickgen.model.errors import ExitCode, UsageProblem
    from clickgen.verify.inspections.shape.look import look_at_shapes
    from clickgen.verify.landings.objects.search_scope import find_place
    from clickgen.verify.landings.station import S3Station, access_of
    from clickgen.verify.proof.run_under_test import find_run
    from clickgen.view.inspections import show_shapes

    station = station_of(S3Station, given)
    folder, plan = find_run(app.home_path, run)
    if is_text(plan):
        raise UsageProblem(
            f"the events of run {plan.run} are lines of text, which have no fields",
            "clickgen verify s3 delivery compares them byte for byte",
        )
    where = find_place(plan, station.at, access_of(station))
    claims = read_claims(folder, plan)
    promise, planted = _shape_promise(folder, plan), _planted(plan)
    report = look_at_shapes(plan, claims, where, promise, planted, now_ms=now_ms(), sample=sample)
    app.print_result(report.to_json, lambda console: show_shapes(console, report))
    good = ExitCode.OK if report.complete else ExitCode.INCOMPLETE
    exit_with(good if report.holds else ExitCode.LOST)


def _layout_promise(plan: "Plan", where: "SearchScope", access: "Access") -> "LayoutPromise":
    """As the stream is configured now, where AWS says so, else as it was when the run began."""
    from clickgen.model.errors import ClickgenError
    from clickgen.sink.aws import Access, make_client
    from clickgen.sink.firehose_stream import Undescribed, describe_stream
    from clickgen.verify.inspections.layout.promise import described_promise, promise_of

    sender = plan.destination
    if sender.kind == "firehose" and not sender.embedded and where.stream is not None:
        region, profile = sender.region or access.region, sender.aws_profile or access.aws_profile
        try:
            client = make_client("firehose", Access(region, profile, sender.endpoint_url or access.endpoint_url))
            facts = describe_stream(client, sender.stream)
        except ClickgenError as problem:
            say(f"the stream cannot be described, so the configuration in the plan counts: {problem.message}")
        else:
            if not isinstance(facts, Undescribed) and facts.place is not None:
                answer = client.describe_delivery_stream(DeliveryStreamName=sender.stream)
                return described_promise(plan, facts.place, answer["DeliveryStreamDescription"])
    return promise_of(plan, where.stream)


def _shape_promise(folder: "RunFolder", plan: "Plan") -> "tuple[str, ShapePromise] | None":
    """What events promise, and by what; None if what was sent cannot be read again."""
    from clickgen.feed.regenerated_events import schema_samples
    from clickgen.model.errors import UsageProblem
    from clickgen.verify.inspections.shape.promise import ShapePromise
    from clickgen.verify.proof.content.rules import parsed

    try:
        events = (value for event in schema_samples(folder, plan) if (value := parsed(event)) is not None)
        promise = ShapePromise(events)
    except UsageProblem as problem:
        say(f"{problem.message}; the first objects are taken instead")
        return None
    return "the recording" if plan.command == "replay" else "the schema", promise


def _planted(plan: "Plan") -> "PlantedDepartures":
    from clickgen.feed.due_times import schedule_of
    from clickgen.pace.schedule import LaneSchedule
    from clickgen.verify.inspections.shape.fold import PlantedDepartures

    schedule = schedule_of(plan)
    if plan.command != "send" or schedule is None:
        return PlantedDepartures(plan, None)
    return PlantedDepartures(plan, lambda lane: LaneSchedule(schedule, lane, plan.lanes).due)
