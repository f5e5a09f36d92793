"""`clickgen verify athena`: what Athena finds in a table."""

from typing import Any

import click

from clickgen.cli.commands.verify.table_totals import athena_totals
from clickgen.cli.options.place import athena_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery
from clickgen.model.errors import UsageProblem


@click.group(short_help="What Athena finds in a table.")
def athena() -> None:
    """Look at what Athena finds in a table. What it scans is billed; the cost is shown.

    \b
    Examples:
      clickgen verify athena delivery --table clicks.events
    """


athena.add_command(athena_totals)


@athena.command(short_help="Compare what Athena finds with the ledger.")
@athena_options
@delivery_options
def delivery(asked: DeliveryRequest, **given: Any) -> None:
    """Compare the events that Athena finds with the ledger of RUN (default: the latest) and give a verdict.

    Events are known by their ids; what else is in them is not compared. As each look is billed, there is one; with
    --wait there are more while events are absent.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify athena delivery --table clicks.events --where "datehour >= '2026/01/01/00'"
      clickgen verify athena delivery --table clicks.events --output s3://my-results/athena/ --json
    """
    if asked.follow:
        raise UsageProblem(
            "Athena cannot be followed: every look is billed", "--wait 10m looks until all is there"
        )
    from clickgen.verify.landings.station import AthenaStation

    verify_delivery(asked, station_of(AthenaStation, given))
