"""What CloudWatch counted of a stream within the last hour: throttling, late deliveries, calls that failed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from clickgen.doctor.finding import Finding, problem, warning
from clickgen.doctor.stream_settings import StreamSettings
from clickgen.doctor.visit import Refused, Visit
from clickgen.model.amounts import percent

_SPAN = timedelta(hours=1)
_PERIOD_S = 3600
_LATE_TIMES = 2  # of the buffer: a delivery that takes as long as that does not keep up
_SLACK_S = 60  # for a delivery itself
_STREAM = "DeliveryStreamName"
_WANTED = {
    "throttled": ("AWS/Firehose", _STREAM, "ThrottledRecords", "Sum"),
    "freshness": ("AWS/Firehose", _STREAM, "DeliveryToS3.DataFreshness", "Maximum"),
    "processed": ("AWS/Firehose", _STREAM, "ExecuteProcessing.Success", "Average"),
    "loaded": ("AWS/Firehose", _STREAM, "DeliveryToRedshift.Success", "Average"),
    "errors": ("AWS/Lambda", "FunctionName", "Errors", "Sum"),
    "calls": ("AWS/Lambda", "FunctionName", "Invocations", "Sum"),
}


def examine_metrics(visit: Visit, station: str, name: str, settings: StreamSettings) -> Iterator[Finding]:
    values = _values(visit, name, settings.transform)
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
    if values.get("calls") and values.get("errors"):
        share = values["errors"] / values["calls"]
        what = f"function {settings.transform} failed in {percent(share)} of its calls within an hour"
        yield problem(station, what, "look at its log; Firehose tries such a call three times, then gives it up")
    elif values.get("processed", 1.0) < 1.0:
        what = f"function {settings.transform} failed in {percent(1 - values['processed'])} of the stream's calls"
        yield problem(station, what, "look at its log; Firehose tries such a call three times, then gives it up")
    if values.get("loaded", 1.0) < 1.0:
        what = f"{percent(1 - values['loaded'])} of the COPY commands failed within an hour"
        yield problem(station, what, "look at sys_load_error_detail in the warehouse")


def _values(visit: Visit, stream: str, function: str | None) -> dict[str, float] | Refused:
    names = {_STREAM: stream, "FunctionName": function}
    now = datetime.now(UTC)
    queries = [
        {
            "Id": key,
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": dimension, "Value": names[dimension]}],
                },
                "Period": _PERIOD_S,
                "Stat": statistic,
            },
        }
        for key, (namespace, dimension, metric, statistic) in _WANTED.items()
        if names[dimension] is not None
    ]
    answer = visit.ask(
        "cloudwatch", "get_metric_data", MetricDataQueries=queries, StartTime=now - _SPAN, EndTime=now
    )
    if isinstance(answer, Refused):
        return answer
    worst = {"throttled": sum, "errors": sum, "calls": sum, "freshness": max, "processed": min, "loaded": min}
    return {
        result["Id"]: float(worst[result["Id"]](result["Values"]))  # type: ignore[operator]  # of all alike
        for result in answer["MetricDataResults"]
        if result["Values"]
    }
