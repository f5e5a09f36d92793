"""Compressed objects as they are found in practice: several members, cut, damaged, followed by other bytes."""

import gzip
import random
from pathlib import Path

import pytest

from clickgen.verify.proof.compare.report import Verdict
from tests.support.planted import Planted, events, found, lines


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 2,000 accepted events."""
    planted = Planted(tmp_path)
    planted.claim(0, 2000)
    return planted


def test_several_members_are_one_object(run: Planted) -> None:
    members = [gzip.compress(lines(events(first, first + 500))) for first in range(0, 2000, 500)]
    run.put("1.gz", b"".join(members))
    assert found(run.verify()) == {"delivered": 2000}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_cut_is_one_truncated_finding(run: Planted, share: float) -> None:
    packed = gzip.compress(lines(events(0, 2000)))
    run.put("1.gz", packed[: int(len(packed) * share)])
    report = run.verify()
    assert report.truncated == 1
    assert report.corrupt == report.conflicting == 0
    assert report.delivered > 0
    assert report.delivered + report.missing == 2000


def test_a_cut_that_leaves_whole_events_is_truncated_too(run: Planted) -> None:
    packed = gzip.compress(lines(events(0, 2000)))
    run.put("1.gz", packed[:-6])
    assert found(run.verify()) == {"delivered": 2000, "truncated": 1}


def test_a_cut_in_the_header_counts_because_events_are_missing(run: Planted) -> None:
    run.put("1", lines(events(0, 1000)))
    run.put("2.gz", gzip.compress(lines(events(1000, 2000)))[:9])
    assert found(run.verify()) == {"delivered": 1000, "missing": 1000, "truncated": 1}


def test_bytes_behind_the_last_member_lose_nothing(run: Planted) -> None:
    run.put("1.gz", gzip.compress(lines(events(0, 2000))) + b"not gzip")
    assert found(run.verify()) == {"delivered": 2000, "corrupt": 1}


def test_a_flipped_byte_anywhere_never_goes_unseen(run: Planted) -> None:
    packed = gzip.compress(lines(events(0, 2000)), mtime=0)
    draw = random.Random(5)
    for at in draw.sample(range(10, len(packed)), 25):
        run.put("1.gz", packed[:at] + bytes([packed[at] ^ 1 << draw.randrange(8)]) + packed[at + 1 :])
        report = run.verify()
        assert report.verdict is Verdict.ANOMALOUS
        assert report.delivered + report.missing == 2000
        assert report.corrupt + report.truncated + report.conflicting >= 1
