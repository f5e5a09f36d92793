"""How long it takes to unite what was found in many objects: sets made for it, as large as a long run's."""

import time
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap64

from clickgen.verify.proof.found.findings import Copies, number_set

NUMBERS = 1_000_000_000
_LANES, _OBJECTS = 16, 1000
_STRAYED = 0.03  # of the events of an object, those that land in the next one
_SEED = 1


@dataclass(frozen=True, slots=True)
class Union:
    """numbers: in all sets. seconds: of CPU time to unite them, as a verification does."""

    numbers: int
    objects: int
    lanes: int
    seconds: float


def measure_union(numbers: int = NUMBERS) -> Union:
    """Unite the sets of a thousand objects, lane by lane, and count what is there."""
    draw = np.random.default_rng(_SEED)
    share = numbers // (_LANES * _OBJECTS)
    seconds, found = 0.0, 0
    for _ in range(_LANES):
        whole, strayed = Copies(), BitMap64()
        for position in range(_OBJECTS):
            first = position * share
            held = Copies()
            held.once = BitMap64(range(first, first + share)) | strayed
            strayed = number_set(first + draw.integers(0, share, round(share * _STRAYED)))
            if position < _OBJECTS - 1:
                held.once -= strayed
            began = time.process_time()
            whole.merge(held)
            seconds += time.process_time() - began
        began = time.process_time()
        found += len(whole.once)
        seconds += time.process_time() - began
    return Union(found, _OBJECTS, _LANES, seconds)
