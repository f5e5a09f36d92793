"""`clickgen verify athena`: what Athena finds in a table."""

from typing import Any

from clickgen.cli.groups import group
from clickgen.cli.place import athena_options, station_of
from clickgen.cli.totals import QueryRequest, event_table, query_options, verify_query
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery
from clickgen.model.errors import UsageProblem


@group(short_help="What Athena finds in a table.")
def athena() -> None:
    """Look at what Athena finds in a table. What it scans is billed; the cost is shown.

    \b
    Examples:
      clickgen verify athena delivery --table clicks.events
    """


@athena.command(short_help="Compare what Athena finds with the ledger.")
@athena_options
@delivery_options
def delivery(request: DeliveryRequest, **given: Any) -> None:
    """Compare the events that Athena finds with the ledger of RUN (default: the latest) and give a verdict.

    Events are known by their ids; what else is in them is not compared. As each look is billed, there is one; with
    --wait there are more while events are absent.
    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify athena delivery --table clicks.events \\
          --where "datehour >= '2026/01/01/00'"
      clickgen verify athena delivery --table clicks.events \\
          --output s3://my-results/athena/ --json
    """
    if request.follow:
        raise UsageProblem(
            "Athena cannot be followed: every look is billed", "--wait 10m looks until all is there"
        )
    from clickgen.verify.landings.station import AthenaStation

    verify_delivery(request, station_of(AthenaStation, given))


@athena.command(short_help="Compare totals that Athena finds with the run's.")
@athena_options
@query_options
def totals(request: QueryRequest, **given: Any) -> None:
    """Compare totals that Athena finds with what RUN (default: the latest) says they should be.

    Columns of the query are dimensions (day, page, country, …) or measures (hits, users, sessions, orders,
    revenue) by their names. What it scans is billed; the cost is shown.
    Exit code 0: counted, all totals agree. 1: anomalous. 4: they do not agree yet, and the run goes on.

    \b
    Examples:
      clickgen verify athena totals --table web.clicks --by day,page \\
          --where "dt >= '2026-01-01'"
      clickgen verify athena totals --table web.daily --query daily_hits.sql \\
          --column hits=cnt
      clickgen verify athena totals --pipeline examples/prime-day \\
          --by product_name
    """
    from clickgen.verify.landings.sql.athena import athena_query
    from clickgen.verify.landings.station import AthenaStation

    station = request.totals.station(AthenaStation, given)
    verify_query(request, lambda plan: (athena_query(station, plan), event_table(station, request)))
