"""A Lambda function: its state, what calls it, and its timeout and memory against what it is handed."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.metrics import examine_calls
from clickgen.doctor.visit import Answer, Refused, Visit
from clickgen.model.amounts import size
from clickgen.pipeline.resources import Function, Trigger

MOST_PAYLOAD = 6 << 20
"""Bytes of a synchronous call and of its answer, base64 included [Lambda guide, quotas]."""

MOST_TRANSFORM_S = 300
"""How long Firehose waits for a function [Firehose guide, data transformation]."""

LEAST_TRANSFORM_S = 60
"""What Firehose's console asks for: the default of 3 s ends in the middle of a batch."""

_BASE64 = 4 / 3
_RUNTIME_MB = 64  # what Python and boto3 take before an event arrives
_TIMES_IN_MEMORY = 20  # the payload as text, decoded, as objects, and once more as the answer


def examine_function(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    """Its state, and that each of its triggers calls it."""
    answer = visit.ask("lambda", "get_function_configuration", FunctionName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"function {name}", "lambda:GetFunctionConfiguration")
        return
    state, update = answer.get("State", "Active"), answer.get("LastUpdateStatus", "Successful")
    if state not in {"Active", "Inactive"}:  # one that was not called for weeks wakes up when it is
        yield problem(
            station, f"it is {state}: {answer.get('StateReason') or 'no reason is given'}", "deploy it again"
        )
    elif update == "Failed":
        reason = answer.get("LastUpdateStatusReason") or "no reason is given"
        yield problem(station, f"its last update failed, the old code runs: {reason}", "deploy it again")
    else:
        yield fine(station, f"active, {answer['MemorySize']} MB, timeout {answer['Timeout']} s")
    yield from examine_calls(visit, station, name)
    described = visit.description.resources.get(station)
    for trigger in described.on if isinstance(described, Function) else []:
        if trigger.source.startswith("s3:"):
            yield _notified(visit, station, answer, trigger)
        else:
            yield from _mapped(visit, station, name, trigger)


def examine_transform(
    visit: Visit, stream: str, function: str, buffer_mb: float, label: str | None = None
) -> Iterator[Finding]:
    """A function that a stream calls with up to `buffer_mb` at once. label: its station, if it has one."""
    station = label or f"lambda:{function}"
    answer = visit.ask("lambda", "get_function_configuration", FunctionName=function)
    if isinstance(answer, Refused):
        yield answer.finding(
            station, f"function {function} that {stream} calls", "lambda:GetFunctionConfiguration"
        )
        return
    timeout, memory = int(answer["Timeout"]), int(answer["MemorySize"])
    payload = int(buffer_mb * (1 << 20) * _BASE64)
    if timeout > MOST_TRANSFORM_S:
        what = f"its timeout is {timeout} s, and {stream} waits {MOST_TRANSFORM_S} s: a longer call runs twice"
        yield warning(station, what, f"set its timeout to {MOST_TRANSFORM_S} s or less")
    elif timeout < LEAST_TRANSFORM_S:
        what = f"its timeout is {timeout} s for {buffer_mb:g} MiB of records a call; what takes longer fails whole"
        yield warning(station, what, f"set its timeout to {LEAST_TRANSFORM_S} s or more")
    if payload * 2 > MOST_PAYLOAD:
        what = (
            f"{buffer_mb:g} MiB of records are {size(payload)} as base64; if it adds half of that, its answer is"
            f" over {size(MOST_PAYLOAD)} and the call fails"
        )
        yield warning(station, what, f"lower BufferSizeInMBs of {stream} to 2 or less")
    needed = _RUNTIME_MB + round(_TIMES_IN_MEMORY * buffer_mb)
    if memory < needed:
        what = f"it has {memory} MB for {buffer_mb:g} MiB of records a call, which take about {needed} MB"
        yield warning(station, what, f"give it {max(256, needed)} MB, or lower BufferSizeInMBs of {stream}")
    else:
        yield fine(station, f"{memory} MB and {timeout} s for calls of up to {buffer_mb:g} MiB from {stream}")


def _mapped(visit: Visit, station: str, name: str, trigger: Trigger) -> Iterator[Finding]:
    answer = visit.ask("lambda", "list_event_source_mappings", FunctionName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"what calls {name}", "lambda:ListEventSourceMappings")
        return
    kind, source = trigger.source.partition(":")[0], visit.name_of(trigger.source)
    inside = f":table/{source}/stream/" if kind == "dynamodb" else f":stream/{source}"
    mappings = [one for one in answer["EventSourceMappings"] if inside in f"{one['EventSourceArn']}"]
    if not mappings:
        what = f"nothing calls it with what is in {trigger.source}: there is no event source mapping"
        yield problem(station, what, "aws lambda create-event-source-mapping, or deploy the pipeline again")
    for mapping in mappings:
        yield _mapping(station, trigger, mapping)
        visit.waits[station] = float(mapping.get("MaximumBatchingWindowInSeconds", 0))


def _mapping(station: str, trigger: Trigger, mapping: Answer) -> Finding:
    state, result = mapping["State"], str(mapping.get("LastProcessingResult") or "")
    words = f"its event source mapping of {trigger.source}"
    if state in {"Disabled", "Disabling"}:
        enable = f"aws lambda update-event-source-mapping --uuid {mapping['UUID']} --enabled"
        return problem(station, f"{words} is {state}: nothing calls it", enable)
    if result.startswith("PROBLEM"):
        return problem(
            station, f"{words} cannot go on: {result}", "look at its log; the batch is tried again until then"
        )
    if state not in {"Enabled", "Enabling", "Updating"}:
        return warning(station, f"{words} is {state}", "wait until it is Enabled")
    return fine(station, f"{words} is {state}")


def _notified(visit: Visit, station: str, function: Answer, trigger: Trigger) -> Finding:
    bucket = visit.name_of(trigger.source)
    answer = visit.ask("s3", "get_bucket_notification_configuration", Bucket=bucket)
    if isinstance(answer, Refused):
        return answer.finding(station, f"what {trigger.source} notifies", "s3:GetBucketNotification")
    arn = str(function["FunctionArn"])
    calling = [
        one for one in answer.get("LambdaFunctionConfigurations", []) if one["LambdaFunctionArn"].startswith(arn)
    ]
    if not any(event.startswith("s3:ObjectCreated:") for one in calling for event in one["Events"]):
        what = f"{trigger.source} does not call it when an object is created"
        return problem(station, what, "put the notification on the bucket, or deploy the pipeline again")
    return fine(station, f"{trigger.source} calls it when an object is created")
