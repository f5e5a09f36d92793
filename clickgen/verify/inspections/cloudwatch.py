"""What CloudWatch counted of a stream during a run: shown beside what was verified, never instead of it.

The metrics are those of the namespace AWS/Firehose, published once a minute for each stream [Developer Guide,
"Monitoring Amazon Data Firehose Using CloudWatch Metrics"]. They count records, also those of other senders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.ledger.reader import read_claims
from clickgen.model.errors import ClickgenError, UnusableAnswer
from clickgen.pace.clock import now_ms
from clickgen.sink.aws import Access, is_aws, make_client
from clickgen.sink.call_failures import code_and_message
from clickgen.verify.landings.aws_reads import token_pages
from clickgen.verify.proof.run_under_test import RunUnderTest

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

_NAMESPACE, _DIMENSION = "AWS/Firehose", "DeliveryStreamName"
_MINUTE_S = 60
_DAY_S = 24 * 3600
_DELIVERED_WITHIN_S = 900  # the longest interval of a stream's buffer
# how long CloudWatch keeps data of a period, by the period in seconds [CloudWatch API reference, GetMetricData]
_KEPT = ((_MINUTE_S, 15 * _DAY_S), (300, 63 * _DAY_S), (3600, 455 * _DAY_S))


@dataclass(frozen=True, slots=True)
class CloudWatchMetric:
    """One metric over the run's span."""

    name: str
    value: float | None  # its sum, or of an age its maximum; None if nothing was published
    unit: str  # "records", or "s" for an age
    meaning: str


@dataclass(frozen=True, slots=True)
class Unasked:
    """CloudWatch did not say: no permission, no such endpoint, no credentials."""

    reason: str


Metrics = Sequence[CloudWatchMetric] | Unasked

_METRICS: Mapping[str, tuple[str, str, str]] = {
    "IncomingRecords": ("Sum", "records", "taken in, after throttling"),
    "ThrottledRecords": ("Sum", "records", "refused by throttling; the sender tries them again"),
    "DeliveryToS3.Records": ("Sum", "records", "delivered to S3"),
    "DeliveryToS3.DataFreshness": ("Maximum", "s", "age of the oldest record not yet delivered, at worst"),
}


def stream_metrics(client: "CloudWatchClient", stream: str, first_ms: int, last_ms: int, now_ms: int) -> Metrics:
    """What CloudWatch has of a stream from `first_ms` to `last_ms` (Unix time in milliseconds), in whole periods.

    last_ms: until when the run's records may have been delivered. Nothing is raised: if CloudWatch does not
    answer, the result says why, as the verdict does not depend on it.
    """
    period = next((period for period, kept in _KEPT if now_ms - first_ms < kept * 1000), _KEPT[-1][0])
    begin = first_ms // 1000 // period * period
    end = -(-last_ms // 1000 // period) * period
    try:
        values = _values(client, stream, (begin, max(end, begin + period)), period)
    except ClientError as problem:
        return Unasked(": ".join(code_and_message(problem)).strip(": "))
    except UnusableAnswer as problem:
        return Unasked(problem.message)
    except BotoCoreError as problem:
        return Unasked(str(problem))
    return [_metric(name, values.get(name, [])) for name in _METRICS]


def _values(client: "CloudWatchClient", stream: str, span: tuple[int, int], period: int) -> dict[str, list[float]]:
    """The values of each metric, one for each period."""
    found: dict[str, list[float]] = {}
    names = {f"m{number}": name for number, name in enumerate(_METRICS)}
    queries = [_query(query_id, name, stream, period) for query_id, name in names.items()]
    start, end = (datetime.fromtimestamp(second, UTC) for second in span)
    for page in token_pages(client.get_metric_data, MetricDataQueries=queries, StartTime=start, EndTime=end):
        for result in page["MetricDataResults"]:
            if result["Id"] in names:
                found.setdefault(names[result["Id"]], []).extend(result["Values"])
    return found


def _query(query_id: str, name: str, stream: str, period: int) -> dict[str, Any]:
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": _NAMESPACE,
                "MetricName": name,
                "Dimensions": [{"Name": _DIMENSION, "Value": stream}],
            },
            "Period": period,
            "Stat": _METRICS[name][0],
        },
        "ReturnData": True,
    }


def _metric(name: str, values: list[float]) -> CloudWatchMetric:
    how, unit, meaning = _METRICS[name]
    total = None if not values else max(values) if how == "Maximum" else sum(values)
    return CloudWatchMetric(name, total, unit, meaning)


def metrics_of(run: RunUnderTest, access: Access) -> Metrics:
    """The metrics of a run's stream; a reason if there are none. It raises nothing that a service can cause.

    access: how a place of the run is read; what the run itself used to send comes first.
    """
    sender = run.plan.destination
    if sender.kind != "firehose" or sender.embedded:
        return Unasked("the run did not go to a stream of AWS")
    claims, now = read_claims(run.folder, run.plan), now_ms()
    if claims.first_sent_ms is None:
        return Unasked("the run has sent nothing")
    last_ms = min(now, claims.last_sent_ms + _DELIVERED_WITHIN_S * 1000)
    region, profile = sender.region or access.region, sender.aws_profile or access.aws_profile
    emulator = None if sender.endpoint_url is None or is_aws(sender.endpoint_url) else sender.endpoint_url
    try:
        client = make_client("cloudwatch", Access(region, profile, emulator))
    except ClickgenError as problem:
        return Unasked(problem.message)
    return stream_metrics(client, sender.stream, claims.first_sent_ms, last_ms, now)
