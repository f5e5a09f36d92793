"""What CloudWatch counted of a stream, for people and for --json: beside the verdict, and no part of it."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.text import Text

from clickgen.model.amounts import count, duration
from clickgen.model.outside_text import one_line
from clickgen.verify.inspections.cloudwatch import CloudWatchMetric, Metrics, Unasked
from clickgen.view.account import labelled


def metric_lines(found: Metrics) -> Iterator[Text]:
    """A line a metric, or one that says why there are none."""
    if isinstance(found, Unasked):
        yield labelled("metrics", f"CloudWatch was not asked or did not answer: {one_line(found.reason)}")
        return
    yield labelled("metrics", "by CloudWatch, of all that the stream took meanwhile, in records:")
    width = max(len(metric.name) for metric in found)
    for metric in found:
        yield Text(f"  {metric.name:<{width}}  {_value(metric)}, {metric.meaning}")


def metrics_json(found: Metrics) -> dict[str, Any]:
    """The key `cloudwatch` of --json: the metrics, or the reason why there are none."""
    if isinstance(found, Unasked):
        return {"reason": found.reason, "metrics": []}
    return {"reason": None, "metrics": [asdict(metric) for metric in found]}


def _value(metric: CloudWatchMetric) -> str:
    if metric.value is None:
        return "none published"
    return duration(metric.value) if metric.unit == "s" else count(round(metric.value))
