"""How many kinds of sessions there are, and which pairs of pages matter, by what sessions held out are like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import TO_POOLED, Back, Chains, Chances, Floats, Paces
from clickgen.learn.revisits import Revisits, Trail, fit_revisits, session_bits, ways_back
from clickgen.learn.steps import Steps
from clickgen.learn.visits import Visits, some_of

_NUMBERS = (1, 2, 3, 4, 6, 8)
_WORTH_BITS = 0.002  # a step, for each kind more
_STRENGTHS = (TO_POOLED, 150.0, 1000.0)  # by which kinds lean on what all sessions do
_MANY_STEPS = 50_000  # that need only the first and the last of them
_LOOK_STEPS = 60_000  # among which the number is chosen
_LOOK_SETTLED = 1e-5  # see Chains.fit
_HELD_OUT = 0.25
_FEWEST_SESSIONS = 60  # before there can be kinds
_PAIR_STEPS = 30  # from a pair before it can matter
_PAIR_GAIN_BITS = 6.0  # that a pair saves among the sessions held out
_MOST_PAIRS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The kinds of sessions that were found."""

    chains: Chains
    chances: Chances
    belongs: Floats  # sessions × kinds
    gains: dict[int, float]  # bits a step that so many kinds save among the sessions held out, against one
    pair_bits: float  # that the pairs save for each step held out
    visits: Visits  # those that it was fitted to
    revisits: Revisits

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.chances.share)


def find_kinds(visits: Visits, pages: int, paces: Paces | None) -> Kinds:
    """The kinds of these sessions, and their chains.

    Visits that go back to pages look like kinds that like these pages. So kinds are looked for with and without
    ways back; what foresees the sessions held out better is taken.
    """
    keep = some_of(visits, _LOOK_STEPS)
    look = _Look(visits.chosen(keep), pages, None if paces is None else paces.chosen(keep))
    plans = [look.plan(None)]
    back = look.back()
    if back is not None:
        plans.append(look.plan(back))
    best = max(plans, key=lambda plan: plan.held_bits)
    if not keep.all():
        look = _Look(visits, pages, paces)
        back = look.back() if best.back is not None else None
    steps = look.steps
    chains = Chains(steps, best.pairs, visits.count, paces, best.strength, back if best.back is not None else None)
    chances, belongs = chains.fit(best.number, np.ones(visits.count, dtype=np.bool_))
    revisits, chances = fit_revisits(look.trail, steps, chains, chances, belongs)
    return Kinds(chains, chances, belongs, best.gains, best.pair_bits, visits, revisits)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """How many kinds to look for, and how."""

    number: int
    strength: float
    pairs: NDArray[np.int64]
    pair_bits: float
    gains: dict[int, float]
    back: Back | None
    held_bits: float  # the log likelihood of the sessions held out


class _Look:
    """Some sessions, of which a part is held out, to find out what pays."""

    def __init__(self, visits: Visits, pages: int, paces: Paces | None) -> None:
        self.steps = Steps.of(visits, pages)
        self.trail = Trail.of(self.steps)
        self._paces, self._sessions, self._train = paces, visits.count, _training(visits)

    def back(self) -> Back | None:
        """How far each step may be one back; None if none is."""
        chains, every = Chains(self.steps, _NONE, self._sessions), np.ones(self._sessions, dtype=np.bool_)
        chances, belongs = chains.fit(1, every)
        revisits, chances = fit_revisits(self.trail, self.steps, chains, chances, belongs)
        if not revisits.again.size:
            return None
        return ways_back(self.trail, self.steps, chains, chances, revisits)

    def plan(self, back: Back | None) -> _Plan:
        """What pays among the sessions held out, if steps may go back so."""
        steps, train = self.steps, self._train
        lengths, found = np.bincount(steps.session, minlength=self._sessions), {}
        for strength in _STRENGTHS if len(steps.context) < _MANY_STEPS else _STRENGTHS[::2]:
            chains = Chains(steps, _NONE, self._sessions, self._paces, strength, back)
            found[strength] = _numbers(chains, lengths, train)

        def worth(strength: float, number: int) -> float:
            return found[strength][number] - _WORTH_BITS * number

        strength, number = max(
            ((one, many) for one in found for many in found[one]), key=lambda pair: worth(*pair)
        )
        plain = Chains(steps, _NONE, self._sessions, self._paces, strength, back)
        belongs = plain.belongs(plain.fit(number, train, settled=_LOOK_SETTLED)[0])[0]
        pairs, saved = _worthy_pairs(steps, belongs, train, self._sessions, back)
        chains = Chains(steps, pairs, self._sessions, self._paces, strength, back)
        chances, belongs = chains.fit(number, train, settled=_LOOK_SETTLED)
        revisits, chances = fit_revisits(self.trail, steps, chains, chances, belongs * train[:, np.newaxis])
        held = float(session_bits(self.trail, steps, chains, chances, revisits)[~train].sum())
        return _Plan(number, strength, pairs, saved, found[strength], back, held)


_NONE = np.zeros(0, dtype=np.int64)


def _training(visits: Visits) -> NDArray[np.bool_]:
    """Sessions that are learned from, of three visitors in four; the others are held out."""
    people, of = np.unique(visits.visitor, return_inverse=True)
    chosen: NDArray[np.bool_] = (np.random.default_rng(3).random(len(people)) >= _HELD_OUT)[of]
    return chosen


def _numbers(chains: Chains, lengths: NDArray[np.int64], train: NDArray[np.bool_]) -> dict[int, float]:
    """What each number of kinds saves, until more save nothing; lengths: the steps of each session.

    Each session held out counts the same, or a few very long ones, each a kind of its own, would decide.
    """
    found: dict[int, float] = {}
    first = 0.0
    for number in _NUMBERS:
        if number > 1 and train.sum() < _FEWEST_SESSIONS * number / 2:
            break
        chances, _ = chains.fit(number, train, settled=_LOOK_SETTLED)
        each = chains.belongs(chances)[1][~train] / lengths[~train]
        bits = float(each.mean()) / np.log(2) if len(each) else 0.0
        first = bits if number == 1 else first
        found[number] = bits - first
        many = lengths.sum() >= _MANY_STEPS  # where each further number takes long
        if many and number > 2 and found[number] - max(list(found.values())[:-1]) < _WORTH_BITS:
            break
    return found


def _worthy_pairs(
    steps: Steps, belongs: Floats, train: NDArray[np.bool_], sessions: int, back: Back | None
) -> tuple[NDArray[np.int64], float]:
    """Pairs of pages whose memory saves bits for sessions held out, each in the kind that the session is of."""
    pages = steps.pages
    inner = (steps.context < pages) & (steps.before < pages)
    code = np.where(inner, steps.before * pages + steps.context, -1)
    pairs, counts = np.unique(code[inner], return_counts=True)
    pairs = pairs[counts >= _PAIR_STEPS]
    if not len(pairs):
        return _NONE, 0.0
    of_pair = np.searchsorted(pairs, code).clip(0, len(pairs) - 1)
    rows = np.flatnonzero(inner & (pairs[of_pair] == code) & ~train[steps.session])
    every, none = (Chains(steps, some, sessions, back=back) for some in (pairs, _NONE))
    gain = every.step_bits(belongs, train, rows) - none.step_bits(belongs, train, rows)
    gain = gain if back is None else gain * back.fresh[rows]
    gains = np.bincount(of_pair[rows], gain, len(pairs))
    order = np.argsort(-gains, kind="stable")[:_MOST_PAIRS]
    chosen = np.sort(order[gains[order] >= _PAIR_GAIN_BITS])
    held = max(1, int((~train)[steps.session].sum()))
    return pairs[chosen], float(gains[chosen].sum()) / held
