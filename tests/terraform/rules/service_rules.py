"""What the services refuse, or take and do not mean: rules of their documentation that are not in their models."""

from collections.abc import Iterator
from typing import Any

from tests.terraform.plan import Plan, Planned

_LEAST_MB = 64  # with conversion or partitions
_LEAST_SECONDS = 60  # with partitions
_LONGEST_TRANSFORM = 300  # seconds that Firehose waits for a function
_LONGEST_CALL = 900  # seconds of a function
_MOST_MEMORY = 10_240  # MB of a function
_LEAST_SUBNETS = 3  # of a workgroup
_CAPACITIES = range(8, 513, 8)
_DEFAULTS = {"BufferSizeInMBs": "1", "BufferIntervalInSeconds": "60", "NumberOfRetries": "3"}
_MOST = {"BufferSizeInMBs": (0.2, 3.0), "BufferIntervalInSeconds": (0.0, 900.0), "NumberOfRetries": (0.0, 300.0)}


def problems(plan: Plan) -> Iterator[str]:
    """What the services would refuse."""
    timeouts = {one.values["arn"]: one.values["timeout"] for one in plan.of("aws_lambda_function")}
    for stream in plan.of("aws_kinesis_firehose_delivery_stream"):
        for settings in stream.values["extended_s3_configuration"]:
            yield from _of_delivery(stream, settings)
            for block in settings["processing_configuration"]:
                yield from _of_processing(stream, block, timeouts)
        for settings in stream.values["redshift_configuration"]:
            yield from _of_redshift(stream, settings)
    for group in plan.of("aws_redshiftserverless_workgroup"):
        if group.values["base_capacity"] not in _CAPACITIES:
            yield f"{group.address}: base_capacity {group.values['base_capacity']} is not 8, 16, … 512"
        if len(group.values["subnet_ids"]) < _LEAST_SUBNETS:
            yield f"{group.address}: it needs subnets in three availability zones"
    yield from _of_functions(plan)


def _of_functions(plan: Plan) -> Iterator[str]:
    for function in plan.of("aws_lambda_function"):
        for argument, most in (("timeout", _LONGEST_CALL), ("memory_size", _MOST_MEMORY)):
            if function.values[argument] > most:
                yield f"{function.address}: {argument} {function.values[argument]} is more than {most}"
    allowed = {permission.values["function_name"] for permission in plan.of("aws_lambda_permission")}
    for notification in plan.of("aws_s3_bucket_notification"):
        for block in notification.values["lambda_function"]:
            if block["lambda_function_arn"].rpartition(":")[2] not in allowed:
                yield f"{notification.address}: S3 may not invoke {block['lambda_function_arn']}"


def _of_delivery(stream: Planned, settings: Any) -> Iterator[str]:
    converts = any(one["enabled"] for one in settings["data_format_conversion_configuration"])
    partitions = any(one["enabled"] for one in settings["dynamic_partitioning_configuration"])
    size, seconds = settings["buffering_size"], settings["buffering_interval"]
    if (converts or partitions) and size < _LEAST_MB:
        yield f"{stream.address}: buffering_size {size} is less than {_LEAST_MB}, with conversion or partitions"
    if partitions and seconds < _LEAST_SECONDS:
        yield f"{stream.address}: buffering_interval {seconds} is less than {_LEAST_SECONDS}, with partitions"
    if converts and settings["compression_format"] not in (None, "UNCOMPRESSED"):
        yield f"{stream.address}: compression_format is not UNCOMPRESSED, with conversion"
    prefix, errors = settings["prefix"] or "", settings["error_output_prefix"] or ""
    if "!{" in prefix and not errors:
        yield f"{stream.address}: error_output_prefix is needed, since prefix has expressions"
    if "!{" in errors and "!{firehose:error-output-type}" not in errors:
        yield f"{stream.address}: error_output_prefix has expressions and not !{{firehose:error-output-type}}"
    if errors.startswith(prefix.partition("!")[0]) and prefix:
        yield f"{stream.address}: errors are below the prefix of events, where queries read them"
    if partitions != ("!{partitionKeyFrom" in prefix):
        yield f"{stream.address}: partitions are on, and the prefix has none of their keys, or the other way round"


def _of_processing(stream: Planned, block: Any, timeouts: dict[str, int]) -> Iterator[str]:
    if block["enabled"] is not True:
        yield f"{stream.address}: processing_configuration is not enabled"
    for processor in block["processors"]:
        for parameter in processor["parameters"]:
            name, value = parameter["parameter_name"], parameter["parameter_value"]
            if _DEFAULTS.get(name) == value:
                yield f"{stream.address}: {name} is its default, and would show as a change in every plan"
            least, most = _MOST.get(name, (None, None))
            if least is not None and most is not None and not least <= float(value) <= most:
                yield f"{stream.address}: {name} {value} is not within {least:g} and {most:g}"
            if name == "LambdaArn":
                seconds = timeouts.get(value.removesuffix(":$LATEST"))
                if seconds is None:
                    yield f"{stream.address}: {value} is not a function that is made here"
                elif seconds > _LONGEST_TRANSFORM:
                    yield f"{stream.address}: Firehose waits {_LONGEST_TRANSFORM} s for a function, not {seconds}"


def _of_redshift(stream: Planned, settings: Any) -> Iterator[str]:
    for name in ("s3_configuration", "s3_backup_configuration"):
        for block in settings[name]:
            if "!{" in (block["prefix"] or ""):
                yield f"{stream.address}: {name}.prefix has expressions, which Redshift's staging may not"
    if settings["password"] is not None:
        yield f"{stream.address}: the password is in the state; use secrets_manager_configuration"
    (staging,) = settings["s3_configuration"]
    if staging["compression_format"] not in (None, "UNCOMPRESSED", "GZIP"):
        yield f"{stream.address}: COPY does not read {staging['compression_format']}"
