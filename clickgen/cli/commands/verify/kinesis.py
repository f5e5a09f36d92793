"""`clickgen verify kinesis`: what a Kinesis stream holds."""

from typing import Any

import click

from clickgen.cli.groups import group
from clickgen.cli.place import content_options, reach_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@group(short_help="What a Kinesis stream holds.")
def kinesis() -> None:
    """Look at what a Kinesis stream holds.

    \b
    Examples:
      clickgen verify kinesis delivery
      clickgen verify kinesis delivery --stream enriched-clicks
    """


@kinesis.command(short_help="Compare what the stream holds with the ledger.")
@click.option(
    "--stream", metavar="NAME", help="Look into this stream instead.  [default: the one the run sent to]"
)
@reach_options
@content_options("check", "fields", "ids")
@delivery_options
def delivery(request: DeliveryRequest, **given: Any) -> None:
    """Compare what the stream holds with the ledger of RUN (default: the latest) and give a verdict.

    Its shards are read from five minutes before the run on, within the five reads a second that a shard allows and
    shares with whoever else reads it. What is older than the stream's retention cannot be judged: incomplete.

    \b
    Examples:
      clickgen verify kinesis delivery
      clickgen verify kinesis delivery --stream enriched-clicks --content ids
    """
    from clickgen.verify.landings.station import KinesisStation

    verify_delivery(request, station_of(KinesisStation, given))
