"""Pages of a session that it goes back to, by how many pages ago it saw them, beyond what follows what anyway."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Back, Chains, Chances, Floats
from clickgen.learn.steps import Steps
from clickgen.profile.pages import MOST_AGAIN

_ROUNDS = 12
_TURNS = 3  # of chances to go back and of what follows otherwise, each given the other
_SHRINKING = 300.0  # steps that what all sessions do counts as, in what one kind does
_LEAST = 0.002  # chance to go back so far
_WORTH_BITS = 0.0005  # a step, among all steps
_FEWEST_STEPS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """The steps of sessions from page to page, with the pages before the last."""

    step: NDArray[np.int64]  # where each is among all steps
    depth: NDArray[np.int64]  # how many pages before the last there are, as far back as is looked
    match: NDArray[np.bool_]  # lags × steps: whether the page before the last, the one before that, … is next

    @classmethod
    def of(cls, steps: Steps) -> "Trail":
        """The trail of these steps."""
        inner = np.flatnonzero((steps.context < steps.pages) & (steps.outcome < steps.pages))
        begins = np.searchsorted(steps.session, steps.session[inner])  # the step to the first page
        depth = np.minimum(inner - begins - 1, MOST_AGAIN)
        match = np.stack(
            [
                (depth >= lag) & (steps.outcome[np.maximum(inner - 1 - lag, 0)] == steps.outcome[inner])
                for lag in range(1, MOST_AGAIN + 1)
            ]
        )
        return cls(inner, depth, match)


@dataclass(frozen=True, slots=True, eq=False)
class Revisits:
    """Chances to go back, the page before the last first: in each kind of session. Empty if nobody does."""

    again: Floats  # kinds × lags
    bits: float  # that they save a step

    @property
    def padded(self) -> Floats:
        """The chances for all lags that there can be."""
        return np.pad(self.again, ((0, 0), (0, MOST_AGAIN - self.again.shape[1])))


def fit_revisits(
    trail: Trail, steps: Steps, chains: Chains, chances: Chances, belongs: Floats
) -> tuple[Revisits, Chances]:
    """The chances to go back, and those of what follows otherwise; as they were if going back saves little.

    belongs: how far each session is of each kind; nothing is learned from those that are of none.
    """
    kinds = len(chances.share)
    found, chances = chances, chains.with_fresh(belongs, trail.step, np.ones((len(trail.step), kinds)))
    nothing = Revisits(np.zeros((kinds, 0)), 0.0)
    if len(trail.step) < _FEWEST_STEPS or not trail.match.any():
        return nothing, chances
    again, left = np.full((kinds, MOST_AGAIN), 0.02), found
    weight = belongs[steps.session[trail.step]]
    every = weight.sum(axis=1)
    for _ in range(_TURNS):
        onward = chains.onward(left, trail.step)
        pooled = _fitted(trail, every, (weight * onward).sum(axis=1), again.mean(axis=0))
        for kind in range(kinds):
            again[kind] = _fitted(trail, weight[:, kind], onward[:, kind], pooled, back=pooled)
        left = chains.with_fresh(belongs, trail.step, _fresh(trail, onward, again))
    before = (weight * np.log2(np.maximum(chains.onward(chances, trail.step), 1e-12))).sum()
    after = (weight * np.log2(np.maximum(_chance(trail, chains.onward(left, trail.step), again), 1e-12))).sum()
    saved = float(after - before) / len(steps.context)
    if saved < _WORTH_BITS:
        return nothing, chances
    again[again < _LEAST] = 0.0
    longest = int(np.max(np.flatnonzero(again.any(axis=0)), initial=-1)) + 1
    return Revisits(again[:, :longest], saved), left


def ways_back(trail: Trail, steps: Steps, chains: Chains, chances: Chances, revisits: Revisits) -> Back:
    """How far each step may be one back, by what all sessions together do."""
    rest, back, fresh, makes_up = np.ones((4, len(steps.session)))
    again, page = revisits.padded[0], steps.context[trail.step]
    rest[trail.step] = 1 - np.concatenate([[0.0], np.cumsum(again)])[trail.depth]
    back[:] = 0.0
    back[trail.step] = again @ trail.match * np.exp(chains.log_stays(chances, trail.step)[:, 0])
    own = _fresh(trail, chains.onward(chances, trail.step), revisits.padded)[:, 0]
    count, left = np.bincount(page), np.bincount(page, own)
    makes_up[trail.step] = (count / np.maximum(left, 1e-9))[page]
    fresh[trail.step] = own * makes_up[trail.step]
    return Back(rest, back, fresh, makes_up)


def session_bits(trail: Trail, steps: Steps, chains: Chains, chances: Chances, revisits: Revisits) -> Floats:
    """The log2 likelihood of each session."""
    logs = chains.log_chances(chances)
    onward = _chance(trail, chains.onward(chances, trail.step), revisits.padded)
    logs[trail.step] = chains.log_stays(chances, trail.step) + np.log(np.maximum(onward, 1e-12))
    each = np.stack([np.bincount(steps.session, one, chains.sessions) for one in logs.T], axis=1)
    each = each + np.log(chances.share)
    top = each.max(axis=1)
    found: Floats = (np.log(np.exp(each - top[:, np.newaxis]).sum(axis=1)) + top) / np.log(2)
    return found


def _fitted(trail: Trail, weight: Floats, onward: Floats, start: Floats, back: Floats | None = None) -> Floats:
    """The chances by lag that are likeliest, where other steps have the chances `onward`."""
    again = start
    can = np.array([float(weight[trail.depth >= lag].sum()) for lag in range(1, MOST_AGAIN + 1)])
    rows = np.flatnonzero(trail.match.any(axis=0))
    match, depth, weight, onward = trail.match[:, rows], trail.depth[rows], weight[rows], onward[rows]
    strength = 0.0 if back is None else _SHRINKING
    for _ in range(_ROUNDS):
        each = again[:, np.newaxis] * match
        rest = 1 - np.concatenate([[0.0], np.cumsum(again)])[depth]
        total = each.sum(axis=0) + rest * onward
        found = (each / np.maximum(total, 1e-12)) @ weight
        again = (found + strength * (0.0 if back is None else back)) / np.maximum(can + strength, 1e-9)
        again = again * min(1.0, 0.95 / max(float(again.sum()), 1e-9))
    return again


def _fresh(trail: Trail, onward: Floats, again: Floats) -> Floats:
    """How likely each step was not one back, in each kind."""
    found = np.ones_like(onward)
    for kind, chances in enumerate(again):
        rest = 1 - np.concatenate([[0.0], np.cumsum(chances)])[trail.depth]
        usual = rest * onward[:, kind]
        found[:, kind] = usual / np.maximum(chances @ trail.match + usual, 1e-12)
    return found


def _chance(trail: Trail, onward: Floats, again: Floats) -> Floats:
    """The chance of each step in each kind."""
    found = np.empty_like(onward)
    for kind, chances in enumerate(again):
        rest = 1 - np.concatenate([[0.0], np.cumsum(chances)])[trail.depth]
        found[:, kind] = chances @ trail.match + rest * onward[:, kind]
    return found
