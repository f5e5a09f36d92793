"""How the chance that a visit ends depends on its page number, beyond what its pages say."""

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats
from clickgen.profile.contexts import Contexts
from clickgen.profile.load import load_profile_text
from clickgen.profile.survival import survival_of_people

_MOST = 16  # page numbers with a factor of their own; the last holds for all later ones
_FEW = 50  # sessions that reach a page number that has one
_ROUNDS = 3  # a factor changes who reaches the pages after it
_FURTHEST = 50.0


def ending_odds(lengths: NDArray[np.int64], text: str) -> list[float]:
    """Factors of the odds to end, by page number, with which visits of this profile are as long as these.

    text: the profile as TOML. Empty if the recording is too small to say.
    """
    reached = np.array([int((lengths >= page).sum()) for page in range(1, _MOST + 1)])
    count = int((reached >= _FEW).sum())
    if count < 2:
        return []
    ended = np.array([int((lengths == page).sum()) for page in range(1, count + 1)])
    wanted = _odds((ended[:-1] + 0.5) / (reached[: count - 1] + 1))
    later = lengths[lengths >= count]
    wanted = np.append(wanted, _odds(np.array([len(later) / float((later - count + 1).sum())]))[0])
    profile = load_profile_text(text, "the learned profile")
    factors = np.ones(count)
    for _ in range(_ROUNDS):
        sessions = profile.sessions.model_copy(update={"ending_odds": factors.tolist()})
        tried = profile.model_copy(update={"sessions": sessions})
        survival = np.array([1.0, *survival_of_people(tried, Contexts(tried))])
        has = survival[: count - 1]
        hazard = 1 - survival[1:count] / np.maximum(has, 1e-12)
        rest = survival[count - 1 :]
        hazard = np.append(hazard, rest[0] / max(float(rest.sum()), 1e-12))
        factors = (factors * wanted / _odds(hazard)).clip(1 / _FURTHEST, _FURTHEST)
    return [float(f"{factor:.4g}") for factor in factors.tolist()]


def _odds(chance: Floats) -> Floats:
    safe = chance.clip(1e-6, 1 - 1e-6)
    found: Floats = safe / (1 - safe)
    return found
