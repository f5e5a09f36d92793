"""Streams, tables and buckets of AWS as targets: whether they are there and can take events."""

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place
from clickgen.run.targets.target import Target, connect
from clickgen.sink.address import Address
from clickgen.sink.aws import Access
from clickgen.sink.checked_answers import Members
from clickgen.sink.describe import Undescribed, account_in, describe_or_explain
from clickgen.sink.dynamodb import KEY_TYPES, UNPACKABLE, table_keys
from clickgen.sink.firehose_stream import describe_stream

# API references of StreamDescriptionSummary and TableDescription: an update goes on under the writes
_TAKES_WRITES = ("ACTIVE", "UPDATING")
_LARGEST_RECORD_KIB = 10 * 1024  # Kinesis Data Streams Developer Guide, "Quotas and limits"


def resolve_stream(stream: str, access: Access) -> Target:
    """Find out about a Firehose stream; EnvironmentProblem or UsageProblem where nothing can be sent there."""
    reached = connect("firehose", access)
    facts = describe_stream(reached.client, stream)
    warnings: list[str] = []
    account, place, packing_forbidden_because = None, None, None
    if isinstance(facts, Undescribed):
        warnings.append(
            f"the stream cannot be described ({facts.reason}); sending needs only firehose:PutRecordBatch, "
            "but whether it takes packed records and where it delivers is not known"
        )
    else:
        _check_status("stream", stream, facts.status, ("ACTIVE",))
        if facts.source != "DirectPut":
            raise EnvironmentProblem(
                f"stream {stream!r} has the source {facts.source}: it takes no direct puts",
                "name a stream whose source is Direct PUT"
                + (", or send to its source: --to kinesis:NAME" if facts.source.startswith("Kinesis") else ""),
            )
        account, place, packing_forbidden_because = facts.account, facts.place, facts.packing_forbidden_because
    account = account or reached.account()
    return Target(
        destination=reached.destination(Address("firehose", stream), account),
        place=place,
        line=reached.line(f"stream {stream} (--stream)", account),
        on_aws=reached.on_aws,
        packing_forbidden_because=packing_forbidden_because,
        warnings=tuple(warnings),
    )


def resolve_kinesis(address: Address, access: Access) -> Target:
    """Find out about a Kinesis stream; EnvironmentProblem or UsageProblem where nothing can be sent there."""
    reached, stream = connect("kinesis", access), address.name
    answer = describe_or_explain(
        lambda: reached.client.describe_stream_summary(StreamName=stream), reached.client, "stream", stream
    )
    warnings: tuple[str, ...] = ()
    account: str | None = None
    record_bytes: int | None = None
    on_demand = False
    if isinstance(answer, Undescribed):
        warnings = (
            f"the stream cannot be described ({answer.reason}); sending needs only kinesis:PutRecords, "
            "but how it is billed and whether it takes records over 1 MiB is not known",
        )
    else:
        facts: Members = answer["StreamDescriptionSummary"]
        _check_status("stream", stream, facts["StreamStatus"], _TAKES_WRITES)
        account = account_in(facts.get("StreamARN", ""))
        if "MaxRecordSizeInKiB" in facts:
            record_bytes = facts.within("MaxRecordSizeInKiB", 0, 1, _LARGEST_RECORD_KIB) * 1024
        on_demand = (facts.get("StreamModeDetails") or {}).get("StreamMode") == "ON_DEMAND"
    account = account or reached.account()
    return Target(
        destination=reached.destination(address, account, record_bytes=record_bytes, on_demand=on_demand),
        place=None,
        line=reached.line(f"Kinesis stream {stream} (--to)", account),
        on_aws=reached.on_aws,
        warnings=warnings,
    )


def resolve_table(address: Address, access: Access) -> Target:
    """Find out about a table and its keys; EnvironmentProblem or UsageProblem where nothing can be sent there."""
    reached, table = connect("dynamodb", access), address.name
    answer = describe_or_explain(
        lambda: reached.client.describe_table(TableName=table), reached.client, "table", table
    )
    if isinstance(answer, Undescribed):
        raise EnvironmentProblem(
            f"table {table!r} cannot be described, so its keys are not known: {answer.reason}",
            "sending needs the permissions dynamodb:DescribeTable and dynamodb:BatchWriteItem on the table",
        )
    facts: Members = answer["Table"]
    _check_status("table", table, facts["TableStatus"], _TAKES_WRITES)
    keys = table_keys(facts)
    for field, kind in keys.items():
        if kind not in KEY_TYPES:
            raise UsageProblem(
                f"the key {field!r} of table {table!r} is binary, which no field of an event is",
                "name a table whose keys are text or numbers",
            )
    account = account_in(facts.get("TableArn", "")) or reached.account()
    words = " and ".join(keys)
    return Target(
        destination=reached.destination(address, account, keys=keys),
        place=None,
        line=reached.line(f"DynamoDB table {table} with the key {words} (--to)", account),
        on_aws=reached.on_aws,
        packing_forbidden_because=UNPACKABLE,
        never=True,
    )


def resolve_bucket(address: Address, access: Access) -> Target:
    """Find out about a bucket; EnvironmentProblem or UsageProblem where nothing can be put there.

    The bucket's own region is taken, unless another was named.
    """
    bucket, _, prefix = address.name.partition("/")
    reached = connect("s3", access)
    answer = describe_or_explain(
        lambda: reached.client.head_bucket(Bucket=bucket), reached.client, "bucket", bucket
    )
    warnings: tuple[str, ...] = ()
    region, region_by = reached.region, None
    if isinstance(answer, Undescribed):
        warnings = (
            f"the bucket cannot be looked at ({answer.reason}): it is another account's, or s3:ListBucket is "
            "missing; sending needs only s3:PutObject, verifying needs to list and read",
        )
    else:
        region = str(answer.get("BucketRegion") or region)
        if access.region is not None and access.region != region:
            raise EnvironmentProblem(
                f"bucket {bucket!r} is in {region}, not in {access.region}", f"write --region {region}"
            )
        region_by = "the bucket's" if region != reached.region else None
    if region != reached.region:
        reached = connect("s3", Access(region, access.aws_profile, access.endpoint_url))
    account = reached.account()
    return Target(
        destination=reached.destination(address, account),
        place=Place(bucket=bucket, prefix=prefix, buffer_seconds=0, time_zone="UTC"),
        line=reached.line(f"objects s3://{bucket}/{prefix}YYYY/MM/DD/HH/… (--to)", account, region_by),
        on_aws=reached.on_aws,
        packing_forbidden_because="an object holds as many events as come within a second, up to 5 MiB, as it is",
        never=True,
        warnings=warnings,
    )


def _check_status(what: str, name: str, status: str, taking: tuple[str, ...]) -> None:
    if status not in taking:
        raise EnvironmentProblem(f"{what} {name!r} is {status}, not ACTIVE", "wait until it is ACTIVE, or mend it")
