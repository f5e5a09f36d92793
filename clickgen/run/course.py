"""When events were accepted, second by second, without the steps in which batches leave and are answered."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

ON_TIME_S = 2.0  # from due to answered; it leaves a second to fill a batch, and one to be answered


def seconds_of(now: float, since_due: NDArray[np.float64]) -> Counter[int]:
    """How many of the events that are accepted now count for which second; second 0 ends at 1.0, inclusive.

    since_due: how long ago each was due. One that is answered within `ON_TIME_S` counts for the second that it was
    due in, so that a schedule that is kept shows as it is. A later one counts for the second of its answer.
    """
    if not len(since_due):
        return Counter()
    at = np.where(since_due <= ON_TIME_S, now - since_due, now)
    # a microsecond for what subtracting has rounded
    seconds, counts = np.unique(np.maximum(np.ceil(at - 1e-6) - 1, 0).astype(np.int64), return_counts=True)
    return Counter(dict(zip(seconds.tolist(), counts.tolist(), strict=True)))
