"""Streams and queues are encrypted, a warehouse is open to few.

Tables always are; buckets have rules of their own.
"""

from collections.abc import Iterator

from tests.terraform.plan import Plan, Planned


def problems(plan: Plan) -> Iterator[str]:
    """What is not encrypted, or open to everybody."""
    for stream in plan.of("aws_kinesis_stream"):
        if stream.values["encryption_type"] != "KMS":
            yield f"{stream.address} is not encrypted"
    for stream in plan.of("aws_kinesis_firehose_delivery_stream"):
        yield from _of_delivery(stream)
    for queue in plan.of("aws_sqs_queue"):
        if queue.values["sqs_managed_sse_enabled"] is not True:
            yield f"{queue.address} is not encrypted"
    for group in plan.of("aws_athena_workgroup"):
        (configuration,) = group.values["configuration"]
        (results,) = configuration["result_configuration"]
        if not results["encryption_configuration"]:
            yield f"{group.address} writes results that are not encrypted"
    for rule in plan.of("aws_vpc_security_group_ingress_rule"):
        if rule.values["cidr_ipv4"] == "0.0.0.0/0":
            yield f"{rule.address} lets in everybody"


def _of_delivery(stream: Planned) -> Iterator[str]:
    encryption = stream.values["server_side_encryption"]
    if stream.values["kinesis_source_configuration"]:
        if encryption:
            yield f"{stream.address} reads Kinesis, whose encryption is used: Firehose refuses one of its own"
    elif not (encryption and encryption[0]["enabled"]):
        yield f"{stream.address} is not encrypted"
