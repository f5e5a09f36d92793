"""Where a run goes: the stream, what is known of it, and in which words to say so before anything leaves."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.cost.bill import Prices, packed_estimate, usd
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Destination, Place
from clickgen.sink.aws import Access, endpoint_origin, is_aws, make_client, region_origin
from clickgen.sink.firehose import LIMITS
from clickgen.sink.firehose_stream import Undescribed, describe_stream

TYPICAL_EVENT_BYTES = 420
# Firehose Developer Guide, "Quotas": bytes a second of a direct-put stream, before it is scaled up
_LARGE_QUOTA_REGIONS = frozenset(["us-east-1", "us-west-2", "eu-west-1"])
_LARGE_QUOTA, _SMALL_QUOTA = 5 * 1024 * 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """A destination with what is known of it.

    line: destination, account, region, endpoint and what chose them. on_aws: it costs money. unpackable: why
    packed records would break the stream. warnings: worth a line each.
    """

    destination: Destination
    place: Place | None
    line: str
    on_aws: bool
    unpackable: str | None = None
    warnings: tuple[str, ...] = ()


def resolve_stream(stream: str, access: Access) -> Target:
    """Find out about a stream; EnvironmentProblem or UsageProblem where nothing can be sent there."""
    client = make_client("firehose", access)
    endpoint, region = client.meta.endpoint_url, client.meta.region_name
    chosen_by = endpoint_origin("firehose", access, endpoint)
    on_aws = chosen_by == "AWS" or is_aws(endpoint)
    facts = describe_stream(client, stream)
    warnings: list[str] = []
    account, place, unpackable = None, None, None
    if isinstance(facts, Undescribed):
        warnings.append(
            f"the stream cannot be described ({facts.reason}); sending needs only firehose:PutRecordBatch, "
            "but whether it takes packed records and where it delivers is not known"
        )
    else:
        if facts.status != "ACTIVE":
            raise EnvironmentProblem(
                f"stream {stream!r} is {facts.status}, not ACTIVE", "wait until it is ACTIVE, or mend it"
            )
        if facts.source != "DirectPut":
            raise EnvironmentProblem(
                f"stream {stream!r} has the source {facts.source}: it takes no direct puts",
                "name a stream whose source is Direct PUT",
            )
        account, place, unpackable = facts.account, facts.place, facts.unpackable
    account = account or (_account(access) if on_aws else None)
    words = [f"stream {stream} (--stream)", f"account {account or 'unknown'}"]
    words.append(f"region {region} ({region_origin(access)})")
    words.append(f"endpoint {endpoint} ({chosen_by})")
    return Target(
        destination=Destination(
            stream=stream,
            region=region,
            account=account,
            endpoint_url=access.endpoint_url or (None if on_aws else endpoint),
            aws_profile=access.aws_profile,
            on_aws=on_aws,
        ),
        place=place,
        line=", ".join(words),
        on_aws=on_aws,
        unpackable=unpackable,
        warnings=tuple(warnings),
    )


def embedded_target(destination: Destination, place: Place) -> Target:
    """The embedded pipeline as a target."""
    line = (
        f"embedded pipeline (no --stream): stream {destination.stream} at {destination.endpoint_url}, "
        f"delivering to {place.lake}/{place.bucket}"
    )
    return Target(destination, place, line, on_aws=False)


def cost_line(target: Target, prices: Prices, rate: float | None, events: int | None, *, pack: bool) -> str:
    """What a run will cost, or would cost on AWS; priced with a typical event before the real ones are known."""
    count, what = events or 0, "1 event" if events == 1 else f"{events or 0:,} events"
    if events is None and rate is not None:
        count, what = round(rate * 3600), "an hour of it"
    elif events is None:
        count, what = 1_000_000, "a million events"
    alone = count * LIMITS.bill_unit
    billed = packed_estimate(count, count * TYPICAL_EVENT_BYTES, LIMITS.bill_unit) if pack else alone
    lead = "costs" if target.on_aws else "free; on AWS it would cost"
    price = usd(prices.usd(billed))
    about = "" if price.startswith("under") else "about "
    return f"{lead} {about}{price} for {what} (${prices.usd_per_gb}/GB, {prices.region}, {prices.date})"


def price_warning(target: Target, prices: Prices) -> str | None:
    """A warning where a bound in dollars is counted with another region's prices."""
    if not target.on_aws or target.destination.region == prices.region:
        return None
    return f"--max-usd is counted at the prices of {prices.region}; {target.destination.region} may be dearer"


def quota_warning(target: Target, rate: float | None) -> str | None:
    """A warning where the rate is above a new stream's default quota."""
    if not target.on_aws or rate is None:
        return None
    quota = _LARGE_QUOTA if target.destination.region in _LARGE_QUOTA_REGIONS else _SMALL_QUOTA
    if rate * TYPICAL_EVENT_BYTES <= quota:
        return None
    return (
        f"{rate:,.0f} events/s are more than a stream's default quota of {quota >> 20} MiB/s takes "
        f"(about {quota // TYPICAL_EVENT_BYTES:,} events/s): expect throttling until Firehose scales it up"
    )


def _account(access: Access) -> str | None:
    """The caller's AWS account, which needs no permission to ask; None where nobody answers."""
    try:
        client = make_client("sts", Access(access.region, access.aws_profile))
        return str(client.get_caller_identity()["Account"])
    except (BotoCoreError, ClientError):
        return None
