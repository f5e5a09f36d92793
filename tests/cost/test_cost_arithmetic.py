"""The arithmetic of the bill: laws that must hold for any traffic, and examples worked out by hand."""

import gzip
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.cost.bill import Bill, PricedPipeline, load_prices, make_bill, packed_estimate
from clickgen.cost.kinesis_and_dynamodb import PUT_UNIT, WRITE_UNIT, KinesisMode
from clickgen.cost.line import BillLine
from clickgen.cost.objects import LEFT_OF, deliveries
from clickgen.cost.prices import Price, Tier
from clickgen.cost.records import MAX_EVENTS, RECORD_UNIT, Records, packed
from clickgen.cost.stream import LAMBDA, BufferHints, StreamConfiguration
from clickgen.cost.volume import GIB, Volume
from clickgen.deliver.pack import Packing
from clickgen.sink import firehose
from tests.support.simulated import read_bytes, shop_lane

PRICES = load_prices()
DAY = 86400.0
FULL = StreamConfiguration(
    buffer=BufferHints(64, 60),
    conversion=True,
    partitioning=True,
    jq=True,
    transform=LAMBDA,
    backup=BufferHints(5, 30),
)

events = st.integers(1, 10**13)
sizes = st.integers(1, 1_024_000)
times = st.floats(0.001, 400 * DAY)
volumes = st.builds(Volume, events, sizes, times)
buffers = st.builds(BufferHints, st.integers(1, 128), st.integers(0, 900))
streams = st.builds(
    StreamConfiguration,
    buffer=buffers,
    compression=st.sampled_from(["UNCOMPRESSED", "GZIP", "ZIP", "Snappy"]),
    conversion=st.booleans(),
    partitioning=st.booleans(),
    transform=st.none() | buffers,
    backup=st.none() | buffers,
)
pipelines = st.builds(
    PricedPipeline,
    stream=st.none() | streams,
    keep_s=st.floats(0, 400 * DAY),
    partitions=st.integers(1, 500),
    jq_hours=st.none() | st.floats(0, 1000),
    lambda_gb_seconds=st.none() | st.floats(0, 100),
    kinesis=st.none() | st.sampled_from(KinesisMode),
    dynamodb=st.booleans(),
)


def lines_of(bill: Bill) -> list[BillLine]:
    return [*(line for section in bill.sections for line in section.lines), *bill.extras]


@given(volumes, st.integers(0, 10**12), pipelines)
def test_more_events_never_cost_less(volume: Volume, more: int, pipeline: PricedPipeline) -> None:
    fewer = make_bill(volume, pipeline, PRICES)
    many = make_bill(replace(volume, events=volume.events + more), pipeline, PRICES)
    for low, high in zip(lines_of(fewer), lines_of(many), strict=True):
        assert low.name == high.name
        assert low.unpacked_usd <= high.unpacked_usd * (1 + 1e-12), low.name
        assert low.packed_usd <= high.packed_usd * (1 + 1e-12), low.name


@given(volumes, pipelines)
def test_packed_is_never_dearer(volume: Volume, pipeline: PricedPipeline) -> None:
    bill = make_bill(volume, pipeline, PRICES)
    for line in lines_of(bill):
        assert line.packed <= line.unpacked, line.name
        assert line.packed_usd <= line.unpacked_usd, line.name
    assert all(section.packed_usd <= section.unpacked_usd for section in bill.sections)


@given(volumes, pipelines)
def test_totals_are_the_sums_of_their_lines(volume: Volume, pipeline: PricedPipeline) -> None:
    bill = make_bill(volume, pipeline, PRICES)
    assert len(bill.sections) == 1 + (pipeline.kinesis is not None) + pipeline.dynamodb
    for section in bill.sections:
        assert isclose(section.unpacked_usd, sum(line.unpacked_usd for line in section.lines))
        assert isclose(section.packed_usd, sum(line.packed_usd for line in section.lines))


@st.composite
def prices(draw: st.DrawFn) -> Price:
    widths = draw(st.lists(st.floats(1, 1e6), max_size=4))
    ends = [*(sum(widths[: n + 1]) for n in range(len(widths))), None]
    tiers = tuple(Tier(up_to=end, usd=draw(st.floats(0, 100))) for end in ends)
    return Price(tiers=tiers, per=draw(st.integers(1, 10**6)), source="drawn")


@given(prices(), st.floats(0, 1e-6), st.floats(1, 36))
def test_a_price_does_not_jump_where_a_tier_begins(price: Price, step: float, months: float) -> None:
    dearest = max(tier.usd for tier in price.steps)
    for tier in price.steps[:-1]:
        assert tier.up_to is not None
        at = tier.up_to * months
        jump = price.cost(at + step, months) - price.cost(at - step, months)
        assert -1e-9 <= jump <= 2 * step * dearest / price.per + 1e-9 * (1 + price.cost(at, months))


@given(prices(), st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_price_rises_and_a_month_and_its_double_agree(price: Price, one: float, other: float) -> None:
    assert price.cost(min(one, other)) <= price.cost(max(one, other)) * (1 + 1e-12)
    assert isclose(price.cost(2 * one, months=2), 2 * price.cost(one), abs_tol=1e-12)


@given(events, sizes)
def test_the_estimate_of_a_run_is_the_ingestion_of_the_bill(count: int, size: int) -> None:
    line = make_bill(Volume(count, size, DAY), PricedPipeline(), PRICES).delivery.lines[0]
    assert isclose(line.packed * GIB, packed_estimate(count, count * size, RECORD_UNIT))


@given(st.integers(1, 10**6), st.integers(1, 10**9))
def test_the_estimate_is_exact_for_any_mean_size(count: int, total: int) -> None:
    mean = Fraction(total, count)
    each = max(1, min(MAX_EVENTS, floor(RECORD_UNIT / mean)))
    units = count * ceil(mean / RECORD_UNIT) if each == 1 else ceil(Fraction(count, each))
    assert packed_estimate(count, total, RECORD_UNIT) == units * RECORD_UNIT


def test_nothing_costs_nothing() -> None:
    assert packed_estimate(0, 0, RECORD_UNIT) == 0


def test_the_run_rounds_and_packs_as_the_bill_does() -> None:
    assert firehose.LIMITS.bill_unit == RECORD_UNIT
    assert firehose.MAX_EVENTS_PER_RECORD == MAX_EVENTS
    packing = Packing(firehose.LIMITS)
    assert (packing.record_bytes, packing.record_events) == (RECORD_UNIT, MAX_EVENTS)


def usd_of(bill: Bill, name: str) -> tuple[float, float]:
    (line,) = [line for line in lines_of(bill) if line.name == name]
    return line.unpacked_usd, line.packed_usd


def test_a_million_events_of_401_bytes() -> None:
    # alone:  1,000,000 × 5,120 B = 4.76837 GB; × $0.029 = $0.138283; conversion × $0.018 = $0.085831
    # packed: 12 a record (4,812 B), 83,334 records × 5,120 B = 0.397367 GB; $0.0115236; $0.0071526
    bill = make_bill(Volume(1_000_000, 401, DAY), PricedPipeline(), PRICES)
    assert usd_of(bill, "ingestion") == pytest.approx((0.138283, 0.0115236), rel=1e-4)
    assert usd_of(bill, "format conversion") == pytest.approx((0.085831, 0.0071526), rel=1e-4)


def test_a_month_of_500_events_a_second() -> None:
    # 500/s × 2,592,000 s = 1,296,000,000 events × 5,120 B = 6,179.81 GB × $0.029 = $179.21
    # 420 B × 500/s = 210,000 B/s fill 5 MiB in 24.966 s, before 300 s: 2,592,000 / 24.966 = 103,821 objects
    # and as many PUTs, and 104 LISTs of 1,000 keys: 103,925 × $0.005 / 1,000 = $0.519625
    # 103,821 GETs × $0.0004 / 1,000 = $0.0415284
    # 544,320,000,000 B = 506.938 GB kept 30 d = 720 h / 730 h = 0.986301 months: 499.994 × $0.023 = $11.4999
    bill = make_bill(Volume(1_296_000_000, 420, 30 * DAY), PricedPipeline(), PRICES)
    assert usd_of(bill, "ingestion")[0] == pytest.approx(179.2145, rel=1e-5)
    assert usd_of(bill, "S3 PUT and LIST") == pytest.approx((0.519625, 0.519625))
    assert usd_of(bill, "S3 GET")[0] == pytest.approx(0.0415284)
    assert usd_of(bill, "S3 storage")[0] == pytest.approx(11.4999, rel=1e-5)


def test_ingestion_falls_by_the_volume_of_a_month() -> None:
    # 2^30 / 5,120 = 209,715.2 records of 5,120 B a GB, so 3,000,000 GB are 629,145,600,000 events
    # in a month: 512,000 × 0.029 + 1,536,000 × 0.025 + 952,000 × 0.020 = 14,848 + 38,400 + 19,040 = 72,288
    # over two months, 1,500,000 GB each: 2 × (14,848 + 988,000 × 0.025) = 2 × 39,548 = 79,096
    one_month = 730 * 3600.0
    for months, dollars in ((1, 72_288), (2, 79_096)):
        bill = make_bill(Volume(629_145_600_000, 5120, months * one_month), PricedPipeline(), PRICES)
        assert usd_of(bill, "ingestion") == pytest.approx((dollars, dollars))


def test_a_stream_with_everything() -> None:
    # an hour of 1,000 events/s of 1,024 B = 1,024,000 B/s, over 4 partitions 256,000 B/s each:
    # 60 s come before 64 MiB, so 4 × 60 = 240 objects × $0.005 / 1,000 = $0.0012
    # 3,686,400,000 B = 3.433228 GB × $0.020 = $0.0686646; 2 h of jq × $0.07 = $0.14
    # the Lambda's 1 MiB is full after 1.024 s: 3,600 / 1.024 = 3,516 calls × $0.20 / 1,000,000 = $0.0007032
    # at 0.5 GB-seconds each: 1,758 × $0.0000166667 = $0.0293
    # source records: 5 MiB are full after 5.12 s: 704 objects, in parts as 30 s < 60 s: 2,112 requests
    # PUT and LIST: 240 + 2,112 + 1 (944 keys) = 2,353 × $0.005 / 1,000 = $0.011765
    # stored: 12 % as Parquet and the records as they are, 1.12 × 3.433228 GB × 720 / 730 × $0.023 = $0.0872274
    volume = Volume(3_600_000, 1024, 3600.0)
    bill = make_bill(volume, PricedPipeline(FULL, partitions=4, jq_hours=2, lambda_gb_seconds=0.5), PRICES)
    for name, dollars in {
        "partitioned objects": 0.0012,
        "partitioning": 0.0686646,
        "jq": 0.14,
        "Lambda requests": 0.0007032,
        "Lambda run time": 0.0293,
        "S3 PUT and LIST": 0.011765,
        "S3 storage": 0.0872274,
    }.items():
        assert usd_of(bill, name) == pytest.approx((dollars, dollars), rel=1e-4), name
    assert bill.extras == ()


def test_kinesis_and_dynamodb() -> None:
    # a day of 2,500 events/s of 1,025 B: 216,000,000 events, 221,400,000,000 B = 206.195 GB
    # provisioned: records need 2.5 shards, bytes 2,562,500 / 1,048,576 = 2.44, so 3 × 24 h × $0.015 = $1.08;
    #   packed the bytes decide: 3 too. 216 M units × $0.014 = $3.024; packed 24 (24,600 B): 9 M × 0.014 = $0.126
    # on-demand: 24 h × $0.04 = $0.96; 2 KB a record: 411.987 GB × $0.08 = $32.959; read 206.195 × 0.04 = $8.24779
    #   packed: 24,600 B round up to 25 KB: 9,000,000 × 25,600 B = 214.577 GB × 0.08 = $17.1661
    # DynamoDB: 2 units an item: 432 M × $0.625 = $270.00; 206.195 GB × 720 / 730 × $0.25 = $50.8425
    volume = Volume(216_000_000, 1025, DAY)
    provisioned = make_bill(volume, PricedPipeline(kinesis=KinesisMode.PROVISIONED), PRICES).sections[1]
    assert [line.unpacked_usd for line in provisioned.lines] == pytest.approx([1.08, 3.024], rel=1e-4)
    assert [line.packed_usd for line in provisioned.lines] == pytest.approx([1.08, 0.126], rel=1e-4)
    bill = make_bill(volume, PricedPipeline(kinesis=KinesisMode.ON_DEMAND, dynamodb=True), PRICES)
    _, kinesis, dynamo = bill.sections
    assert [line.unpacked_usd for line in kinesis.lines] == pytest.approx([0.96, 32.959, 8.24779], rel=1e-4)
    assert [line.packed_usd for line in kinesis.lines] == pytest.approx([0.96, 17.1661, 8.24779], rel=1e-4)
    assert [line.unpacked_usd for line in dynamo.lines] == pytest.approx([270.0, 50.8425], rel=1e-4)


@pytest.mark.parametrize(
    ("buffer", "objects", "requests"),
    [
        (BufferHints(128, 300), 12, 12),  # 3,600 s / 300 s
        (BufferHints(128, 60), 60, 60),
        (BufferHints(128, 59), 62, 186),  # 61.02 s of 59: below 60 s in three requests each
        (BufferHints(1, 300), 36, 36),  # 10,485.76 B/s fill 1 MiB in 100 s
        (BufferHints(128, 0), 3600, 10_800),  # no buffering: one a second at most
    ],
)
def test_objects_follow_the_buffer(buffer: BufferHints, objects: int, requests: int) -> None:
    volume = Volume(36_864, 1024, 3600.0)  # 10.24 events/s of 1 KiB
    found = deliveries(volume, buffer)
    assert (found.objects, found.requests) == (objects, requests)
    assert found.objects * found.object_bytes == pytest.approx(volume.bytes)


def test_each_partition_fills_a_buffer_of_its_own() -> None:
    # 4 partitions of 1,048,576 B/s: 64 MiB are full after 64 s, so 3,600 / 64 = 57 objects each
    assert deliveries(Volume(14_745_600, 1024, 3600.0), BufferHints(64, 900), partitions=4).objects == 4 * 57


def test_what_compression_leaves_is_what_the_shop_leaves() -> None:
    data = read_bytes(shop_lane(500, count=12_000))
    assert len(gzip.compress(data, 6)) / len(data) == pytest.approx(LEFT_OF["GZIP"], abs=0.01)


@pytest.mark.parametrize(
    ("rate", "size", "single", "several"),
    [
        (1, 420, 1, 1),  # no stream without a shard
        (1000, 420, 1, 1),  # as many records as one takes
        (1001, 420, 2, 1),
        (5000, 420, 5, 3),  # packed, 2,100,000 B/s / 1,048,576 = 2.003
        (100, 104_858, 11, 11),  # 10,485,800 B/s are a little over ten
    ],
)
def test_shards_are_as_many_as_records_or_bytes_need(rate: int, size: int, single: int, several: int) -> None:
    volume = Volume(rate * 3600, size, 3600.0)
    shards = make_bill(volume, PricedPipeline(kinesis=KinesisMode.PROVISIONED), PRICES).sections[1].lines[0]
    assert (shards.unpacked, shards.packed) == (single, several)


@pytest.mark.parametrize(("count", "records"), [(1, 1), (12, 1), (13, 2), (24, 2), (83_334, 6945)])
def test_the_last_record_holds_the_rest(count: int, records: int) -> None:
    found = packed(count, count * 420, RECORD_UNIT, RECORD_UNIT)
    assert found == Records(records, records * RECORD_UNIT, each=12)


def test_there_are_never_more_objects_than_events() -> None:
    assert deliveries(Volume(3, 420, 30 * DAY), BufferHints(128, 60), partitions=40).objects == 3


def test_units_are_those_of_the_services() -> None:
    assert (RECORD_UNIT, PUT_UNIT, WRITE_UNIT) == (5_120, 25_600, 1_024)
