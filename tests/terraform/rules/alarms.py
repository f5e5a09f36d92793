"""Every place where events can get stuck or lost has its alarm, which somebody hears."""

from collections.abc import Iterator
from typing import Any

from tests.terraform.plan import Plan, Planned

_METRICS = {
    "AWS/DynamoDB": ("WriteThrottleEvents",),
    "AWS/EventBridge/Pipes": ("ExecutionFailed",),
    "AWS/Firehose": (
        "DeliveryToRedshift.Success", "DeliveryToS3.DataFreshness", "DeliveryToS3.Success",
        "ExecuteProcessing.Success", "FailedConversion.Records", "KinesisMillisBehindLatest",
        "PartitionCountExceeded", "ThrottledGetRecords", "ThrottledRecords",
    ),
    "AWS/Kinesis": ("WriteProvisionedThroughputExceeded",),
    "AWS/Lambda": ("Errors", "IteratorAge", "Throttles"),
    "AWS/SQS": ("ApproximateNumberOfMessagesVisible",),
}  # fmt: skip
"""Metrics that there are: an alarm on another one never rings."""

_NEEDED = {
    "aws_dynamodb_table": ("TableName", "name", {"WriteThrottleEvents"}),
    "aws_kinesis_stream": ("StreamName", "name", {"WriteProvisionedThroughputExceeded"}),
    "aws_lambda_function": ("FunctionName", "function_name", {"Errors", "Throttles"}),
    "aws_pipes_pipe": ("PipeName", "name", {"ExecutionFailed"}),
    "aws_sqs_queue": ("QueueName", "name", {"ApproximateNumberOfMessagesVisible"}),
}
"""The dimension that names a resource, the argument with that name, and the metrics that are watched."""


def problems(plan: Plan) -> Iterator[str]:
    """Alarms that are missing, cannot ring or are not heard."""
    alarms = plan.of("aws_cloudwatch_metric_alarm")
    yield from _unheard(plan, alarms)
    for type_name, (dimension, argument, metrics) in _NEEDED.items():
        for resource in plan.of(type_name):
            yield from _unwatched(resource, dimension, resource.values[argument], metrics, alarms)
    for stream in plan.of("aws_kinesis_firehose_delivery_stream"):
        yield from _unwatched(stream, "DeliveryStreamName", stream.values["name"], _metrics_of(stream), alarms)
        if not any(_counts_errors(one, plan, alarms) for one in plan.of("aws_cloudwatch_log_metric_filter")):
            yield f"{stream.address}: no alarm on records that failed"
    for mapping in plan.of("aws_lambda_event_source_mapping"):
        name = mapping.values["function_name"]
        yield from _unwatched(mapping, "FunctionName", name, {"IteratorAge"}, alarms)


def _unheard(plan: Plan, alarms: list[Planned]) -> Iterator[str]:
    topic = plan.variables.get("alarm_topic_arn")
    for alarm in alarms:
        values = alarm.values
        if topic is not None and values["alarm_actions"] != [topic]:
            yield f"{alarm.address} does not notify alarm_topic_arn"
        metrics = _METRICS.get(values["namespace"])
        if metrics is not None and values["metric_name"] not in metrics:
            yield f"{alarm.address}: there is no metric {values['metric_name']} in {values['namespace']}"
        if metrics is None and values["namespace"].startswith("AWS/"):
            yield f"{alarm.address}: there is no namespace {values['namespace']}"


def _unwatched(
    resource: Planned, dimension: str, name: str, metrics: set[str], alarms: list[Planned]
) -> Iterator[str]:
    watched = {
        alarm.values["metric_name"]
        for alarm in alarms
        if (alarm.values["dimensions"] or {}).get(dimension) == name
    }
    for metric in sorted(metrics - watched):
        yield f"{resource.address}: no alarm on {metric}"


def _metrics_of(stream: Planned) -> set[str]:
    values = stream.values
    reads_kinesis = bool(values["kinesis_source_configuration"])
    metrics = {"DeliveryToS3.DataFreshness", "DeliveryToS3.Success"}
    metrics.add("ThrottledGetRecords" if reads_kinesis else "ThrottledRecords")
    if reads_kinesis:
        metrics.add("KinesisMillisBehindLatest")
    if values["redshift_configuration"]:
        metrics.add("DeliveryToRedshift.Success")
    for settings in values["extended_s3_configuration"]:
        if _has(settings, "data_format_conversion_configuration"):
            metrics.add("FailedConversion.Records")
        if _has(settings, "dynamic_partitioning_configuration"):
            metrics.add("PartitionCountExceeded")
        processors = [one for block in settings["processing_configuration"] for one in block["processors"]]
        if any(processor["type"] == "Lambda" for processor in processors):
            metrics.add("ExecuteProcessing.Success")
    return metrics


def _has(settings: dict[str, Any], block: str) -> bool:
    return any(one["enabled"] for one in settings[block])


def _counts_errors(counter: Planned, plan: Plan, alarms: list[Planned]) -> bool:
    """Whether a filter counts the lines of a log, and an alarm watches what it counts."""
    groups = {group.values["name"] for group in plan.of("aws_cloudwatch_log_group")}
    (made,) = counter.values["metric_transformation"]
    return counter.values["log_group_name"] in groups and any(
        (alarm.values["namespace"], alarm.values["metric_name"]) == (made["namespace"], made["name"])
        for alarm in alarms
    )
