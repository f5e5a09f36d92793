"""The funnel of a pipeline: at which station each accepted event ends."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.verify.stations.walk import funnel
from tests.support.planted import RUN

LANES = st.dictionaries(st.integers(0, 2), st.sets(st.integers(0, 12)), max_size=3)


class Held(NamedTuple):
    """What a station has, as the funnel reads it."""

    found: dict[int, BitMap64]
    damaged: dict[int, BitMap64]
    failed: dict[int, BitMap64]
    dropped: dict[int, BitMap64]


@given(
    accepted=LANES,
    held=st.lists(st.tuples(LANES, LANES, LANES), min_size=1, max_size=5),
    dropped=st.sets(st.integers(0, 12)),
)
def test_every_accepted_event_ends_at_one_station_or_at_the_last(
    accepted: dict[int, set[int]],
    held: list[tuple[dict[int, set[int]], dict[int, set[int]], dict[int, set[int]]]],
    dropped: set[int],
) -> None:
    not_kept = {lane: BitMap64(dropped) for lane in range(3)}
    steps = funnel(
        RUN,
        _lanes(accepted),
        [Held(_lanes(whole), _lanes(torn), _lanes(wrong), not_kept) for whole, torn, wrong in held],
    )
    everything = _pairs(accepted)
    found, damaged, in_errors = ([_pairs(station[kind]) & everything for station in held] for kind in range(3))
    here = [whole | torn for whole, torn in zip(found, damaged, strict=True)]
    for position, step in enumerate(steps):
        later = set[tuple[int, int]]().union(*here[position + 1 :], *in_errors[position + 1 :])
        before = here[position - 1] if position else everything
        failed = in_errors[position] - here[position] - later
        gone = before - here[position] - later - failed
        torn = damaged[position] - found[position]
        earlier = set[tuple[int, int]]().union(*(damaged[i] - found[i] for i in range(position)))
        assert (step.found, step.damaged) == (len(found[position]), len(torn - earlier))
        assert step.damaged_before == len(torn & earlier)
        assert step.failed == len(failed)
        assert step.lost == len([event for event in gone if event[1] not in dropped])
        assert step.dropped == len([event for event in gone if event[1] in dropped])
        assert step.skipped == len(later - here[position])
        assert len(step.witnesses) == min(step.lost, 10)
    assert sum(step.lost + step.dropped + step.failed for step in steps) == len(everything - here[-1])


def _pairs(numbers: dict[int, set[int]]) -> set[tuple[int, int]]:
    return {(lane, number) for lane, of_lane in numbers.items() for number in of_lane}


def _lanes(events: dict[int, set[int]]) -> dict[int, BitMap64]:
    return {lane: BitMap64(numbers) for lane, numbers in events.items()}
