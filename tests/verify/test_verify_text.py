"""Verification of events that are lines of text, and of ids that lie deep within JSON."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.event_id import EventId, format_id, needle, seal
from clickgen.verify.proof.compare.report import Verdict
from tests.support.planted import OTHER_RUN, RUN, Planted, event, events, found, lines

pytestmark = pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])


def log_line(number: int, run: str = RUN) -> bytes:
    """A line of an access log with the id as its last field."""
    head = b'100.64.0.%d - - [21/Nov/2026:10:00:00 +0000] "GET /p/%d?q=a HTTP/1.1" 200 %d "-" "Mozilla/5.0" "'
    body = head % (number % 250, number, 1000 + number)
    return seal(body + format_id(EventId(run, 0, number, 0)) + b'"', len(body))


def row(number: int) -> bytes:
    """A row of tab-separated fields with the id within it, JSON in one field, and empty ones."""
    body = b"web\tshop\t\t2026-11-21 10:00:00.%03d\t" % (number % 1000)
    rest = b'\t\t{"schema":"iglu:a/b","data":{"n":%d}}\t' % number
    return seal(body + format_id(EventId(RUN, 0, number, 0)) + rest, len(body))


def payload(number: int) -> bytes:
    """What a tracker sends: the id nested in an array."""
    body = b'{"schema":"iglu:payload_data","data":[{"e":"pv","eid":"'
    return seal(body + format_id(EventId(RUN, 0, number, 0)) + b'","n":"%d"}]}' % number, len(body))


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 100 accepted events."""
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def log(first: int, end: int) -> list[bytes]:
    return [log_line(number) for number in range(first, end)]


@pytest.mark.parametrize("make", [log_line, row])
def test_all_lines_there_is_verified(run: Planted, packed: bool, make: object) -> None:
    assert callable(make)
    run.put("1", lines(make(number) for number in range(100)), packed=packed)
    assert found(run.verify(text=True)) == {"delivered": 100}


@pytest.mark.parametrize("make", [log_line, row])
def test_other_content_under_an_id_is_conflicting(run: Planted, packed: bool, make: object) -> None:
    assert callable(make)
    texts = [make(number) for number in range(100)]
    texts[7] = texts[7].replace(b"21", b"22", 1)
    texts[8] = texts[8][3:]  # beside another one
    run.put("1", lines(texts), packed=packed)
    report = run.verify(text=True)
    assert found(report) == {"delivered": 98, "missing": 2, "conflicting": 2}
    assert [witness.offset for witness in report.witnesses["conflicting"]] == [
        len(lines(texts[:7])),
        len(lines(texts[:8])),
    ]


def test_a_line_that_ends_the_object_early_is_truncated(run: Planted, packed: bool) -> None:
    run.put("1", lines(log(0, 99)) + log_line(99)[:-2], packed=packed)
    report = run.verify(text=True)
    assert found(report) == {"delivered": 99, "missing": 1, "truncated": 1}
    assert report.witnesses["truncated"][0].offset == len(lines(log(0, 99)))
    run.put("2", lines(log(0, 99)) + log_line(99)[:40], packed=packed)
    assert run.verify(text=True).truncated == 2


def test_a_last_line_without_its_end_is_whole(run: Planted, packed: bool) -> None:
    run.put("1", lines(log(0, 100))[:-1], packed=packed)
    assert found(run.verify(text=True)) == {"delivered": 100}


def test_lines_without_an_id_are_corrupt_beside_events_of_the_run(run: Planted, packed: bool) -> None:
    texts = log(0, 100)
    texts[50] = texts[50].replace(needle(RUN)[:8], b"6740zb1d")
    texts[51] = b"\xff\x00"
    run.put("1", lines(texts), packed=packed)
    assert found(run.verify(text=True)) == {"delivered": 98, "missing": 2, "corrupt": 2}


def test_a_fault_of_the_compression_and_the_line_that_it_cut_are_one(run: Planted, packed: bool) -> None:
    data = gzip.compress(lines(log(0, 100)), compresslevel=0)
    if packed:
        run.put("1", data[: len(data) // 2])
        report = run.verify(text=True)
        assert report.truncated == 1
        assert report.corrupt == report.conflicting == 0
        assert report.delivered + report.missing == 100


@pytest.mark.parametrize("text", [True, False])
def test_whole_lines_of_other_runs_only_inform(run: Planted, packed: bool, text: bool) -> None:
    strangers = [log_line(number, OTHER_RUN) for number in range(3)]
    own = log(0, 100) if text else events(0, 100)
    run.put("1", lines([*strangers, *own, event(3, run=OTHER_RUN), strangers[0]]), packed=packed)
    report = run.verify(text=text)
    assert found(report) == {"delivered": 100, "other_runs": 5}
    assert report.verdict is Verdict.VERIFIED


@settings(max_examples=25)
@given(
    fates=st.lists(
        st.sampled_from(["whole", "whole", "deleted", "doubled", "changed", "cut", "no id"]),
        min_size=10,
        max_size=30,
    )
)
def test_whatever_becomes_of_lines_is_found(
    tmp_path_factory: pytest.TempPathFactory, packed: bool, fates: list[str]
) -> None:
    run = Planted(tmp_path_factory.mktemp("lines"))
    run.claim(0, len(fates) + 1)
    landed = [log_line(len(fates))]
    for number, fate in enumerate(fates):
        line = log_line(number)
        landed += {
            "whole": [line],
            "deleted": [],
            "doubled": [line, line],
            "changed": [line.replace(b"GET", b"PUT")],
            "cut": [line[5:]],
            "no id": [line[:50]],
        }[fate]
    run.put("1", lines(landed), packed=packed)
    report = run.verify(text=True)
    count = Counter(fates)
    assert report.delivered == 1 + count["whole"] + count["doubled"]
    assert report.missing == len(fates) + 1 - report.delivered
    assert report.unexplained == count["doubled"]
    assert report.conflicting == count["changed"] + count["cut"]
    assert report.corrupt == count["no id"]
    assert (report.truncated, report.foreign, report.other_runs) == (0, 0, 0)


def test_a_line_of_many_megabytes_is_one(run: Planted, packed: bool) -> None:
    run.put("1", lines(log(0, 50)) + b"x" * (5 << 20) + b"\n" + lines(log(50, 100)), packed=packed)
    assert found(run.verify(text=True)) == {"delivered": 100, "corrupt": 1}


def test_ids_deep_within_json_are_found_and_checked(run: Planted, packed: bool) -> None:
    texts = [payload(number) for number in range(100)]
    texts[20] = texts[20].replace(b'"pv"', b'"pp"')
    texts[21] = texts[21][:-1]
    texts[22] = json.dumps(json.loads(texts[22]), indent=1).encode()
    run.put("1", lines(texts), packed=packed)
    report = run.verify()
    assert (report.delivered, report.missing) == (97, 3)
    assert (report.conflicting, report.corrupt + report.truncated) == (2, 1)
