"""A bucket as a target: whether it is there, in which region, and what it charges."""

from clickgen.cost.prices import Prices
from clickgen.model.destination import S3Destination
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Place
from clickgen.run.targets.target import Target, TargetKind, connect
from clickgen.run.targets.tariff import UnitPrice
from clickgen.sink.aws import Access
from clickgen.sink.describe import Undescribed, describe_or_explain
from clickgen.sink.registry import Address
from clickgen.sink.s3_objects import LIMITS


def find_bucket(address: Address, access: Access) -> Target:
    """Find out about a bucket; EnvironmentProblem or UsageProblem if nothing can be put there.

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
        warnings=warnings,
    )


def _price(_: S3Destination, prices: Prices) -> UnitPrice:
    return UnitPrice.by_unit(prices.s3.put_requests, LIMITS.bill_unit, "PUT requests")


TARGET = TargetKind(find_bucket, _price)
