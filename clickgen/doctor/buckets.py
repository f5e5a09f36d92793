"""A bucket: whether it is there and may be read."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, fine
from clickgen.doctor.landed import examine_rejected
from clickgen.doctor.visit import Refused, Visit
from clickgen.pipeline.resources import Bucket, BucketVerification


def examine_bucket(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    head = visit.ask("s3", "head_bucket", Bucket=name)
    if isinstance(head, Refused):
        yield head.finding(station, f"bucket {name}", "s3:ListBucket")
        return
    listing = visit.ask("s3", "list_objects_v2", Bucket=name, MaxKeys=1)
    if isinstance(listing, Refused):
        yield listing.finding(station, f"what is in bucket {name}", "s3:ListBucket")
        return
    more = "; whether objects may be put was not probed, since that would write one" * (
        visit.description.entry == station
    )
    yield fine(station, f"it is there and may be listed{more}")
    described = visit.description.resources.get(station)
    looked_at = described.verify if isinstance(described, Bucket) else False
    if isinstance(looked_at, BucketVerification) and looked_at.errors is not None:
        yield from examine_rejected(visit, station, name, looked_at.errors)
