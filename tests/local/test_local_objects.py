"""Object names as Firehose makes them, and spools that become objects whole and once."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.firehose.journal import SpoolPlace
from clickgen.local.firehose.objects import Delivered, deliver, object_key
from clickgen.local.firehose.prefix import PartitionKeys, PrefixProblem, compile_error_prefix, compile_prefix
from clickgen.local.firehose.spool import Spool, SpoolWriter, next_number, spools_in
from clickgen.local.platform.errors import ServiceError

AT = datetime(2026, 3, 7, 4, 5, 6, 78_000, tzinfo=UTC)
PLAIN = SpoolPlace("bucket", "2026/03/07/04/object")
PACKED = SpoolPlace("bucket", "2026/03/07/04/object.gz", "GZIP")


@pytest.mark.parametrize(
    ("prefix", "evaluated"),
    [
        (None, "2026/03/07/04/"),
        ("", "2026/03/07/04/"),
        ("legacy", "legacy2026/03/07/04/"),
        ("clicks/!{timestamp:yyyy}/", "clicks/2026/"),
        ("y=!{timestamp:yyyy}/m=!{timestamp:MM}/d=!{timestamp:dd}/", "y=2026/m=03/d=07/"),
        ("!{timestamp:yy-M-d-D-DDD-HH-H-mm-ss-SSS}/", "26-3-7-66-066-04-4-05-06-078/"),
        ("!{timestamp:'day='yyyyMMdd'T'HH}/", "day=20260307T04/"),
        ("!{timestamp:yyyy'o''clock'''''}/", "2026o'clock''/"),
        ("!{timestamp:MMM-EEE-hh-a-uuuu-Q-Z}/", "Mar-Sat-04-AM-2026-1-+0000/"),
    ],
)
def test_a_prefix_is_evaluated_as_java_would(prefix: str | None, evaluated: str) -> None:
    assert compile_prefix(prefix).evaluate(AT) == evaluated


def test_a_random_string_is_new_for_each_use() -> None:
    prefix = compile_prefix("!{firehose:random-string}/!{firehose:random-string}/")
    strings = (prefix.evaluate(AT) + prefix.evaluate(AT)).split("/")[:4]
    assert all(re.fullmatch("[A-Za-z0-9]{11}", string) for string in strings)
    assert len(set(strings)) == 4


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "evaluated"),
    [
        ("p/", None, "p/processing-failed/2026/03/07/04/"),
        (None, "", "processing-failed/2026/03/07/04/"),
        ("!{timestamp:yyyy}/", "bad/!{firehose:error-output-type}/!{timestamp:dd}/", "bad/processing-failed/07/"),
        (None, "bad/", "bad/"),
    ],
)
def test_an_error_prefix_is_evaluated_with_the_type_of_the_error(
    prefix: str | None, error_prefix: str | None, evaluated: str
) -> None:
    compiled = compile_error_prefix(error_prefix, prefix=prefix)
    assert compiled.evaluate(AT, error_type="processing-failed") == evaluated


def test_partition_keys_are_put_into_the_prefix() -> None:
    prefix = compile_prefix("u=!{partitionKeyFromQuery:user}/!{partitionKeyFromLambda:day}/", partitioned=True)
    assert (prefix.query_keys, prefix.lambda_keys) == (frozenset({"user"}), frozenset({"day"}))
    keys = PartitionKeys({"user": "a b/c"}, {"day": "7"})
    assert prefix.evaluate(AT, keys=keys) == "u=a b/c/7/"
    unusable: list[dict[str, str]] = [{}, {"user": "x" * 600}, {"user": "a/../b"}, {"user": "a//b"}]
    for from_query in unusable:
        with pytest.raises(PrefixProblem):
            prefix.evaluate(AT, keys=PartitionKeys(from_query, {"day": "7"}))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_timestamps_agree_with_strftime(at: datetime) -> None:
    ours = compile_prefix("!{timestamp:yyyy/yy/MM/dd/DDD/HH/mm/ss}/").evaluate(at)
    assert ours == at.strftime("%Y/%y/%m/%d/%j/%H/%M/%S/")


@given(st.text(alphabet="!{}:timestampfirehosey/MdH'.-", max_size=40))
def test_whatever_the_prefix_keys_stay_inside_the_bucket(text: str) -> None:
    try:
        evaluated = compile_prefix(text).evaluate(AT)
    except ServiceError:
        return  # refused is safe
    bucket = Path("/lake/bucket")
    assert (bucket / f"{evaluated}name").resolve().is_relative_to(bucket)
    assert str(bucket / f"{evaluated}name") == f"{bucket}/{evaluated}name"


def test_an_object_is_named_after_its_stream_and_the_time_of_its_oldest_record() -> None:
    tokyo = AT.astimezone(ZoneInfo("Asia/Tokyo"))
    key = object_key(compile_prefix("raw/").evaluate(tokyo), "my-clicks-7", "1", ".gz", tokyo)
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(rf"raw/2026/03/07/13/my-clicks-7-1-2026-03-07-13-05-06-{uuid}\.gz", key)


class Bench:
    """A folder for spools and a lake to deliver them to."""

    def __init__(self, root: Path) -> None:
        self.spools = root / "spools"
        self.aside = root / "aside"
        self.lake = root / "lake"
        for folder in (self.spools, self.aside, self.lake):
            folder.mkdir()

    def write(self, puts: list[bytes], place: SpoolPlace = PLAIN) -> Spool:
        writer = SpoolWriter(self.spools, next_number(self.spools), place)
        for put in puts:
            writer.append(put, [len(put)])
        writer.close()
        return writer.spool

    def deliver(self, spool: Spool, *, verify: bool = True) -> Delivered:
        return deliver(spool, self.lake, self.aside, verify=verify)

    def content(self, place: SpoolPlace) -> bytes:
        content = (self.lake / place.bucket / place.key).read_bytes()
        return gzip.decompress(content) if place is PACKED else content


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("place", [PLAIN, PACKED])
@pytest.mark.parametrize("verify", [False, True])
def test_a_spool_becomes_one_object_and_is_gone(bench: Bench, place: SpoolPlace, verify: bool) -> None:
    puts = [b"a" * 3_000_000, b"", b"b\n", b"\x00\xff"]
    spool = bench.write(puts, place)
    assert bench.deliver(spool, verify=verify) == Delivered(objects=1, records=4)
    assert bench.content(place) == b"".join(puts)
    assert not list(bench.spools.iterdir())
    assert not list(bench.aside.iterdir())


def test_an_object_dates_from_its_delivery(bench: Bench) -> None:
    spool = bench.write([b"x"])
    before = datetime.now(UTC) - timedelta(seconds=0.1)
    bench.deliver(spool)
    landed = (bench.lake / PLAIN.bucket / PLAIN.key).stat().st_mtime
    assert landed >= before.timestamp()


@pytest.mark.parametrize("place", [PLAIN, PACKED])
@pytest.mark.parametrize("tail", [b"", b"\x05", b"\x05\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"])
def test_what_a_killed_writer_left_unacknowledged_is_no_part_of_the_object(
    bench: Bench, place: SpoolPlace, tail: bytes
) -> None:
    spool = bench.write([b"first\n", b"second\n"], place)
    with spool.data.open("ab") as data, spool.journal.open("ab") as journal:
        data.write(b"torn!")
        journal.write(tail)
    assert bench.deliver(spool) == Delivered(objects=1, records=2)
    assert bench.content(place) == b"first\nsecond\n"


@pytest.mark.parametrize("length", [0, 1, 20])
def test_a_spool_killed_while_it_was_opened_leaves_nothing(bench: Bench, length: int) -> None:
    spool = bench.write([])
    with spool.journal.open("rb+") as journal:
        journal.truncate(length)
    assert bench.deliver(spool) == Delivered()
    assert not list(bench.spools.iterdir())
    assert not list(bench.lake.iterdir())


def test_a_spool_killed_after_its_object_appeared_is_not_delivered_again(bench: Bench) -> None:
    for place in (PLAIN, PACKED):
        spool = bench.write([b"once"], place)
        kept = {path: path.read_bytes() for path in (spool.journal, spool.data)}
        bench.deliver(spool)
        for path, content in kept.items():
            path.write_bytes(content)
        assert bench.deliver(spool) == Delivered()
        spool.journal.write_bytes(kept[spool.journal])
        assert bench.deliver(spool) == Delivered()
        assert bench.content(place) == b"once"
        assert not list(bench.spools.iterdir())


@pytest.mark.parametrize("place", [PLAIN, PACKED])
def test_a_failing_delivery_changes_nothing_and_can_be_repeated(bench: Bench, place: SpoolPlace) -> None:
    spool = bench.write([b"patient"], place)
    (bench.lake / place.bucket).write_bytes(b"a file where the bucket belongs")
    with pytest.raises(OSError, match="bucket"):
        bench.deliver(spool)
    (bench.lake / place.bucket).unlink()
    assert bench.deliver(spool).records == 1
    assert bench.content(place) == b"patient"
    assert not list(bench.aside.iterdir())


@pytest.mark.parametrize("place", [PLAIN, PACKED])
@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_a_damaged_spool_is_delivered_up_to_the_damage_told_and_kept(
    bench: Bench, place: SpoolPlace, damage: str
) -> None:
    spool = bench.write([b"whole\n", b"broken\n", b"behind\n"], place)
    content = spool.data.read_bytes()
    spool.data.write_bytes(content.replace(b"k", b"K") if damage == "flipped" else content[:10])
    delivered = bench.deliver(spool)
    assert (delivered.objects, delivered.records) == (1, 1)
    assert "2 records" in (delivered.damage or "")
    assert bench.content(place) == b"whole\n"
    assert not spools_in(bench.spools)
    assert sorted(path.suffixes[-1] for path in bench.spools.iterdir()) == [".damaged", ".damaged"]
    assert next_number(bench.spools) == spool.number + 1


def test_a_journal_that_names_no_object_is_kept(bench: Bench) -> None:
    spool = bench.write([b"whose?"])
    spool.journal.write_bytes(b"{}\n" + spool.journal.read_bytes())
    assert bench.deliver(spool).damage
    assert len(list(bench.spools.iterdir())) == 2
