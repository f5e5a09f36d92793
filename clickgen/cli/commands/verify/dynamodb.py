"""`clickgen verify dynamodb`: what a DynamoDB table holds."""

from typing import TYPE_CHECKING

import click

from clickgen.cli.commands.verify.dynamodb_totals import totals
from clickgen.cli.options.content import Compared, content_options
from clickgen.cli.options.reach import Reach, reach_options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.sink.aws import Access
    from clickgen.verify.proof.landing import Landing


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
def delivery(
    asked: DeliveryRequest,
    compared: Compared,
    reach: Reach,
    table: str | None,
    id_attribute: str | None,
) -> None:
    """Compare the items with the ledger of RUN (default: the latest) and give a verdict.

    The whole table is scanned, consistently, which costs a read unit for each 4 KB. An item has no order of
    fields, so that what was sent is made once more and compared field by field.

    \b
    Examples:
      clickgen verify dynamodb delivery
      clickgen verify dynamodb delivery --table orders --content ids
      clickgen verify dynamodb delivery --table orders --added expires_at --dropped user.id
    """

    def items(subject: "RunUnderTest") -> "Landing":
        return open_table(subject, table, id_attribute, reach.access(), compared)

    verify_delivery(asked, "dynamodb", items)


def open_table(
    subject: "RunUnderTest", table: str | None, id_attribute: str | None, access: "Access", compared: Compared
) -> "Landing":
    """The table of this name, None for the run's own, as somewhere that events land.

    id_attribute: dots for nesting; None for the run's id field. Raises UsageProblem or EnvironmentProblem where
    there is no table that can be read, or where the fields cannot be compared.
    """
    from clickgen.feed.layouts import is_text
    from clickgen.feed.regenerated_events import RegeneratedEvents
    from clickgen.model.errors import UsageProblem
    from clickgen.schema.registry import id_path
    from clickgen.verify.landings.dynamodb.table_landing import DynamoDbLanding, find_table

    plan = subject.plan
    if is_text(plan):
        raise UsageProblem(
            f"the events of run {plan.run} are lines of text, which are no items",
            "look where they landed as lines",
        )
    source = find_table(plan, table, access)
    content = compared.expectations(subject)
    sent = RegeneratedEvents(subject.folder.path, plan)
    known: RegeneratedEvents | None = sent
    try:
        sent.check()
    except UsageProblem:
        known = None
    own_path = (plan.id_field,) if plan.command == "replay" else id_path(plan.event_schema, plan.id_field)
    path = tuple(id_attribute.split(".")) if id_attribute else own_path
    items = DynamoDbLanding(subject.folder, plan, source, path, subject.tell, content=content, sent=known)
    return subject.behind_a_parser(items)
