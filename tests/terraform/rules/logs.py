"""Logs are kept for a while and not for ever; functions, streams and pipes write to logs that are there."""

from collections.abc import Iterator
from typing import Any

from tests.terraform.plan import Plan, Planned

_DAYS = frozenset(
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
)
"""What CloudWatch Logs takes."""


def problems(plan: Plan) -> Iterator[str]:
    """Logs that are missing or kept for ever."""
    groups = {group.values["name"] for group in plan.of("aws_cloudwatch_log_group")}
    streams = {
        (stream.values["log_group_name"], stream.values["name"]) for stream in plan.of("aws_cloudwatch_log_stream")
    }
    for group in plan.of("aws_cloudwatch_log_group"):
        if group.values["retention_in_days"] not in _DAYS:
            days = group.values["retention_in_days"]
            yield f"{group.address} is kept for {days or 'ever'}: not one of {sorted(_DAYS)} days"
    for function in plan.of("aws_lambda_function"):
        if f"/aws/lambda/{function.values['function_name']}" not in groups:
            yield f"{function.address} has no log group: its first call makes one that is kept for ever"
    for stream in plan.of("aws_kinesis_firehose_delivery_stream"):
        yield from _of_delivery(stream, streams)
    for pipe in plan.of("aws_pipes_pipe"):
        if not pipe.values["log_configuration"]:
            yield f"{pipe.address} does not log"


def _of_delivery(stream: Planned, log_streams: set[tuple[str, str]]) -> Iterator[str]:
    options = list(_logging_options(stream.values))
    if not options or not all(option["enabled"] for option in options):
        yield f"{stream.address} does not log errors"
    for option in options:
        if (option["log_group_name"], option["log_stream_name"]) not in log_streams:
            yield f"{stream.address} logs to {option['log_stream_name']}, which is not there"


def _logging_options(value: Any) -> Iterator[dict[str, Any]]:
    """All of a stream's options of logging, wherever they are."""
    if isinstance(value, list):
        for one in value:
            yield from _logging_options(one)
    elif isinstance(value, dict):
        yield from value.get("cloudwatch_logging_options") or []
        for name, inner in value.items():
            if name != "cloudwatch_logging_options":
                yield from _logging_options(inner)
