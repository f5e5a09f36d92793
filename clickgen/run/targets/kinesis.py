"""A Kinesis stream as a target: whether it is there and takes records, and what it charges."""

from clickgen.cost.prices import Prices
from clickgen.model.destination import KinesisDestination
from clickgen.run.targets.target import TAKES_WRITES, Target, TargetKind, check_status, connect
from clickgen.run.targets.tariff import UnitPrice
from clickgen.sink.aws import Access
from clickgen.sink.checked_answers import Members
from clickgen.sink.describe import Undescribed, account_in, describe_or_explain
from clickgen.sink.kinesis import PUT_UNIT
from clickgen.sink.registry import Address

_LARGEST_RECORD_KIB = 10 * 1024  # Kinesis Data Streams Developer Guide, "Quotas and limits"


def _find(address: Address, access: Access) -> Target:
    """Find out about a Kinesis stream; EnvironmentProblem or UsageProblem if nothing can be sent there."""
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
        check_status("stream", stream, facts["StreamStatus"], TAKES_WRITES)
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


def _price(destination: KinesisDestination, prices: Prices) -> UnitPrice:
    if destination.on_demand:
        return UnitPrice.by_gb(prices.kinesis.in_gb)
    return UnitPrice.by_unit(prices.kinesis.put_units, PUT_UNIT, f"PUT units of {PUT_UNIT // 1024} KB")


TARGET = TargetKind(_find, _price)
