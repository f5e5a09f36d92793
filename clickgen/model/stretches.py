"""Stretches of event numbers: sorted, disjoint, each from a first number up to, not including, an end."""

from collections.abc import Iterator, Sequence

from pyroaring import BitMap64

Stretch = tuple[int, int]
ENDLESS = 1 << 62  # an end that is not known


def stretches_of(numbers: BitMap64) -> list[Stretch]:
    """A set as stretches; its cost grows with their number, not with their length."""
    found: list[Stretch] = []
    following = numbers.min() if numbers else None
    while following is not None:
        end = _end_of_run(numbers, following)
        found.append((following, end))
        following = next(iter(numbers.iter_equal_or_larger(end)), None)
    return found


def within(stretches: Sequence[Stretch], begin: int, end: int) -> Iterator[Stretch]:
    """The parts of stretches that lie from `begin` up to `end`."""
    for first, last in stretches:
        if first >= end:
            return
        if last > begin:
            yield max(first, begin), min(last, end)


def _end_of_run(numbers: BitMap64, first: int) -> int:
    """The first number after `first` that is not in the set: doubling steps, then halving ones."""
    step = 1
    while numbers.contains_range(first, first + step):
        step *= 2
    low, high = first + step // 2, first + step
    while high - low > 1:
        middle = (low + high) // 2
        if numbers.contains_range(first, middle):
            low = middle
        else:
            high = middle
    return low if step > 1 else first + 1
