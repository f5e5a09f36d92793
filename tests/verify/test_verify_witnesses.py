"""What a report shows of much that went wrong: the first ten of each kind, in order, and no more."""

from pathlib import Path

import pytest

from tests.support.planted import Planted, event, lines


@pytest.mark.parametrize("missing", [9, 10, 11, 25])
def test_the_first_ten_stretches_and_events_are_told(tmp_path: Path, missing: int) -> None:
    run = Planted(tmp_path, lanes=2)
    for lane in (0, 1):
        run.claim(0, 60, lane=lane)
    gone = {(number % 2, 2 * number) for number in range(missing)}
    every = [(lane, number) for lane in (0, 1) for number in range(60)]
    run.put("1", lines(event(number, lane) for lane, number in every if (lane, number) not in gone))
    report = run.verify()
    assert report.missing == missing
    first = sorted(gone)[:10]
    assert report.absent == [(lane, number, number) for lane, number in first]
    assert len(report.witnesses["missing"]) == len(first)


def test_a_long_stretch_is_one_whatever_its_length(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 100)
    gone = {*range(1, 2), *range(4, 6), *range(9, 12), *range(20, 27), *range(40, 56), *range(83, 100)}
    run.put("1", lines(event(number) for number in range(100) if number not in gone))
    assert run.verify().absent == [(0, 1, 1), (0, 4, 5), (0, 9, 11), (0, 20, 26), (0, 40, 55), (0, 83, 99)]
