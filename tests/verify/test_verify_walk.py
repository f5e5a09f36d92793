"""A station of a pipeline: what its funnel misses may still come, or not."""

from pathlib import Path

import pytest

from clickgen.verify.landings.station import S3Station
from clickgen.verify.stations.walk import FunnelStep, Seen
from tests.support.planted import AFTER_DEADLINE_MS, SENT_MS, HeldClock, Planted, events, lines

RAW = S3Station(place="s3", name="raw")
STEP = FunnelStep(found=60, lost=40, skipped=0, dropped=0, witnesses=[])


@pytest.mark.parametrize(("now_ms", "pending"), [(SENT_MS + 1_000, 40), (AFTER_DEADLINE_MS, 0)])
def test_what_is_lost_at_a_station_is_pending_until_the_deadline(
    tmp_path: Path, now_ms: int, pending: int
) -> None:
    run = Planted(tmp_path)
    run.claim(0, 100)
    run.put("1", lines(events(0, 60)))
    report = run.verify(clock=HeldClock(now_ms), wait=0.0)
    assert Seen(RAW, "lake", now_ms, report, STEP).pending == pending
    assert Seen(RAW, "lake", now_ms, report).pending == 0
    assert Seen(RAW, "lake", now_ms).pending == 0
