"""What calls a function of a pipeline: notifications of a bucket, and event source mappings of streams."""

from collections.abc import Callable
from typing import Any

from clickgen.model.amounts import seconds_of
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.firehose_settings import function_arn, kinesis_arn
from clickgen.pipeline.physical_names import bucket_name
from clickgen.pipeline.resources import Function, Trigger


def connect_triggers(
    name: str, function: Function, description: PipelineDescription, client: Callable[[str], Any]
) -> None:
    """Make the notifications and mappings of a function that are not there yet. Raises what boto3 raises."""
    for trigger in function.on:
        kind, _, source = trigger.source.partition(":")
        if kind == "s3":
            bucket = bucket_name(trigger.source, description.resources[trigger.source])
            _notify(client("s3"), bucket, name, trigger)
            continue
        if kind == "dynamodb":
            arn = client("dynamodb").describe_table(TableName=source)["Table"]["LatestStreamArn"]
        else:
            arn = kinesis_arn(source)
        _map(client("lambda"), arn, name, trigger)


def _notify(s3: Any, bucket: str, function: str, trigger: Trigger) -> None:
    """A bucket has one configuration of notifications, which holds those of all functions."""
    kept = s3.get_bucket_notification_configuration(Bucket=bucket).get("LambdaFunctionConfigurations", [])
    rules = [
        {"Name": key, "Value": value}
        for key, value in (("prefix", trigger.prefix), ("suffix", trigger.suffix))
        if value is not None
    ]
    wanted: dict[str, Any] = {
        "Id": f"{function}-{trigger.prefix or ''}-{trigger.suffix or ''}",
        "LambdaFunctionArn": function_arn(function),
        "Events": ["s3:ObjectCreated:*"],
    }
    if rules:
        wanted["Filter"] = {"Key": {"FilterRules": rules}}
    others = [one for one in kept if one.get("Id") != wanted["Id"]]
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [*others, wanted]}
    )


def _map(functions: Any, arn: str, name: str, trigger: Trigger) -> None:
    kept = functions.list_event_source_mappings(EventSourceArn=arn, FunctionName=name)["EventSourceMappings"]
    if kept:
        return
    functions.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName=name,
        BatchSize=trigger.batch_size,
        MaximumBatchingWindowInSeconds=int(seconds_of(trigger.window) or 0),
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=trigger.retries,
        BisectBatchOnFunctionError=trigger.bisect,
        FunctionResponseTypes=["ReportBatchItemFailures"] if trigger.report_failures else [],
    )
