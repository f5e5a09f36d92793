"""`clickgen verify kinesis`: what a Kinesis stream holds."""

from typing import TYPE_CHECKING

import click

from clickgen.cli.options.content import Compared, content_options
from clickgen.cli.options.reach import Reach, reach_options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.sink.aws import Access
    from clickgen.verify.proof.landing import Landing


@click.group(short_help="What a Kinesis stream holds.")
def kinesis() -> None:
    """Look at what a Kinesis stream holds.

    \b
    Examples:
      clickgen verify kinesis delivery
      clickgen verify kinesis delivery --stream enriched-clicks
    """


@kinesis.command(short_help="Compare what the stream holds with the ledger.")
@click.option("--stream", help="Look into this stream instead.  [default: the one the run sent to]")
@reach_options
@content_options("check", "fields", "ids")
@delivery_options
def delivery(
    asked: DeliveryRequest,
    compared: Compared,
    reach: Reach,
    stream: str | None,
) -> None:
    """Compare what the stream holds with the ledger of RUN (default: the latest) and give a verdict.

    Its shards are read from five minutes before the run on, within the five reads a second that a shard allows and
    shares with whoever else reads it. What is older than the stream's retention cannot be judged: incomplete.

    \b
    Examples:
      clickgen verify kinesis delivery
      clickgen verify kinesis delivery --stream enriched-clicks --content ids
    """

    def records(subject: "RunUnderTest") -> "Landing":
        return open_stream(subject, stream, reach.access(), compared)

    verify_delivery(asked, "kinesis", records)


def open_stream(subject: "RunUnderTest", stream: str | None, access: "Access", compared: Compared) -> "Landing":
    """The stream of this name, None for the run's own, as somewhere that events land.

    Raises UsageProblem or EnvironmentProblem where there is none that can be read, or where the fields cannot be
    compared.
    """
    from clickgen.feed.layouts import is_text
    from clickgen.pace.clock import SystemClock
    from clickgen.verify.landings.kinesis.stream_landing import KinesisLanding, find_stream
    from clickgen.verify.landings.objects.object_landing import Reader

    source = find_stream(subject.plan, stream, access)
    expected = compared.expectations(subject)
    reader = Reader(is_text(subject.plan), compared.ids_only, subject.planted, expected=expected)
    records = KinesisLanding(subject.folder, subject.plan, source, reader, SystemClock(), subject.tell)
    return compared.behind(subject, records)
