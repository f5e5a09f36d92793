"""`--cloudwatch`: what CloudWatch counted of a run's stream, beside what was verified."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickgen.verify.inspections.cloudwatch import Metrics
    from clickgen.verify.landings.station import S3Station
    from clickgen.verify.proof.run_under_test import RunUnderTest

_DELIVERED_WITHIN_S = 900  # the longest interval of a stream's buffer


def metrics_of(station: "S3Station", run: "RunUnderTest") -> "Metrics":
    """The metrics of the run's span; a reason where there are none. It raises nothing that a service can cause."""
    from clickgen.ledger.claims import read_claims
    from clickgen.model.errors import ClickgenError
    from clickgen.pace.clock import SystemClock
    from clickgen.sink.aws import Access, is_aws, make_client
    from clickgen.verify.inspections.cloudwatch import Unasked, stream_metrics

    sender = run.plan.destination
    if sender.kind != "firehose" or sender.embedded:
        return Unasked("the run did not go to a stream of AWS")
    claims, now_ms = read_claims(run.folder, run.plan), SystemClock().wall_ms()
    if claims.first_sent_ms is None:
        return Unasked("the run has sent nothing")
    last_ms = min(now_ms, claims.last_sent_ms + _DELIVERED_WITHIN_S * 1000)
    region, profile = sender.region or station.region, sender.aws_profile or station.aws_profile
    emulator = None if sender.endpoint_url is None or is_aws(sender.endpoint_url) else sender.endpoint_url
    try:
        client = make_client("cloudwatch", Access(region, profile, emulator))
    except ClickgenError as problem:
        return Unasked(problem.message)
    return stream_metrics(client, sender.stream, claims.first_sent_ms, last_ms, now_ms)
