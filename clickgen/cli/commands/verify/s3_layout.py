"""`clickgen verify s3 layout`: do objects lie as the stream's configuration promises?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options.place import at_option, reach_options, station_of
from clickgen.cli.say import say
from clickgen.cli.types import home_option

if TYPE_CHECKING:
    from clickgen.model.plan import Plan
    from clickgen.sink.aws import Access
    from clickgen.verify.inspections.layout.promise import LayoutPromise
    from clickgen.verify.landings.objects.search_scope import SearchScope


@click.command(short_help="Hold keys, forms and sizes against the configuration.")
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Look into the beginning of so many objects.",
)
@click.option("--whole-bucket", is_flag=True, help="List all of the bucket, to find what is outside the prefixes.")
@click.argument("run", required=False)
@at_option
@reach_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@home_option
def layout(run: str | None, home: Path, sample: int, *, whole_bucket: bool, as_json: bool, **given: Any) -> None:
    """Hold what landed since RUN (default: the latest) began against the configuration of its stream.

    Prefixes, partitions, times, names, extensions, compression and sizes, and what small files cost. What events
    are in the objects is not looked at: `verify s3 delivery` does that.

    Exit code 0: everything fits. 1: something does not; warnings alone are no reason. 4: there are no objects.

    \b
    Examples:
      clickgen verify s3 layout
      clickgen verify s3 layout --whole-bucket --json
    """
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.ledger.claims import read_claims
    from clickgen.model.errors import ExitCode
    from clickgen.pace.clock import SystemClock
    from clickgen.verify.inspections.layout.look import look_at_layout
    from clickgen.verify.landings.objects.search_scope import find_place
    from clickgen.verify.landings.station import S3Station, access_of
    from clickgen.verify.proof.run_under_test import find_run
    from clickgen.view.inspections import show_layout

    station = station_of(S3Station, given)
    folder, plan = find_run(home, run)
    where = find_place(plan, station.at, access_of(station))
    promise = _promise(plan, where, access_of(station))
    claims, now_ms = read_claims(folder, plan), SystemClock().wall_ms()
    report = look_at_layout(plan, claims, where, promise, now_ms=now_ms, sample=sample, whole=whole_bucket)
    with printing_result():
        if as_json:
            sys.stdout.write(json.dumps(report.to_json()) + "\n")
        show_layout(ResultConsole(stderr=as_json), report)
    good = ExitCode.OK if report.sizes.objects else ExitCode.INCOMPLETE
    click.get_current_context().exit(good if report.fits else ExitCode.LOST)


def _promise(plan: "Plan", where: "SearchScope", access: "Access") -> "LayoutPromise":
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
            say(f"the stream cannot be asked, its configuration is the plan's: {problem.message}")
        else:
            if not isinstance(facts, Undescribed) and facts.place is not None:
                answer = client.describe_delivery_stream(DeliveryStreamName=sender.stream)
                return described_promise(plan, facts.place, answer["DeliveryStreamDescription"])
    return promise_of(plan, where.stream)
