"""Kinds of sessions: a mixture of Markov chains with ends, by expectation and maximisation."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.steps import Steps

_ROUNDS = 300
_SETTLED = 3e-7  # bits a step that a round gains at least, or it is the last one
TO_POOLED = 25.0  # observations that the steps of all sessions count as, in a kind's steps from a page
_TO_PAGE = 6.0  # that those from the page count as, in the steps from a pair of pages
_TO_ANY = 0.5  # that an outcome's share of all steps counts as
_STARTS = 3
_FIRST_ROUNDS = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Paces:
    """How fast each session was: the mean of its log gaps without the pages' own, and how many gaps it had."""

    mean: Floats
    gaps: Floats  # without long pauses
    pauses: Floats
    within: float  # variance of single gaps
    between: float  # variance of sessions

    def chosen(self, keep: NDArray[np.bool_]) -> "Paces":
        """Those of some of the sessions."""
        return replace(self, mean=self.mean[keep], gaps=self.gaps[keep], pauses=self.pauses[keep])


class Chains:
    """The steps of sessions as cells that can be counted, with the chances of each kind after fitting."""

    def __init__(
        self,
        steps: Steps,
        pairs: NDArray[np.int64],
        sessions: int,
        paces: Paces | None = None,
        strength: float = TO_POOLED,
    ) -> None:
        """strength: how many observations the steps of all sessions count as, in a kind's steps from a page."""
        pages = steps.pages
        self._strength = strength
        self.pages, self.pairs, self.sessions = pages, pairs, sessions
        self._session, self._paces = steps.session, paces
        context = steps.with_pairs(pairs)
        codes = context * (pages + 1) + steps.outcome
        plain = steps.context * (pages + 1) + steps.outcome
        self.codes, self._cell = np.unique(codes, return_inverse=True)
        self._plain_codes, self._plain_cell = np.unique(plain, return_inverse=True)
        self.context = self.codes // (pages + 1)  # of each cell
        self._plain_context = self._plain_codes // (pages + 1)
        page = (
            np.where(self.context > pages, pairs[(self.context - pages - 1).clip(0)] % pages, self.context)
            if len(pairs)
            else self.context
        )
        self._plain_of = np.searchsorted(self._plain_codes, page * (pages + 1) + self.codes % (pages + 1))
        self._pooled_of: tuple[NDArray[np.bool_], Floats] | None = None  # for the sessions that are fitted

    def fit(self, kinds: int, train: NDArray[np.bool_], seed: int = 1) -> tuple["Chances", Floats]:
        """The chances of so many kinds, fitted to some of the sessions; and how likely each session is of each."""
        if kinds == 1:
            belongs = np.ones((self.sessions, 1))
            return self._maximised(belongs, train), belongs
        dice = np.random.default_rng(seed)
        best: tuple[float, Chances] | None = None
        for _ in range(_STARTS):
            belongs = dice.dirichlet([0.3] * kinds, self.sessions)
            chances, likely = self._climb(self._maximised(belongs, train), train, _FIRST_ROUNDS)
            if best is None or likely > best[0]:
                best = likely, chances
        assert best is not None  # noqa: S101  # there is a start
        chances, _ = self._climb(best[1], train, _ROUNDS)
        return chances, self.belongs(chances)[0]

    def _climb(self, chances: "Chances", train: NDArray[np.bool_], rounds: int) -> tuple["Chances", float]:
        steps = max(1, int(train[self._session].sum()))
        before = -np.inf
        for _ in range(rounds):
            belongs, likely = self.belongs(chances)
            now = float(likely[train].sum()) / steps / np.log(2)
            chances = self._maximised(belongs, train)
            if now - before < _SETTLED:
                break
            before = now
        return chances, before

    def belongs(self, chances: "Chances") -> tuple[Floats, Floats]:
        """How likely each session is of each kind, and the log likelihood of each session."""
        logs = np.log(chances.chance)
        each: Floats = np.stack(
            [np.bincount(self._session, row.take(self._cell), self.sessions) for row in logs], axis=1
        ).astype(np.float64)
        each += np.log(chances.share)
        if self._paces is not None:
            each += self._pace_likelihood(self._paces, chances)
        top = each.max(axis=1, keepdims=True)
        weight = np.exp(each - top)
        total = weight.sum(axis=1, keepdims=True)
        return weight / total, (np.log(total) + top)[:, 0]

    def step_bits(self, belongs: Floats, train: NDArray[np.bool_], rows: NDArray[np.int64]) -> Floats:
        """The log likelihood, in bits, of some steps, each in the kinds that its session is of."""
        chance = self._maximised(belongs, train).chance
        mixed = np.einsum("rk,kr->r", belongs[self._session[rows]], chance[:, self._cell[rows]])
        bits: Floats = np.log2(mixed)
        return bits

    def _pace_likelihood(self, paces: Paces, chances: "Chances") -> Floats:
        pace, pause = chances.pace, chances.pause
        variance = paces.between + paces.within / np.maximum(paces.gaps, 1)
        distance = (paces.mean[:, None] - pace) ** 2 / variance[:, None]
        found: Floats = np.where(paces.gaps[:, None] > 0, -0.5 * (distance + np.log(variance)[:, None]), 0.0)
        found += np.outer(paces.pauses, np.log(pause)) + np.outer(paces.gaps, np.log1p(-pause))
        return found

    def _maximised(self, belongs: Floats, train: NDArray[np.bool_]) -> "Chances":
        weight = belongs * train[:, None]
        pooled = self._pooled(train)
        chance = np.empty((belongs.shape[1], len(self.codes)))
        for kind in range(belongs.shape[1]):
            own = weight[:, kind][self._session]
            plain: Floats = np.bincount(self._plain_cell, own, len(self._plain_codes)).astype(np.float64)
            back = self._of_kind(plain, pooled) if belongs.shape[1] > 1 else pooled
            counts = plain
            if len(self.pairs):
                counts = np.bincount(self._cell, own, len(self.codes)).astype(np.float64)
            chance[kind] = _smoothed(counts, self.context, back[self._plain_of], _TO_PAGE)
        share = (weight.sum(axis=0) + 1) / (weight.sum() + belongs.shape[1])
        return Chances(chance, share, self._pace(weight), self._pause(weight))

    def _of_kind(self, counts: Floats, pooled: Floats) -> Floats:
        """The chances in one kind, leaning on those in all sessions; less so in what it begins with."""
        begins = self._plain_context == self.pages
        strength = np.where(begins, min(self._strength, TO_POOLED), self._strength)
        return _smoothed(counts, self._plain_context, pooled, strength)

    def _pooled(self, train: NDArray[np.bool_]) -> Floats:
        """The chances in all of these sessions together, for each plain cell."""
        if self._pooled_of is None or self._pooled_of[0] is not train:
            weight = train[self._session].astype(np.float64)
            counts: Floats = np.bincount(self._plain_cell, weight, len(self._plain_codes)).astype(np.float64)
            self._pooled_of = train, _smoothed(counts, self._plain_context, self._any(counts), _TO_ANY)
        return self._pooled_of[1]

    def _any(self, counts: Floats) -> Floats:
        """An outcome's share of all steps, for each plain cell."""
        outcome = self._plain_codes % (self.pages + 1)
        total = np.bincount(outcome, counts, self.pages + 1) + 1e-3
        shares: Floats = (total / total.sum())[outcome]
        return shares

    def _pace(self, weight: Floats) -> Floats:
        paces = self._paces
        if paces is None:
            return np.zeros(weight.shape[1])
        known = (paces.gaps > 0) / (paces.between + paces.within / np.maximum(paces.gaps, 1))
        sums: Floats = (weight * (known * paces.mean)[:, None]).sum(axis=0)
        mean: Floats = sums / ((weight * known[:, None]).sum(axis=0) + 1.0)
        return mean

    def _pause(self, weight: Floats) -> Floats:
        paces, kinds = self._paces, weight.shape[1]
        if paces is None:
            return np.full(kinds, 0.5)
        pauses, gaps = paces.pauses @ weight, paces.gaps @ weight
        usual = (pauses.sum() + 1e-3) / (pauses.sum() + gaps.sum() + 1)
        found: Floats = (pauses + self._strength * usual) / (pauses + gaps + self._strength)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """What was fitted: the chance of each cell, and the share, log pace and share of pauses of each kind."""

    chance: Floats  # kinds × cells
    share: Floats
    pace: Floats
    pause: Floats


def _smoothed(counts: Floats, context: NDArray[np.int64], back: Floats, strength: float | Floats) -> Floats:
    """The chances of cells in their contexts, leaning on those that they fall back to."""
    totals = np.bincount(context, counts, int(context.max(initial=0)) + 1)
    found: Floats = (counts + strength * back) / (totals[context] + strength)
    return np.maximum(found, 1e-12)
