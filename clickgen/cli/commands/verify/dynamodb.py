"""`clickgen verify dynamodb`: what a DynamoDB table holds."""

from typing import Any

import click

from clickgen.cli.commands.verify.dynamodb_totals import totals
from clickgen.cli.options.place import content_options, reach_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@click.group(short_help="What a DynamoDB table holds.")
def dynamodb() -> None:
    """Look at what a DynamoDB table holds.

    \b
    Examples:
      clickgen verify dynamodb delivery
      clickgen verify dynamodb delivery --table orders --content ids
    """


dynamodb.add_command(totals)


@dynamodb.command(short_help="Compare the items with the ledger.")
@click.option("--table", help="Look into this table instead.  [default: the one the run sent to]")
@click.option(
    "--id-attribute",
    metavar="NAME",
    help="The attribute that holds the event's id, dots for nesting.  [default: the run's id field]",
)
@reach_options
@content_options("fields", "ids")
@delivery_options
def delivery(asked: DeliveryRequest, **given: Any) -> None:
    """Compare the items with the ledger of RUN (default: the latest) and give a verdict.

    The whole table is scanned, consistently, which costs a read unit for each 4 KB. An item has no order of
    fields, so that what was sent is made once more and compared field by field.

    \b
    Examples:
      clickgen verify dynamodb delivery
      clickgen verify dynamodb delivery --table orders --content ids
      clickgen verify dynamodb delivery --table orders --added expires_at --dropped user.id
    """
    from clickgen.verify.landings.station import DynamoDbStation

    verify_delivery(asked, station_of(DynamoDbStation, given))
