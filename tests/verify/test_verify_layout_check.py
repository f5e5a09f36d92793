"""Where each finding of a look at the layout begins: at its bound, not one object, byte or second before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clickgen.cost.prices import load_prices
from clickgen.ledger.claims import CLOCKS_DIFFER_MS
from clickgen.ledger.reader import read_claims
from clickgen.model.plan import Place
from clickgen.verify.inspections.layout.check import SMALL_BYTES, LayoutCheck
from clickgen.verify.inspections.layout.form import form_of
from clickgen.verify.inspections.layout.keys import PrefixPattern
from clickgen.verify.inspections.layout.look import look_at_layout
from clickgen.verify.inspections.layout.promise import MIB, LayoutPromise, described_promise, promise_of
from clickgen.verify.inspections.layout.report import LayoutReport
from clickgen.verify.landings.objects.place import FolderPlace, Stored
from clickgen.verify.landings.objects.search_scope import SearchScope
from tests.support.planted import CREATED_MS, LANDED_MS, Planted, events, lines

AT = datetime.fromtimestamp(LANDED_MS / 1000, UTC)
HOURLY = "!{timestamp:yyyy/MM/dd/HH}/"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATE = timedelta(seconds=990)  # a buffer of 60 s one and a half times, and a quarter of an hour
USUAL = timedelta(seconds=45)  # half of what that buffer may take


def promise(**place: Any) -> LayoutPromise:
    """Of a stream `clicks` whose keys may begin anyhow."""
    known = {"buffer_seconds": 60, "buffer_mb": 1, "time_zone": "UTC", **place}
    return LayoutPromise(Place(bucket="lake", **known), "clicks", prefixed="prefix" in place)


def stored(
    folder: str = "", *, at: datetime = AT, after: timedelta = USUAL, size: int = 1000, number: int = 0
) -> Stored:
    """An object whose name tells `at`, landed so long after it."""
    name = f"clicks-1-{at:%Y-%m-%d-%H-%M-%S}-00000000-0000-4000-8000-{number:012x}"
    return Stored(folder + name, size, round((at + after).timestamp() * 1000), "tag")


def report_of(promised: LayoutPromise, *objects: Stored) -> LayoutReport:
    check = LayoutCheck(promised, UTC)
    for each in objects:
        check.take(each)
    return check.report("0a1b2c3d4e5f", "lake", load_prices())


def off(report: LayoutReport) -> set[str]:
    return {finding.what for finding in report.findings}


@pytest.mark.parametrize(
    ("from_hour", "fits"),
    [(-LATE, True), (-LATE - SECOND, False), (HOUR + LATE - SECOND, True), (HOUR + LATE, False)],
)
def test_name_and_prefix_may_be_as_far_apart_as_a_delivery_takes(from_hour: timedelta, *, fits: bool) -> None:
    hour = datetime(2026, 1, 1, 12, tzinfo=UTC)
    found = report_of(promise(prefix=HOURLY), stored(f"{hour:%Y/%m/%d/%H}/", at=hour + from_hour))
    assert off(found) == (set() if fits else {"partition"})


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (30 * MINUTE, None),
        (30 * MINUTE + SECOND, "0.5 h behind the landing"),
        (-30 * MINUTE, None),
        (-30 * MINUTE - SECOND, "0.5 h ahead of the landing"),
        (15 * HOUR - SECOND, "15.0 h behind"),
        (15 * HOUR, None),
    ],
)
def test_a_zone_is_off_by_half_an_hour_to_fifteen(after: timedelta, words: str | None) -> None:
    found = report_of(promise(), stored(after=USUAL + after))
    assert off(found) == ({"time zone"} if words else set())
    assert all(words in finding.words for finding in found.findings if words)


@pytest.mark.parametrize(("apart", "told"), [(30 * MINUTE - SECOND, True), (30 * MINUTE, False)])
def test_a_zone_is_off_where_all_objects_say_so(apart: timedelta, *, told: bool) -> None:
    found = report_of(promise(), stored(after=2 * HOUR), stored(after=2 * HOUR + apart, number=1))
    assert ("time zone" in off(found)) == told


@pytest.mark.parametrize(("size", "told"), [(2 * MIB, False), (2 * MIB + 1, True)])
def test_an_object_is_large_beyond_twice_the_buffer(size: int, *, told: bool) -> None:
    assert off(report_of(promise(), stored(size=size))) == ({"large"} if told else set())


@pytest.mark.parametrize(("count", "told"), [(16, False), (17, True)])
def test_objects_are_many_beyond_what_one_lane_writes(count: int, *, told: bool) -> None:
    # two of a second and a buffer of 60 s, one more of a partition; twice that, and ten
    found = report_of(promise(), *(stored(number=number) for number in range(count)))
    assert off(found) == {"small"} | ({"many"} if told else set())


@pytest.mark.parametrize(
    ("sizes", "told"), [([10, 10, 10, 100], True), ([10, 10, 10, 99], False), ([10, 10, 100], False)]
)
def test_partitions_are_skewed_from_ten_times_the_middle_one_on(sizes: list[int], *, told: bool) -> None:
    found = report_of(promise(), *(stored(f"{number}/", size=size) for number, size in enumerate(sizes)))
    assert off(found) == ({"skew"} if told else set())


@pytest.mark.parametrize(
    ("count", "size", "small"), [(10, SMALL_BYTES - 1, 10), (9, 1, None), (10, SMALL_BYTES, None)]
)
def test_ten_objects_under_128_mib_are_a_habit(count: int, size: int, small: int | None) -> None:
    found = report_of(promise(buffer_mb=128), *(stored(number=number, size=size) for number in range(count)))
    assert (None if found.small_files is None else found.small_files.small) == small


def test_the_first_three_objects_are_examples() -> None:
    (finding,) = report_of(promise(), *(stored(f"{name}/", size=0) for name in "edcba")).findings
    assert (finding.what, finding.count) == ("empty", 5)
    assert [example[0] for example in finding.examples] == ["e", "d", "c"]


def test_an_object_is_read_no_further_than_its_form_takes() -> None:
    read: list[int] = []

    def blocks() -> Iterator[bytes]:
        for size in (100 << 10, 156 << 10, 1):
            read.append(size)
            yield b"x" * size

    assert form_of(blocks()).name == "plain"
    assert read == [100 << 10, 156 << 10]


@pytest.mark.parametrize(("sample", "looked_into"), [(9, 9), (8, 5), (4, 3), (1, 1), (0, 0)])
def test_a_sample_is_from_all_over_the_listing(tmp_path: Path, sample: int, looked_into: int) -> None:
    run = Planted(tmp_path)
    for number in range(9):
        run.put(f"{number}.gz", lines(events(0, 3)), packed=number != 8)
    found = _looked_at(run, LayoutPromise(Place(bucket="", compression="GZIP"), "clicks", prefixed=False), sample)
    assert found.looked_into == looked_into
    assert ("compression" in off(found)) == (sample > 1)  # the last one is not what it should be


def test_what_landed_before_the_clocks_can_have_differed_is_older_than_the_run(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    for key, landed_ms in (("a", CREATED_MS - CLOCKS_DIFFER_MS), ("b", CREATED_MS - CLOCKS_DIFFER_MS - 1)):
        run.put(key, b"{}", landed_ms=landed_ms)
    assert _looked_at(run, promise_of(run.plan, None), 9).sizes.objects == 1


@pytest.mark.parametrize(
    ("compression", "s3", "words", "taken", "refused"),
    [
        ("GZIP", {}, ".gz", {".gz", "", ".mine"}, {".GZ"}),
        ("HADOOP_SNAPPY", {}, ".hsnappy or .snappy", {".hsnappy", ".snappy"}, {"x"}),
        ("UNCOMPRESSED", {}, "no extension", {"", ".json"}, {"json"}),
        ("GZIP", {"FileExtension": ".json"}, ".json", {".json"}, {".gz", "", ".parquet"}),
        ("UNCOMPRESSED", {"ParquetSerDe": {}}, ".parquet", {".parquet"}, {"", ".orc"}),
        ("UNCOMPRESSED", {"OrcSerDe": {}}, ".orc", {".orc"}, {"", ".parquet"}),
        ("UNCOMPRESSED", {"FileExtension": ".pq", "ParquetSerDe": {}}, ".pq", {".pq"}, {".parquet"}),
    ],
)
def test_keys_end_as_the_stream_is_configured(
    tmp_path: Path, compression: str, s3: dict[str, Any], words: str, taken: set[str], refused: set[str]
) -> None:
    serializer = {name: value for name, value in s3.items() if name.endswith("SerDe")}
    conversion = {"OutputFormatConfiguration": {"Serializer": serializer}} if serializer else None
    destination = {"FileExtension": s3.get("FileExtension"), "DataFormatConversionConfiguration": conversion}
    description = {"Destinations": [{"ExtendedS3DestinationDescription": destination}]}
    place = Place(bucket="lake", compression=compression)
    found = described_promise(Planted(tmp_path).plan, place, description)
    assert found.extension_words == words
    assert {ending for ending in taken | refused if found.takes_extension(ending)} == taken


@pytest.mark.parametrize(
    ("enabled", "converted"), [({}, "parquet"), ({"Enabled": True}, "parquet"), ({"Enabled": False}, None)]
)
def test_a_conversion_that_is_switched_off_converts_nothing(
    tmp_path: Path, enabled: dict[str, bool], converted: str | None
) -> None:
    serializer: dict[str, Any] = {"OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}}
    destination = {"DataFormatConversionConfiguration": {**enabled, **serializer}}
    description = {"Destinations": [{"ExtendedS3DestinationDescription": destination}]}
    found = described_promise(Planted(tmp_path).plan, Place(bucket="lake"), description)
    assert found.converted == converted


@pytest.mark.parametrize(
    ("prefix", "evaluated", "span"),
    [
        (HOURLY, "2026/01/02/03/", (datetime(2026, 1, 2, 3), HOUR)),
        ("!{timestamp:yyyy/MM/dd/HH/mm}/", "2026/01/02/03/04/", (datetime(2026, 1, 2, 3, 4), MINUTE)),
        ("!{timestamp:yyyy/MM/dd}/!{timestamp:mm}/", "2026/01/02/04/", (datetime(2026, 1, 2), 24 * HOUR)),
        ("!{timestamp:yyyy-DDD}/", "2026-033/", (datetime(2026, 2, 2), 24 * HOUR)),
        ("!{timestamp:yyyy/MM}/", "2026/01/", None),
        ("!{timestamp:yyyy/dd}/", "2026/01/", None),
        ("!{timestamp:MM/dd}/", "01/02/", None),
        ("!{timestamp:DDD}/", "033/", None),
        (HOURLY, "2026/13/02/03/", None),
        (HOURLY, "2026/01/02/", None),
        ("!{timestamp:''yyyy'T'MMdd}/", "'2026T0102/", (datetime(2026, 1, 2), 24 * HOUR)),
        ("!{timestamp:EEE-yyyyMMdd}/", "Fri-20260102/", (datetime(2026, 1, 2), 24 * HOUR)),
    ],
)
def test_a_prefix_stands_for_the_time_that_it_tells(
    prefix: str, evaluated: str, span: tuple[datetime, timedelta] | None
) -> None:
    found = PrefixPattern(prefix).span(evaluated)
    assert (None if found is None else (found.first, found.end - found.first)) == span


@pytest.mark.parametrize(
    ("prefix", "fitting", "other"),
    [
        ("x/!{firehose:random-string}/", "x/Ab3Ab3Ab3Ab/", "x/Ab3Ab3Ab3A-/"),
        ("x=!{partitionKeyFromQuery:x}/", "x=a-b c/", "x=a/b/"),
    ],
)
def test_what_is_no_time_in_a_prefix_fits_what_it_can_be(prefix: str, fitting: str, other: str) -> None:
    pattern = PrefixPattern(prefix + HOURLY)
    assert pattern.fits(fitting + "2026/01/02/03/")
    assert not pattern.fits(other + "2026/01/02/03/")


def _looked_at(run: Planted, promised: LayoutPromise, sample: int) -> LayoutReport:
    where = SearchScope(FolderPlace(run.lake), None, 0)
    claims = read_claims(run.run, run.plan)
    return look_at_layout(run.plan, claims, where, promised, now_ms=LANDED_MS, sample=sample, whole=False)
