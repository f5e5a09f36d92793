"""`clickgen verify s3 layout`: objects that lie as configured fit, and each thing that is off is named."""

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.ledger.reader import read_claims
from clickgen.local.firehose.objects import object_key
from clickgen.local.firehose.prefix import compile_prefix
from clickgen.model.plan import Place
from clickgen.sink.aws import Access
from clickgen.verify.inspections.layout.keys import PrefixPattern, take_apart
from clickgen.verify.inspections.layout.look import look_at_layout
from clickgen.verify.inspections.layout.promise import LayoutPromise, described_promise, promise_of
from clickgen.verify.inspections.layout.report import LayoutReport
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope, find_place
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.planted import CREATED_MS, LANDED_MS, Planted, events, lines

PREFIX = "raw/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/"
DATA = lines(events(0, 50))
AT = datetime.fromtimestamp(LANDED_MS / 1000, UTC) - timedelta(seconds=30)
PREFIXES = [
    PREFIX,
    "raw/",
    "",
    "a/!{timestamp:yyyy/DDD}/",
    "dt=!{timestamp:yyyy-MM-dd}/",
    "!{timestamp:'at'-yyyyMMddHHmm}/",
    "x/!{firehose:random-string}/!{timestamp:yyyy/M/d/H}/",
]


def run_of(folder: Path, **place: Any) -> Planted:
    place = {"prefix": PREFIX, "error_prefix": "errors/", "compression": "GZIP", "time_zone": "UTC", **place}
    planted = Planted(
        folder, place=Place(bucket="lake", buffer_seconds=60, buffer_mb=1, lake=str(folder), **place)
    )
    planted.claim(0, 100)
    return planted


def key_of(at: datetime = AT, prefix: str = PREFIX, stream: str = "clicks", extension: str = ".gz") -> str:
    """A key as the embedded pipeline, which shares no code with the verifier, makes it."""
    return object_key(compile_prefix(prefix).evaluate(at), stream, "1", extension, at)


def looked_at(run: Planted, *, whole: bool = False, sample: int = 100, at: Path | None = None) -> LayoutReport:
    where = find_place(run.plan, None if at is None else str(at), Access())
    claims = read_claims(run.run, run.plan)
    promise = promise_of(run.plan, where.stream)
    return look_at_layout(run.plan, claims, where, promise, now_ms=LANDED_MS, sample=sample, whole=whole)


def off(report: LayoutReport) -> dict[str, int]:
    """What is off, with its count; misfits in capitals."""
    return {one.what.upper() if one.misfit else one.what: one.count for one in report.findings}


@given(
    st.sampled_from(PREFIXES),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}", fullmatch=True),
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)),  # as the key tells it
    st.sampled_from(["", ".gz", ".json.gz"]),
)
def test_what_the_pipeline_names_is_taken_apart_again(
    prefix: str, stream: str, at: datetime, extension: str
) -> None:
    key = take_apart(object_key(compile_prefix(prefix).evaluate(at), stream, "7", extension, at), stream)
    assert key is not None
    assert (key.version, key.extension, key.at) == (7, extension, at.replace(microsecond=0))
    pattern = PrefixPattern(prefix)
    assert pattern.fits(key.prefix)
    span = pattern.span(key.prefix)
    assert span is not None
    assert span.first <= at < span.end


def test_what_is_as_configured_fits(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    for number in range(3):
        run.put(key_of(AT + timedelta(seconds=number)), DATA, packed=True)
    run.put("errors/processing-failed/2026/01/01/00/x", b"{}")
    report = looked_at(run, whole=True)
    assert report.fits
    assert off(report) == {}
    assert (report.sizes.objects, report.error_objects, report.partition_count) == (3, 1, 1)
    assert report.sizes.ratio > 2
    assert report.looked_into == 3


def _misnamed(run: Planted) -> Iterator[str]:
    run.put(key_of().replace("clicks-1", "clicks-x"), DATA, packed=True)
    yield "NAME"
    run.put(key_of().replace("/clicks", "/deeper/clicks"), DATA, packed=True)
    yield "PREFIX"
    run.put(re.sub(r"hour=\d\d", "hour=09", key_of()), DATA, packed=True)
    yield "PARTITION"
    run.put(key_of(extension=".gzip"), DATA, packed=True)
    run.put(key_of(extension=".gz"), DATA)
    yield "COMPRESSION"
    run.put(key_of(), gzip.compress(gzip.compress(DATA)))
    yield "COMPRESSED TWICE"


def test_each_misfit_is_named_and_counted(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    run.put(key_of(), DATA, packed=True)
    expected: dict[str, int] = {}
    for what in _misnamed(run):
        expected[what] = 1
        assert off(looked_at(run, whole=True)) == expected
    assert not looked_at(run).fits


def test_an_extension_that_is_configured_is_asked_for(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    run.put(key_of(extension=".gz"), DATA, packed=True)
    description = {"Destinations": [{"ExtendedS3DestinationDescription": {"FileExtension": ".json.gz"}}]}
    where = find_place(run.plan, None, Access())
    assert where.stream is not None
    promise = described_promise(run.plan, where.stream, description)
    claims = read_claims(run.run, run.plan)
    report = look_at_layout(run.plan, claims, where, promise, now_ms=LANDED_MS, sample=0, whole=False)
    assert off(report) == {"EXTENSION": 1}


def test_a_converting_stream_promises_parquet(tmp_path: Path) -> None:
    run = run_of(tmp_path, compression="UNCOMPRESSED")
    run.put(key_of(extension=".parquet"), b"PAR1" + bytes(100) + b"PAR1")
    run.put(key_of(extension=".parquet"), DATA)
    serializer: dict[str, Any] = {"OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}}
    s3 = {"DataFormatConversionConfiguration": {"Enabled": True, **serializer}}
    where = find_place(run.plan, None, Access())
    assert where.stream is not None
    described = {"Destinations": [{"ExtendedS3DestinationDescription": s3}]}
    promise = described_promise(run.plan, where.stream, described)
    claims = read_claims(run.run, run.plan)
    report = look_at_layout(run.plan, claims, where, promise, now_ms=LANDED_MS, sample=9, whole=False)
    assert off(report) == {"COMPRESSION": 1}


def test_objects_outside_the_prefixes_are_found_in_the_whole_bucket(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    run.put(key_of(), DATA, packed=True)
    run.put(key_of(prefix="other/"), DATA, packed=True)
    for day in ("today", "yesterday"):
        run.put(f"reports/{day}.csv", b"a,b\n")
    assert looked_at(run).fits
    assert off(looked_at(run, whole=True)) == {"OUTSIDE": 1, "others": 2}


def test_keys_in_another_zone_are_found(tmp_path: Path) -> None:
    run = run_of(tmp_path, prefix="raw/")
    for number in range(3):
        at = (AT + timedelta(seconds=number)).astimezone(ZoneInfo("Asia/Tokyo"))
        run.put(key_of(at, prefix="raw/"), DATA, packed=True)
    report = looked_at(run)
    assert off(report) == {"TIME ZONE": 3}
    assert "9.0 h ahead of" in report.findings[0].words
    tokyo = run_of(tmp_path / "tokyo", prefix="raw/", time_zone="Asia/Tokyo")
    tokyo.put(key_of(AT.astimezone(ZoneInfo("Asia/Tokyo")), prefix="raw/"), DATA, packed=True)
    assert off(looked_at(tokyo)) == {}


def test_small_skewed_and_too_many_objects_are_warnings_with_their_cost(tmp_path: Path) -> None:
    run = run_of(tmp_path, prefix="raw/page=!{partitionKeyFromQuery:page}/", time_zone=None)
    for number in range(100):
        name = f"raw/page={number % 5}/clicks-1-{AT:%Y-%m-%d-%H-%M-%S}-00000000-0000-4000-8000-{number:012x}.gz"
        run.put(name, DATA * (30 if number % 5 == 0 else 1), packed=number % 5 != 0)
    run.put("raw/page=1/clicks-2-2026-01-01-00-00-35-00000000-0000-4000-8000-aaaaaaaaaaaa.gz", b"")
    report = looked_at(run, sample=0)
    assert report.fits
    assert off(report) == {"empty": 1, "many": 101, "skew": 1, "small": 101, "versions": 2}
    assert report.small_files is not None
    assert (report.small_files.small, report.small_files.merged) == (101, 1)
    assert report.small_files.usd_a_scan == pytest.approx(101 * 0.0004 / 1000)
    assert report.small_files.usd_a_month == pytest.approx(101 * 730 * 60 * 0.005 / 1000)


def test_a_copy_elsewhere_is_held_against_names_and_forms_only(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    run.put("copied/" + key_of().rpartition("/")[2], DATA)
    assert off(looked_at(run, at=run.lake)) == {"COMPRESSION": 1}


def test_what_is_older_than_the_run_is_left_out(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    run.put(key_of().replace("clicks-1", "clicks-x"), DATA, landed_ms=CREATED_MS - 3_600_000)
    report = looked_at(run)
    assert (report.sizes.objects, report.fits) == (0, True)


def test_the_command_tells_people_and_machines(tmp_path: Path, clickgen: CommandLine) -> None:
    run = run_of(tmp_path)
    run.put(key_of(), DATA, packed=True)
    fits = clickgen.run("verify", "s3", "layout", "--json")
    assert (fits.code, fits.json["fits"], fits.json["sizes"]["objects"]) == (0, True, 1)
    assert "1 object as configured" in fits.err
    run.put(key_of(), DATA)
    said = clickgen.run("verify", "s3", "layout")
    assert said.code == 1
    assert "the layout does not fit: compression" in said.out
    assert "(plain)" in said.out


def test_the_stream_is_asked_for_what_it_is_configured_to_now(
    tmp_path: Path, clickgen: CommandLine, moto: str, stream: str
) -> None:
    then = Place(bucket="lake", prefix="before/", compression="UNCOMPRESSED", buffer_seconds=60)
    Planted(tmp_path, place=then).claim(0, 100)
    s3: Any = boto3.client("s3", endpoint_url=moto)
    s3.put_object(Bucket="lake", Key=key_of(prefix="events/"), Body=gzip.compress(DATA))
    where = {**CREDENTIALS, "AWS_ENDPOINT_URL": moto}
    said = clickgen.run("verify", "s3", "layout", "--whole-bucket", "--json", env=where)
    assert (said.code, said.json["findings"]) == (0, [])
    assert (said.json["sizes"]["objects"], said.json["looked_into"]) == (1, 1)
    assert said.json["prefix"].startswith("events/")


def test_promises_of_a_run_without_a_stream(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.put("a.gz", DATA, packed=True)
    promise = promise_of(run.plan, None)
    assert isinstance(promise, LayoutPromise)
    where = SearchScope(FolderPlace(run.lake), None, 0)
    claims = read_claims(run.run, run.plan)
    report = look_at_layout(run.plan, claims, where, promise, now_ms=LANDED_MS, sample=1, whole=False)
    assert (report.fits, report.prefix, report.sizes.objects) == (True, None, 1)
