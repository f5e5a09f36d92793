"""Events per CPU second of runs, with start-up and without, and ratios of these within a round. Pure."""

from collections.abc import Sequence
from statistics import median

from clickgen.bench.against_stub import SendSample

# without start-up, little but errors of measurement is left of a run that is mostly start-up
_START_SHARE_MAX = 0.5


def speed(sample: SendSample) -> float:
    """Of the whole client."""
    return sample.events / sample.cpu


def steady_speeds(samples: Sequence[SendSample], starts: Sequence[SendSample]) -> list[float] | None:
    """Without start-up, which is a run of a few events; None if it is most of a run."""
    start, few = median(s.cpu for s in starts), starts[0].events
    if any(s.cpu <= start / _START_SHARE_MAX for s in samples):
        return None
    return [(s.events - few) / (s.cpu - start) for s in samples]


def ratio(samples: Sequence[SendSample], base: Sequence[SendSample] | None) -> float | None:
    """How many times as fast as the base; None if there is none."""
    return middle_ratio([speed(s) for s in samples], None if base is None else [speed(s) for s in base])


def middle_ratio(speeds: Sequence[float], bases: Sequence[float] | None) -> float | None:
    """The median of the ratios within a round: only there a machine that others use is the same for both."""
    if bases is None:
        return None
    return round(median(speed / base for speed, base in zip(speeds, bases, strict=True)), 3)


def middle(speeds: Sequence[float]) -> int:
    """The median."""
    return round(median(speeds))
