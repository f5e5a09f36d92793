"""Kinds of sessions: a mixture of Markov chains with ends, by expectation and maximisation."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.steps import Steps

_ROUNDS = 300
SETTLED = 3e-7  # bits a step that a round gains at least, or it is the last one
TO_POOLED = 25.0  # observations that the steps of all sessions count as, in a kind's steps from a page
_TO_PAGE = 6.0  # that those from the page count as, in the steps from a pair of pages
_TO_ANY = 0.5  # that an outcome's share of all steps counts as
_TO_PAUSES = 20.0  # long pauses that as many as expected count as
_TO_LIKING = 5.0  # steps to a page that as many as in all sessions count as
_LIKING_ROUNDS = 3
_STARTS = 3
_FIRST_ROUNDS = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Paces:
    """How fast each session was: the mean of its log gaps without the pages' own, and how many gaps it had."""

    mean: Floats
    gaps: Floats  # without long pauses
    pauses: Floats  # long ones
    expected: Floats  # long pauses, by the steps that each session made
    within: float  # variance of single gaps
    between: float  # variance of sessions

    def chosen(self, keep: NDArray[np.bool_]) -> "Paces":
        """Those of some of the sessions."""
        each = {name: getattr(self, name)[keep] for name in ("mean", "gaps", "pauses", "expected")}
        return replace(self, **each)


@dataclass(frozen=True, slots=True, eq=False)
class Back:
    """How far each step may be one back to a page of its session."""

    rest: Floats  # the chance that it is not, whatever follows what
    chance: Floats  # of this step if it is one back
    fresh: Floats  # how much it says of what follows what, as all sessions are
    makes_up: Floats  # for what is left out of the steps from its page, so that sessions end as often


class Chains:
    """The steps of sessions as cells that can be counted, with the chances of each kind after fitting."""

    def __init__(
        self,
        steps: Steps,
        pairs: NDArray[np.int64],
        sessions: int,
        paces: Paces | None = None,
        strength: float = TO_POOLED,
        back: "Back | None" = None,
    ) -> None:
        """strength: how many observations the steps of all sessions count as, in a kind's steps from a page.

        back: how steps may go back to pages; None if they do not.
        """
        pages = steps.pages
        self._strength = strength
        self._back = back
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

    def fit(
        self, kinds: int, train: NDArray[np.bool_], *, settled: float = SETTLED, seed: int = 1
    ) -> tuple["Chances", Floats]:
        """The chances of so many kinds, fitted to some of the sessions; and how likely each session is of each.

        settled: the bits a step that a further round has to gain.
        """
        if kinds == 1:
            belongs = np.ones((self.sessions, 1))
            return self._maximised(belongs, train), belongs
        dice = np.random.default_rng(seed)
        best: tuple[float, Chances] | None = None
        for _ in range(_STARTS):
            belongs = dice.dirichlet([0.3] * kinds, self.sessions)
            chances, likely = self._climb(self._maximised(belongs, train), train, _FIRST_ROUNDS, settled)
            if best is None or likely > best[0]:
                best = likely, chances
        assert best is not None  # noqa: S101  # there is a start
        chances, _ = self._climb(best[1], train, _ROUNDS, settled)
        return chances, self.belongs(chances)[0]

    def _climb(
        self, chances: "Chances", train: NDArray[np.bool_], rounds: int, settled: float
    ) -> tuple["Chances", float]:
        steps = max(1, int(train[self._session].sum()))
        before = -np.inf
        for _ in range(rounds):
            belongs, likely = self.belongs(chances)
            now = float(likely[train].sum()) / steps / np.log(2)
            chances = self._maximised(belongs, train, before=chances)
            if now - before < settled:
                break
            before = now
        return chances, before

    def belongs(self, chances: "Chances") -> tuple[Floats, Floats]:
        """How likely each session is of each kind, and the log likelihood of each session."""
        each: Floats = np.stack(
            [np.bincount(self._session, self._logs(row), self.sessions) for row in chances.chance]
        ).astype(np.float64)
        each += np.log(chances.share)[:, np.newaxis]
        if self._paces is not None:
            each += self._pace_likelihood(self._paces, chances)
        top = each.max(axis=0)
        weight = np.exp(each - top)
        total = weight.sum(axis=0)
        return (weight / total).T, np.log(total) + top

    def _logs(self, chance: Floats) -> Floats:
        """The log chance of every step, ways back included."""
        each: Floats = chance[self._cell]
        if self._back is not None:
            each = self._back.rest * each + self._back.chance
        return np.log(each)

    def _counts(self, chance: Floats | None) -> Floats:
        """What each step says of what follows what, if it has this chance by cell."""
        if self._back is None:
            return np.ones(len(self._session))
        if chance is None:
            return self._back.fresh
        onward = self._back.rest * chance.take(self._cell)
        found: Floats = self._back.makes_up * onward / (onward + self._back.chance)
        return found

    def step_bits(self, belongs: Floats, train: NDArray[np.bool_], rows: NDArray[np.int64]) -> Floats:
        """The log likelihood, in bits, of some steps, each in the kinds that its session is of."""
        chance = self._maximised(belongs, train).chance
        mixed = np.einsum("rk,kr->r", belongs[self._session[rows]], chance[:, self._cell[rows]])
        bits: Floats = np.log2(mixed)
        return bits

    def onward(self, chances: "Chances", rows: NDArray[np.int64]) -> Floats:
        """The chance of some steps in each kind, given that the session does not end."""
        leave = np.stack([self._leave(one) for one in chances.chance])
        cell = self._cell[rows]
        found: Floats = (chances.chance[:, cell] / np.maximum(1 - leave[:, self.context[cell]], 1e-9)).T
        return found

    def log_chances(self, chances: "Chances") -> Floats:
        """The log chance of every step in each kind."""
        found: Floats = np.log(chances.chance)[:, self._cell].T
        return found

    def log_stays(self, chances: "Chances", rows: NDArray[np.int64]) -> Floats:
        """The log chance that sessions do not end on the page before some steps, in each kind."""
        leave = np.stack([self._leave(one) for one in chances.chance])
        found: Floats = np.log(np.maximum(1 - leave[:, self.context[self._cell[rows]]], 1e-12)).T
        return found

    def with_fresh(self, belongs: Floats, rows: NDArray[np.int64], fresh: Floats) -> "Chances":
        """The chances of sessions that belong to kinds so, where some steps count less; they end as often anyway.

        fresh: of each of these steps in each kind.
        """
        train = np.ones(self.sessions, dtype=np.bool_)
        every, found = self._maximised(belongs, train, np.ones(len(self._session))), []
        for kind, whole in enumerate(every.chance):
            weight = np.ones(len(self._session))
            weight[rows] = fresh[:, kind]
            chance = self._maximised(belongs[:, kind : kind + 1], train, weight).chance[0]
            leave, own = self._leave(whole)[self.context], self._leave(chance)[self.context]
            ends = self.codes % (self.pages + 1) == self.pages
            found.append(np.where(ends, whole, chance * (1 - leave) / np.maximum(1 - own, 1e-9)))
        return replace(every, chance=np.stack(found))

    def _leave(self, chance: Floats) -> Floats:
        """The chance of the end in each context."""
        ends = self.codes % (self.pages + 1) == self.pages
        found = np.zeros(int(self.context.max(initial=0)) + 1)
        found[self.context[ends]] = chance[ends]
        return found

    def _pace_likelihood(self, paces: Paces, chances: "Chances") -> Floats:
        """Of each kind and session."""
        variance = paces.between + paces.within / np.maximum(paces.gaps, 1)
        # what is the same in all kinds matters only for how likely a session is
        same = np.where(paces.gaps > 0, -0.5 * np.log(variance), 0.0)
        weight = np.where(paces.gaps > 0, -0.5 / variance, 0.0)
        found = same + weight * (paces.mean - chances.pace[:, np.newaxis]) ** 2
        found += np.log(chances.pause)[:, np.newaxis] * paces.pauses
        found -= chances.pause[:, np.newaxis] * paces.expected
        return found

    def _maximised(
        self,
        belongs: Floats,
        train: NDArray[np.bool_],
        steps: Floats | None = None,
        before: "Chances | None" = None,
    ) -> "Chances":
        weight = belongs * train[:, None]
        pooled = self._pooled(train)
        chance = np.empty((belongs.shape[1], len(self.codes)))
        for kind in range(belongs.shape[1]):
            own = weight[:, kind].take(self._session)
            own = own * (self._counts(None if before is None else before.chance[kind]) if steps is None else steps)
            plain: Floats = np.bincount(self._plain_cell, own, len(self._plain_codes)).astype(np.float64)
            back = self._of_kind(plain, pooled) if belongs.shape[1] > 1 else pooled
            counts = plain
            if len(self.pairs):
                counts = np.bincount(self._cell, own, len(self.codes)).astype(np.float64)
            chance[kind] = _smoothed(counts, self.context, back[self._plain_of], _TO_PAGE)
        share = (weight.sum(axis=0) + 1) / (weight.sum() + belongs.shape[1])
        return Chances(chance, share, self._pace(weight), self._pause(weight))

    def _of_kind(self, counts: Floats, pooled: Floats) -> Floats:
        """The chances in one kind: where it seldom was, they are those of all sessions, but for what it likes.

        It ends as often, and goes to each page as often, as its own sessions do.
        """
        context, outcome = self._plain_context, self._plain_codes % (self.pages + 1)
        totals, back, begins = np.bincount(context, counts), pooled, context == self.pages
        inner = np.flatnonzero(~begins)
        found = np.bincount(outcome[inner], counts[inner], self.pages + 1) + _TO_LIKING
        for _ in range(_LIKING_ROUNDS):
            weight = totals[context[inner]] * back[inner]
            expected = np.bincount(outcome[inner], weight, self.pages + 1) + _TO_LIKING
            back = np.where(begins, back, back * (found / expected)[outcome])
            back = back / np.bincount(context, back)[context]
        strength = np.where(begins, min(self._strength, TO_POOLED), self._strength)
        return _smoothed(counts, context, back, strength)

    def _pooled(self, train: NDArray[np.bool_]) -> Floats:
        """The chances in all of these sessions together, for each plain cell."""
        if self._pooled_of is None or self._pooled_of[0] is not train:
            weight = train[self._session] * self._counts(None)
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
        mean: Floats = (known * paces.mean) @ weight / (known @ weight + 1.0)
        return mean

    def _pause(self, weight: Floats) -> Floats:
        """How many times as many long pauses as expected each kind makes."""
        paces = self._paces
        if paces is None:
            return np.ones(weight.shape[1])
        found: Floats = (paces.pauses @ weight + _TO_PAUSES) / (paces.expected @ weight + _TO_PAUSES)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """What was fitted: the chance of each cell, and the share, log pace and factor of pauses of each kind."""

    chance: Floats  # kinds × cells
    share: Floats
    pace: Floats
    pause: Floats


def _smoothed(counts: Floats, context: NDArray[np.int64], back: Floats, strength: float | Floats) -> Floats:
    """The chances of cells in their contexts, leaning on those that they fall back to."""
    totals = np.bincount(context, counts, int(context.max(initial=0)) + 1)
    found: Floats = (counts + strength * back) / (totals[context] + strength)
    return np.maximum(found, 1e-12)
