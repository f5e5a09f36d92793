"""How long events took to land is counted from what is noted, and from nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.verify.proof.compare.attempts import Attempts
from clickgen.verify.proof.compare.latency import Latencies, Lateness
from clickgen.verify.proof.found.findings import ObjectFindings
from tests.support.notation import lane_claims

LANDED_MS = 1_767_225_660_000


def attempts_of(*rows: tuple[int, int, int, int]) -> Attempts:
    """Each row: first, end, when sent and when accepted, milliseconds before LANDED_MS; 0 where not noted."""
    noted = [
        (first, end, 1, LANDED_MS - sent if sent else 0, LANDED_MS - accepted if accepted else 0)
        for first, end, sent, accepted in rows
    ]
    return Attempts(lane_claims(sends=noted))


def landed(name: str = "1", at_ms: int = LANDED_MS) -> ObjectFindings:
    return ObjectFindings(name, at_ms, 0)


def test_a_time_that_is_not_noted_counts_nothing() -> None:
    latencies = Latencies()
    latencies.count(0, BitMap64(range(30)), attempts_of((0, 10, 5_000, 4_000), (10, 20, 5_000, 0)), None, landed())
    assert {since: found.total for since, found in latencies.histograms().items()} == {
        "due": 0, "sent": 20, "accepted": 10,
    }  # fmt: skip
    assert latencies.sent.largest == pytest.approx(5.0)
    assert latencies.accepted.largest == pytest.approx(4.0)
    assert latencies.slowest == [Lateness("1", LANDED_MS, 4.0)]


def test_events_of_which_no_acceptance_is_noted_make_no_object_late() -> None:
    latencies = Latencies()
    latencies.count(0, BitMap64(range(5)), attempts_of((0, 5, 5_000, 0)), None, landed())
    assert latencies.slowest == []
    assert latencies.throughput() is None


@pytest.mark.parametrize("apart_ms", [1, 40, 41, 7_000])
def test_from_due_each_event_counts_however_far_apart_they_were(apart_ms: int) -> None:
    def due(lane: int, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        times = LANDED_MS - 1_000.0 - apart_ms * (numbers % 2)
        return np.where(numbers == 7, np.inf, times)

    latencies = Latencies()
    latencies.count(0, BitMap64(range(10)), attempts_of((0, 10, 1, 1)), due, landed())
    seconds, counts = latencies.due.values()
    assert int(counts.sum()) == 9
    assert float((seconds * counts).sum()) == pytest.approx(9 + 4 * apart_ms / 1000, rel=0.01)


def test_throughput_is_told_from_two_landings_on() -> None:
    latencies = Latencies()
    attempts = attempts_of((0, 60, 1, 1))
    latencies.count(0, BitMap64(range(20)), attempts, None, landed("1"))
    assert latencies.throughput() is None
    latencies.count(0, BitMap64(range(20, 50)), attempts, None, landed("2", LANDED_MS + 10_000))
    assert latencies.throughput() == pytest.approx(3.0)


def test_an_object_that_holds_several_lanes_is_told_of_once_with_its_latest() -> None:
    latencies = Latencies()
    for lane, took_ms in enumerate((2_000, 9_000, 3_000)):
        latencies.count(lane, BitMap64(range(5)), attempts_of((0, 5, took_ms, took_ms)), None, landed())
    for position in range(6):
        took_ms = 1_000 * (position + 1)
        latencies.count(0, BitMap64(range(5)), attempts_of((0, 5, took_ms, took_ms)), None, landed(f"o{position}"))
    assert [(late.object, late.seconds) for late in latencies.slowest] == [
        ("1", 9.0), ("o5", 6.0), ("o4", 5.0), ("o3", 4.0), ("o2", 3.0),
    ]  # fmt: skip
