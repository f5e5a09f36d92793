"""A Firehose stream as a target: whether it is there and takes direct puts, and what it charges."""

from clickgen.cost.prices import Prices
from clickgen.model.destination import FirehoseDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.run.targets.target import Target, TargetKind, check_status, connect
from clickgen.run.targets.tariff import UnitPrice
from clickgen.sink.aws import Access
from clickgen.sink.describe import Undescribed
from clickgen.sink.firehose_stream import describe_stream
from clickgen.sink.registry import Address


def _find(address: Address, access: Access) -> Target:
    """Find out about a Firehose stream; EnvironmentProblem or UsageProblem if nothing can be sent there."""
    reached, stream = connect("firehose", access), address.name
    facts = describe_stream(reached.client, stream)
    warnings: list[str] = []
    account, place, packing_forbidden_because = None, None, None
    if isinstance(facts, Undescribed):
        warnings.append(
            f"the stream cannot be described ({facts.reason}); sending needs only firehose:PutRecordBatch, "
            "but whether it takes packed records and where it delivers is not known"
        )
    else:
        check_status("stream", stream, facts.status, ("ACTIVE",))
        if facts.source != "DirectPut":
            raise EnvironmentProblem(
                f"stream {stream!r} has the source {facts.source}: it takes no direct puts",
                "name a stream whose source is Direct PUT"
                + (", or send to its source: --to kinesis:NAME" if facts.source.startswith("Kinesis") else ""),
            )
        account, place, packing_forbidden_because = facts.account, facts.place, facts.packing_forbidden_because
    account = account or reached.account()
    return Target(
        destination=reached.destination(address, account),
        place=place,
        line=reached.line(f"stream {stream} (--stream)", account),
        on_aws=reached.on_aws,
        packing_forbidden_because=packing_forbidden_because,
        warnings=tuple(warnings),
    )


def _price(_: FirehoseDestination, prices: Prices) -> UnitPrice:
    return UnitPrice.by_gb(prices.firehose.ingestion_gb)


TARGET = TargetKind(_find, _price)
