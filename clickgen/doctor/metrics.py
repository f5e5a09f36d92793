"""What CloudWatch counted of a stream within the last hour: throttling, late deliveries, calls that failed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from clickgen.doctor.finding import Finding, problem, warning
from clickgen.doctor.stream_settings import StreamSettings
from clickgen.doctor.visit import Refused, Visit
from clickgen.model.amounts import percent

_SPAN = timedelta(hours=1)
_PERIOD_S = 3600
_LATE_TIMES = 2  # of the buffer: a delivery that takes as long as that does not keep up
_LOG = "/aws/lambda/"
_SLACK_S = 60  # for a delivery itself
_FUNCTION = "FunctionName"
_STREAM = "DeliveryStreamName"
_WANTED = {
    "throttled": ("AWS/Firehose", _STREAM, "ThrottledRecords", "Sum"),
    "freshness": ("AWS/Firehose", _STREAM, "DeliveryToS3.DataFreshness", "Maximum"),
    "processed": ("AWS/Firehose", _STREAM, "ExecuteProcessing.Success", "Average"),
    "loaded": ("AWS/Firehose", _STREAM, "DeliveryToRedshift.Success", "Average"),
}
_WANTED_OF_FUNCTION = {
    "errors": ("AWS/Lambda", _FUNCTION, "Errors", "Sum"),
    "calls": ("AWS/Lambda", _FUNCTION, "Invocations", "Sum"),
    "throttled": ("AWS/Lambda", _FUNCTION, "Throttles", "Sum"),
}


def examine_metrics(visit: Visit, station: str, name: str, settings: StreamSettings) -> Iterator[Finding]:
    values = _values(visit, _WANTED, name)
    if isinstance(values, Refused):
        yield values.finding(station, "what CloudWatch counted", "cloudwatch:GetMetricData")
        return
    if values.get("throttled"):
        what = f"{values['throttled']:,.0f} records were throttled within an hour"
        yield warning(station, what, "lower the rate, --pack, or ask for a higher quota")
    late_s = max(_LATE_TIMES * settings.seconds, settings.seconds + settings.transform_s + _SLACK_S)
    if values.get("freshness", 0.0) > late_s:
        age = f"{values['freshness']:,.0f} s old when delivered"
        what = f"records were up to {age}, with a buffer of {settings.seconds:g} s"
        yield warning(station, what, "look at the errors of its destination and its function")
    if values.get("processed", 1.0) < 1.0:
        what = f"function {settings.transform} failed in {percent(1 - values['processed'])} of the stream's calls"
        yield problem(station, what, "look at its log; Firehose tries such a call three times, then gives it up")
    if values.get("loaded", 1.0) < 1.0:
        what = f"{percent(1 - values['loaded'])} of the COPY commands failed within an hour"
        yield problem(station, what, "look at sys_load_error_detail in the warehouse")


def examine_calls(visit: Visit, station: str, function: str) -> Iterator[Finding]:
    """How many calls of a function failed within an hour, whoever called it."""
    values = _values(visit, _WANTED_OF_FUNCTION, function)
    if isinstance(values, Refused):
        yield values.finding(station, "what CloudWatch counted", "cloudwatch:GetMetricData")
        return
    if values.get("calls") and values.get("errors"):
        share = percent(values["errors"] / values["calls"])
        step = f"look at its log: aws logs tail {_LOG}{function}"
        yield problem(station, f"{share} of its calls failed within an hour", step)
    if values.get("throttled"):
        what = f"{values['throttled']:,.0f} of its calls were throttled within an hour"
        yield warning(station, what, "raise its reserved concurrency, or the account's quota")


def _values(
    visit: Visit, wanted: Mapping[str, tuple[str, str, str, str]], name: str
) -> dict[str, float] | Refused:
    now = datetime.now(UTC)
    queries = [
        {
            "Id": key,
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": dimension, "Value": name}],
                },
                "Period": _PERIOD_S,
                "Stat": statistic,
            },
        }
        for key, (namespace, dimension, metric, statistic) in wanted.items()
    ]
    answer = visit.ask(
        "cloudwatch", "get_metric_data", MetricDataQueries=queries, StartTime=now - _SPAN, EndTime=now
    )
    if isinstance(answer, Refused):
        return answer
    return {
        result["Id"]: _worst(wanted[result["Id"]][3], result["Values"])
        for result in answer["MetricDataResults"]
        if result["Values"]
    }


def _worst(statistic: str, values: Sequence[float]) -> float:
    """What a statistic says of all periods of the hour: a share of successes is as bad as its worst."""
    if statistic == "Sum":
        return sum(values)
    return max(values) if statistic == "Maximum" else min(values)
