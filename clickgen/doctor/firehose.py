"""A Firehose stream: its state, its configuration against the file, quotas, and how long records wait."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.functions import examine_transform
from clickgen.doctor.landed import examine_landed
from clickgen.doctor.metrics import examine_metrics
from clickgen.doctor.permissions import probe_writing
from clickgen.doctor.small_files import examine_sizes
from clickgen.doctor.stream_settings import StreamSettings, settings_of
from clickgen.doctor.visit import Refused, Visit
from clickgen.model.amounts import size, wanted
from clickgen.pipeline.firehose_settings import delivery_stream_arguments
from clickgen.pipeline.resources import DeliveryStream


class Quota(NamedTuple):
    """What a stream with direct puts takes in a second."""

    records: int
    bytes: int


LARGE_QUOTA = Quota(500_000, 5 << 20)
SMALL_QUOTA = Quota(100_000, 1 << 20)
LARGE_REGIONS = frozenset(["us-east-1", "us-west-2", "eu-west-1"])
"""Before Firehose raises them, which it does by itself but not at once [Firehose guide, quotas]."""


def examine_firehose(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    answer = visit.ask("firehose", "describe_delivery_stream", DeliveryStreamName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"Firehose stream {name}", "firehose:DescribeDeliveryStream")
        return
    described = answer["DeliveryStreamDescription"]
    status = described["DeliveryStreamStatus"]
    if status != "ACTIVE":
        reason = described.get("FailureDescription", {}).get("Details", "")
        yield problem(
            station, f"it is {status}, not ACTIVE{reason and ': '}{reason}", "wait until it is, or create it"
        )
        return
    settings = settings_of(described)
    yield fine(station, f"active, {settings.words}")
    yield from _source(visit, station, name, settings)
    yield from _as_in_file(visit, station, name, settings)
    if settings.direct:
        yield from _quota(visit, station)
    yield from _latency(visit, station, settings)
    if settings.transform is not None:
        described_as = visit.description.resources.get(station)
        label = described_as.transform if isinstance(described_as, DeliveryStream) else None
        yield from examine_transform(visit, station, settings.transform, settings.transform_mb, label)
    yield from examine_sizes(visit, station, settings)
    yield from examine_landed(visit, station, settings)
    yield from examine_metrics(visit, station, name, settings)
    if visit.on_aws:
        yield fine(station, "not probed: what its role may do, which only the role itself can show")


def _source(visit: Visit, station: str, name: str, settings: StreamSettings) -> Iterator[Finding]:
    stream = visit.description.resources.get(station)
    if isinstance(stream, DeliveryStream) and (stream.source is None) != settings.direct:
        wish = stream.source or "direct puts"
        has = "direct puts" if settings.direct else "a Kinesis stream"
        yield problem(
            station, f"its source is {has}, the pipeline file says {wish}", "create it again: it cannot change"
        )
    if settings.direct and visit.description.entry in (station, None):
        yield probe_writing(visit, station, "firehose", "put_record_batch", DeliveryStreamName=name, Records=[])


def _as_in_file(visit: Visit, station: str, name: str, settings: StreamSettings) -> Iterator[Finding]:
    """What is configured otherwise than the pipeline file says, where it says it."""
    stream = visit.description.resources.get(station)
    if not isinstance(stream, DeliveryStream):
        return
    wished = settings_of(_described_so(delivery_stream_arguments(name, stream, visit.description)))
    differing = [
        f"{what} is {there!r}, not {wish!r}"
        for what, there, wish in zip(
            settings.compared, settings.compared.values(), wished.compared.values(), strict=True
        )
        if there != wish
    ]
    if differing:
        yield warning(
            station, f"unlike the pipeline file: {'; '.join(differing)}", "deploy it again, or change the file"
        )


def _described_so(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments of CreateDeliveryStream in the form of a description."""
    destination = {
        key.replace("Configuration", "Description"): value
        for key, value in arguments.items()
        if key.endswith("DestinationConfiguration")
    }
    return {"DeliveryStreamType": arguments["DeliveryStreamType"], "Destinations": [destination]}


def _quota(visit: Visit, station: str) -> Iterator[Finding]:
    rate, volume = visit.wishes.rate, visit.wishes.bytes_a_second
    if rate is None or volume is None:
        return
    quota = LARGE_QUOTA if visit.region in LARGE_REGIONS else SMALL_QUOTA
    wish = f"{wanted(rate)}/s of {visit.wishes.event_bytes} B are {size(int(volume))}/s"
    limit = f"{size(quota.bytes)} and {quota.records:,} records a second in {visit.region}"
    if volume > quota.bytes or rate > quota.records:
        what = f"{wish}; a stream takes {limit}, and throttles until Firehose has raised that"
        yield problem(station, what, "ask for a higher quota before, raise the rate slowly, or --pack")
    else:
        yield fine(station, f"{wish}; a stream takes {limit}")


def _latency(visit: Visit, station: str, settings: StreamSettings) -> Iterator[Finding]:
    waits = settings.seconds + settings.transform_s
    visit.waits[station] = waits
    wish = visit.wishes.latency_s
    if wish is None:
        return
    words = f"an event waits up to {waits:g} s in its buffers"
    if waits > wish:
        yield problem(station, f"{words}, and is wished for within {wish:g} s", _shorter(settings, wish))
    else:
        yield fine(station, f"{words}; it is wished for within {wish:g} s")


def _shorter(settings: StreamSettings, wish: float) -> str:
    most = max(0.0, wish - settings.transform_s)
    words = f"set IntervalInSeconds to {most:g} or less"
    if settings.transform_s >= wish:
        words = f"set BufferIntervalInSeconds of its Lambda below {wish:g}"
    return words + ("; objects become smaller" if most < settings.seconds else "")
